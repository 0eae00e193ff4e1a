//! Whether a password is the one that a hash was made of.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha_crypt::{PasswordVerifier, ShaCrypt};
use sha1::{Digest, Sha1};
use weir_routing::policy::Hashed;

use super::md5;

/// Bytes of a SHA-1 digest; a salt stands behind them.
const SHA1: usize = 20;

/// Whether a password is the one that this hash was made of. It may take as long as whoever made the hash chose: up to seconds.
pub(super) fn matches(password: &str, hash: &str) -> bool {
    let after = |prefix: &str| hash.strip_prefix(prefix).unwrap_or_default();
    match Hashed::of(hash) {
        None => false,
        Some(Hashed::Apr1) => matches_md5(password, "$apr1$", after("$apr1$")),
        Some(Hashed::Md5) => matches_md5(password, "$1$", after("$1$")),
        Some(Hashed::Sha256 | Hashed::Sha512) => {
            ShaCrypt::default().verify_password(password.as_bytes(), hash).is_ok()
        }
        Some(Hashed::Bcrypt) => bcrypt::verify(password, hash).unwrap_or(false),
        Some(Hashed::Sha1) => matches_sha1(password, after("{SHA}")),
        Some(Hashed::SaltedSha1) => matches_sha1(password, after("{SSHA}")),
        Some(Hashed::Plain) => is_same(password.as_bytes(), after("{PLAIN}").as_bytes()),
    }
}

fn matches_md5(password: &str, magic: &str, rest: &str) -> bool {
    rest.split_once('$').is_some_and(|(salt, hash)| {
        is_same(md5::crypt(password.as_bytes(), magic, salt).as_bytes(), hash.as_bytes())
    })
}

fn matches_sha1(password: &str, encoded: &str) -> bool {
    let Ok(decoded) = STANDARD.decode(encoded) else { return false };
    let Some((digest, salt)) = decoded.split_at_checked(SHA1) else { return false };
    is_same(&Sha1::new().chain_update(password).chain_update(salt).finalize(), digest)
}

/// In a time that does not depend on where two texts differ.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn every_kind_of_hash_tells_its_password_from_others() {
        let long = "a".repeat(40);
        for (password, hash) in [
            ("correct horse", "$apr1$saltsalt$EGVZDNN6gOqijy.tv9axG/"),
            ("correct horse", "$1$saltsalt$NuzA7WTAelpl95xgBGWN60"),
            ("correct horse", "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/"),
            (
                "correct horse",
                "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
            ),
            ("", "$apr1$x$tMwYqBfQwi3FYAr0aJc8M/"),
            (&long, "$apr1$abcdefgh$7LLwOaA34rPr3m6GkAUqO/"),
            ("correct horse", "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A="),
            ("correct horse", "{SSHA}LhKrkM9Fy+zlstjdD7Kv2s6QvhBzYWx0"),
            // Of crypt_blowfish's own tests.
            ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("correct horse", "{PLAIN}correct horse"),
        ] {
            assert!(matches(password, hash), "{hash}");
            for other in ["", "correct hors", "correct horse ", "u*u", "aaaa"] {
                assert!(other == password || !matches(other, hash), "{hash}: {other:?}");
            }
        }
    }

    #[test]
    fn a_hash_that_is_none_matches_nothing() {
        for hash in [
            "",
            "$apr1$",
            "$apr1$salt",
            "$2y$",
            "$6$",
            "{SHA}",
            "{SHA}!!",
            "{SSHA}aGFsbG8=",
            "salt",
            "$5$x$y",
        ] {
            assert!(!matches("", hash) && !matches("salt", hash), "{hash}");
        }
    }
}
