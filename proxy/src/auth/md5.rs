//! The hash that crypt(3) makes of MD5, in its own form (`$1$`) and Apache's (`$apr1$`).
//!
//! Steps as FreeBSD's crypt has had them since 1994 and Apache's `apr_md5_encode` copies them; no kept library has them.

use md5::{Digest, Md5};

/// Bytes of a salt that count.
const SALT: usize = 8;
/// Bytes of a digest, in the order in which they are written, three to four letters.
const ORDER: [[usize; 3]; 5] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];
const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The 22 letters that stand after the salt. `magic` is `$1$` or `$apr1$`.
pub(super) fn crypt(password: &[u8], magic: &str, salt: &str) -> String {
    let salt = salt.as_bytes().get(..SALT).unwrap_or(salt.as_bytes());
    let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut first = Md5::new().chain_update(password).chain_update(magic).chain_update(salt);
    for piece in password.chunks(inner.len()) {
        first.update(inner.get(..piece.len()).unwrap_or_default());
    }
    let mut length = password.len();
    while length > 0 {
        first.update(if length & 1 == 1 { &[0][..] } else { password.get(..1).unwrap_or_default() });
        length >>= 1;
    }
    let mut digest = first.finalize();
    for round in 0..1000 {
        let mut next = Md5::new();
        let is_odd = round % 2 == 1;
        if is_odd {
            next.update(password);
        } else {
            next.update(digest);
        }
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        if is_odd {
            next.update(digest);
        } else {
            next.update(password);
        }
        digest = next.finalize();
    }
    let byte = |at: usize| u32::from(digest.get(at).copied().unwrap_or_default());
    let mut text = String::with_capacity(22);
    for [high, middle, low] in ORDER {
        push(&mut text, byte(high) << 16 | byte(middle) << 8 | byte(low), 4);
    }
    push(&mut text, byte(11), 2);
    text
}

/// Six bits a letter, the lowest first.
fn push(text: &mut String, mut bits: u32, letters: u32) {
    for _ in 0..letters {
        let letter = usize::try_from(bits & 63).ok().and_then(|six| LETTERS.get(six));
        text.push(char::from(letter.copied().unwrap_or(b'.')));
        bits >>= 6;
    }
}
