//! Percent, kept in basis points.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Number;

/// A share of users in basis points (1/10,000), never above 100 %. Written in percent, as a number with at most two decimals: `5`, `0.1`, `33.33`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u16);

impl Share {
    /// Nobody.
    pub const ZERO: Self = Self(0);
    /// Everybody.
    pub const FULL: Self = Self(10_000);

    /// A share of `basis_points` 1/10,000; `None` above 10,000.
    #[must_use]
    pub fn from_basis_points(basis_points: u16) -> Option<Self> {
        (basis_points <= Self::FULL.0).then_some(Self(basis_points))
    }

    /// This share in 1/10,000.
    #[must_use]
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// Read from its digits, never through a product of floats: 33.33 is exactly 3,333 basis points.
    fn from_percent(percent: &str) -> Option<Self> {
        let (whole, decimals) = percent.split_once('.').unwrap_or((percent, ""));
        let hundredths = match decimals.trim_end_matches('0').as_bytes() {
            [] => 0,
            [tenths] => digit(*tenths)? * 10,
            [tenths, hundredths] => digit(*tenths)? * 10 + digit(*hundredths)?,
            _ => return None,
        };
        let whole: u16 = whole.parse().ok()?;
        Self::from_basis_points(whole.checked_mul(100)?.checked_add(hundredths)?)
    }
}

fn digit(byte: u8) -> Option<u16> {
    byte.is_ascii_digit().then(|| u16::from(byte - b'0'))
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(100) {
            serializer.serialize_u16(self.0 / 100)
        } else {
            serializer.serialize_f64(f64::from(self.0) / 100.0)
        }
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        Self::from_percent(&number.to_string()).ok_or_else(|| {
            D::Error::custom(format!(
                "{number} is no share: give percent from 0 to 100 with at most two decimals, such as 5, 0.1 or 33.33"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn percent_is_read_exactly_and_comes_back() {
        for basis_points in 0..=10_000 {
            let share = Share::from_basis_points(basis_points).unwrap();
            let json = serde_json::to_string(&share).unwrap();
            assert_eq!(serde_json::from_str::<Share>(&json).unwrap(), share, "{json}");
        }
        for (json, basis_points) in [("5.0", 500), ("33.33", 3333), ("0.1", 10), ("100", 10_000)] {
            assert_eq!(serde_json::from_str::<Share>(json).unwrap().basis_points(), basis_points, "{json}");
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for json in ["-1", "100.01", "0.001", "1e-7", "70000", "1e300", "\"5\"", "null", "true"] {
            assert!(serde_json::from_str::<Share>(json).is_err(), "{json}");
        }
        assert_eq!(Share::from_basis_points(10_001), None);
    }
}
