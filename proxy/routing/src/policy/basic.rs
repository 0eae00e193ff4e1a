//! `auth-type: basic`: who may come in with a name and a password.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// Who may come in with a name and a password (RFC 7617).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Basic {
    /// What the client's user is shown (`auth-realm`).
    pub realm: Arc<str>,
    /// Key `namespace/name` of the Secret.
    pub secret: Arc<str>,
    /// Who may.
    #[serde(skip)]
    pub users: Arc<Users>,
}

/// Hashes of passwords, by name. Neither is ever shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Users(BTreeMap<Box<str>, Box<str>>);

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Users({})", self.0.len())
    }
}

impl Users {
    /// Reads a file of `htpasswd`: `name:hash` lines, of which empty ones and those that begin with `#` say nothing. As in nginx the first line of a name
    /// counts. With it the numbers of the lines that are none.
    pub(crate) fn of_file(text: &str) -> (Self, Vec<usize>) {
        let (mut users, mut broken) = (BTreeMap::new(), Vec::new());
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once(':') {
                Some((name, rest)) if !name.is_empty() => {
                    // What stands behind another colon is a comment.
                    let hash = rest.split(':').next().unwrap_or_default();
                    users.entry(name.into()).or_insert_with(|| hash.into());
                }
                Some(_) | None => broken.push(number + 1),
            }
        }
        (Self(users), broken)
    }

    /// Of names and hashes.
    pub fn of_map<'u>(entries: impl Iterator<Item = (&'u str, &'u str)>) -> Self {
        Self(entries.map(|(name, hash)| (name.into(), hash.trim_end().into())).collect())
    }

    /// The hash of a user's password.
    #[must_use]
    pub fn hash_of(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|hash| &**hash)
    }

    /// Whether nobody may come in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every hash, with whose it is.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, hash)| (&**name, &**hash))
    }
}

/// How a password is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashed {
    /// `$apr1$`: Apache's MD5, what `htpasswd` makes.
    Apr1,
    /// `$1$`: MD5 of crypt(3).
    Md5,
    /// `$5$`: SHA-256 of crypt(3).
    Sha256,
    /// `$6$`: SHA-512 of crypt(3).
    Sha512,
    /// `$2a$`, `$2b$`, `$2x$`, `$2y$`.
    Bcrypt,
    /// `{SHA}`: SHA-1 without salt (RFC 2307).
    Sha1,
    /// `{SSHA}`: SHA-1 with salt.
    SaltedSha1,
    /// `{PLAIN}`: not at all.
    Plain,
}

impl Hashed {
    /// By what the hash begins with; `None`: not supported, such as DES of crypt(3), which takes eight characters only.
    #[must_use]
    pub fn of(hash: &str) -> Option<Self> {
        const BEGINNINGS: [(&str, Hashed); 11] = [
            ("$apr1$", Hashed::Apr1),
            ("$1$", Hashed::Md5),
            ("$5$", Hashed::Sha256),
            ("$6$", Hashed::Sha512),
            ("$2a$", Hashed::Bcrypt),
            ("$2b$", Hashed::Bcrypt),
            ("$2x$", Hashed::Bcrypt),
            ("$2y$", Hashed::Bcrypt),
            ("{SHA}", Hashed::Sha1),
            ("{SSHA}", Hashed::SaltedSha1),
            ("{PLAIN}", Hashed::Plain),
        ];
        BEGINNINGS.iter().find(|(beginning, _)| hash.starts_with(beginning)).map(|(_, hashed)| *hashed)
    }
}

#[cfg(test)]
mod tests {
    use super::Users;

    #[test]
    fn a_file_of_htpasswd_is_read_as_nginx_reads_it() {
        let (users, broken) =
            Users::of_file("# staff\n\nana:$apr1$x$y\r\nbob:{SHA}z:a comment\nnobody\n:hash\nana:second\n");
        assert_eq!(users.hash_of("ana"), Some("$apr1$x$y"));
        assert_eq!(users.hash_of("bob"), Some("{SHA}z"));
        assert_eq!(users.hash_of("nobody"), None);
        assert_eq!(broken, [5, 6]);
        assert_eq!(format!("{users:?}"), "Users(2)", "no name and no hash");
    }
}
