//! Share of requests: basis points inside, percent outside.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A share of requests in basis points (1/10,000), never above 100 %.
///
/// Written in percent with at most two decimals, as a number (`5`, `0.1`, `33.33`) or as text with or without the sign (`"5 %"`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u16);

impl Share {
    /// No request.
    pub const ZERO: Self = Self(0);
    /// Every request.
    pub const FULL: Self = Self(10_000);

    /// A share of `basis_points` 1/10,000; `None` above 10,000.
    #[must_use]
    pub fn from_basis_points(basis_points: u16) -> Option<Self> {
        (basis_points <= Self::FULL.0).then_some(Self(basis_points))
    }

    /// This share in 1/10,000.
    #[must_use]
    pub fn basis_points(self) -> u16 {
        self.0
    }

    /// What this share leaves of the whole.
    #[must_use]
    pub fn rest(self) -> Self {
        Self(Self::FULL.0 - self.0)
    }

    /// The sum, or `None` above 100 %.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::from_basis_points(self.0 + other.0)
    }
}

/// A text that is not a share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a share: give percent from 0 to 100 with at most two decimals, such as 5, 0.1 or 33.33"
)]
pub struct InvalidShare(pub String);

impl FromStr for Share {
    type Err = InvalidShare;

    /// Decimal digits are read as such, never through a float, so that 33.33 is exactly 3,333 basis points.
    fn from_str(text: &str) -> Result<Self, InvalidShare> {
        let invalid = || InvalidShare(text.to_owned());
        let trimmed = text.trim();
        let percent = trimmed.strip_suffix('%').map_or(trimmed, str::trim_end);
        let (whole, decimals) = percent.split_once('.').unwrap_or((percent, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || whole.len() > 3 {
            return Err(invalid());
        }
        // Zeros at the end say nothing: 5.000 is 5.
        let decimals = match decimals.trim_end_matches('0') {
            "" => "0",
            significant if significant.len() > 2 => return Err(invalid()),
            significant => significant,
        };
        let whole: u16 = whole.parse().map_err(|_| invalid())?;
        let scale = if decimals.len() == 1 { 10 } else { 1 };
        let decimals: u16 = decimals.parse().map_err(|_| invalid())?;
        whole
            .checked_mul(100)
            .and_then(|basis_points| basis_points.checked_add(decimals * scale))
            .and_then(Self::from_basis_points)
            .ok_or_else(invalid)
    }
}

impl fmt::Display for Share {
    /// Percent with no more decimals than needed, and the sign: `5 %`, `0.1 %`, `33.33 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, hundredths) = (self.0 / 100, self.0 % 100);
        let text = match hundredths {
            0 => format!("{whole} %"),
            h if h % 10 == 0 => format!("{whole}.{} %", h / 10),
            h => format!("{whole}.{h:02} %"),
        };
        f.pad(&text)
    }
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
        struct PercentVisitor;

        impl Visitor<'_> for PercentVisitor {
            type Value = Share;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("percent from 0 to 100 with at most two decimals")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Share, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, percent: u64) -> Result<Share, E> {
                self.visit_str(&percent.to_string())
            }

            fn visit_i64<E: de::Error>(self, percent: i64) -> Result<Share, E> {
                self.visit_str(&percent.to_string())
            }

            fn visit_f64<E: de::Error>(self, percent: f64) -> Result<Share, E> {
                self.visit_str(&percent.to_string())
            }
        }

        deserializer.deserialize_any(PercentVisitor)
    }
}

impl JsonSchema for Share {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "number", "minimum": 0, "maximum": 100,
            "description": "Share of requests in percent, with at most two decimals."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn percent_is_read_exactly() {
        for (text, basis_points) in [
            ("0", 0),
            ("5", 500),
            ("0.1", 10),
            ("0.01", 1),
            ("33.33", 3333),
            ("100", 10_000),
            ("5%", 500),
            (" 5 % ", 500),
            ("99.99", 9999),
            ("5.000", 500),
            ("007", 700),
        ] {
            assert_eq!(text.parse::<Share>().unwrap().basis_points(), basis_points, "{text}");
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in [
            "",
            "-1",
            "100.01",
            "5%%",
            "0.001",
            "1e1",
            ".5",
            "5.",
            "NaN",
            "five",
            "1_0",
            "65536",
            "99999999999",
        ] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn text_and_number_forms_come_back() {
        for basis_points in 0..=10_000 {
            let share = Share::from_basis_points(basis_points).unwrap();
            assert_eq!(share.to_string().parse::<Share>().unwrap(), share);
            let json = serde_json::to_string(&share).unwrap();
            assert_eq!(serde_json::from_str::<Share>(&json).unwrap(), share, "{json}");
        }
    }
}
