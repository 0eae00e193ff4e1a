//! The `Authorization` of the Basic scheme (RFC 7617).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes of name, colon and password. Some hashes take time that grows with the square of a password's length.
const LONGEST: usize = 256;

/// A name and a password, in one allocation.
pub(crate) struct Credentials {
    text: String,
    colon: usize,
}

impl Credentials {
    /// Reads the value of the field; `None`: it is of another scheme, or is no name and password.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let value = std::str::from_utf8(value).ok()?;
        let (scheme, encoded) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > LONGEST * 2 {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let colon = text.find(':').filter(|_| text.len() <= LONGEST)?;
        Some(Self { text, colon })
    }

    pub(crate) fn name(&self) -> &str {
        self.text.get(..self.colon).unwrap_or_default()
    }

    pub(crate) fn password(&self) -> &str {
        self.text.get(self.colon + 1..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Credentials;

    #[test]
    fn a_name_ends_at_the_first_colon() {
        let read = Credentials::read(b"basic  YW5hOmE6Yg== ").unwrap();
        assert_eq!((read.name(), read.password()), ("ana", "a:b"));
    }

    #[test]
    fn what_is_no_name_and_password_is_none() {
        let long = format!("Basic {}", "QUFB".repeat(100));
        for value in ["", "Basic", "Basic ", "Basic !!", "Bearer YW5hOmE=", "Basic YW5h", "Basic /zr/", &long]
        {
            assert!(Credentials::read(value.as_bytes()).is_none(), "{value}");
        }
    }
}
