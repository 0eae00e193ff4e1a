//! Numbers of bytes as nginx writes them.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A number of bytes, such as `1m`, `512k` or `0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ByteSize(pub u64);

/// A text that is no number of bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a size: write bytes, or 8k, 1m, 2g")]
pub struct InvalidSize(pub String);

impl FromStr for ByteSize {
    type Err = InvalidSize;

    /// Digits, and `b`, `k`, `m` or `g` in either case. What does not fit in 64 bits is none.
    fn from_str(text: &str) -> Result<Self, InvalidSize> {
        let invalid = || InvalidSize(text.to_owned());
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let shift = match text.strip_prefix(digits).unwrap_or_default() {
            "" | "b" | "B" => 0,
            "k" | "K" => 10,
            "m" | "M" => 20,
            "g" | "G" => 30,
            _ => return Err(invalid()),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid());
        }
        let number: u64 = digits.parse().map_err(|_| invalid())?;
        number.checked_mul(1 << shift).map(Self).ok_or_else(invalid)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ByteSize;

    #[test]
    fn sizes_read_as_nginx_writes_them() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("1", Some(1)),
            ("8k", Some(8 << 10)),
            ("1m", Some(1 << 20)),
            ("2G", Some(2 << 30)),
            ("7b", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551615k", None),
            ("-1", None),
            ("+1", None),
            ("1.5m", None),
            ("1 m", None),
            ("1mb", None),
            ("m", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), bytes.map(ByteSize), "{text}");
        }
    }
}
