//! Durations and shares as people write them: `12ms`, `2m30s`, `20%`.
//!
//! What is read is what is shown: `Display` of a value parses back to the same value, because settings travel as these texts.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// Why a duration or share could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Not of the form number, unit, number, unit and so on.
    #[error("\"{0}\" is not a duration: write a number with a unit, such as 250us, 12ms, 1.5s, 2m30s or 1h")]
    Duration(String),
    /// Not a number with a percent sign, and not a fraction.
    #[error("\"{0}\" is not a share: write percent (20%, 0.5%) or a fraction between 0 and 1 (0.2)")]
    Share(String),
    /// A number, but outside 0 to 100 %.
    #[error("\"{0}\" is outside 0% to 100%")]
    ShareRange(String),
}

/// Units of time, longest name first so that `ms` is not read as `m`.
const UNITS: [(&str, f64); 7] =
    [("ms", 1e6), ("us", 1e3), ("µs", 1e3), ("ns", 1.0), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// Reads `12ms`, `1.5s`, `2m30s`; `0` needs no unit.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let refused = || UnitError::Duration(text.to_owned());
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(refused());
    }
    let mut nanos = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(refused)?;
        let (number, tail) = rest.split_at(digits);
        let number: f64 = number.parse().map_err(|_| refused())?;
        let (name, scale) = UNITS.iter().find(|(name, _)| tail.starts_with(name)).ok_or_else(refused)?;
        nanos += number * scale;
        rest = tail.strip_prefix(name).ok_or_else(refused)?;
    }
    // Through whole nanoseconds: 11.4 ms must not become 11.399999 ms.
    Duration::try_from_secs_f64(nanos.round() / 1e9).map_err(|_| refused())
}

/// Shows a duration so that [`parse_duration`] reads it back: `11.4ms`, `30s`.
pub(crate) fn show_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let (unit, scale) = match nanos {
        0 => return "0".to_owned(),
        1..1_000 => ("ns", 1),
        1_000..1_000_000 => ("us", 1_000),
        1_000_000..1_000_000_000 => ("ms", 1_000_000),
        _ => ("s", 1_000_000_000),
    };
    let whole = nanos / scale;
    if nanos.is_multiple_of(scale) {
        return format!("{whole}{unit}");
    }
    let width = scale.ilog10();
    let fraction = format!("{:0width$}", nanos % scale, width = usize::try_from(width).unwrap_or(0));
    format!("{whole}.{}{unit}", fraction.trim_end_matches('0'))
}

/// A share between 0 and 1, written in percent.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Share(f64);

impl Share {
    /// Nothing.
    pub const ZERO: Self = Self(0.0);

    /// The share as a fraction between 0 and 1.
    pub(crate) fn fraction(self) -> f64 {
        self.0
    }
}

impl FromStr for Share {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let trimmed = text.trim();
        let (number, scale) = match trimmed.strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 100.0),
            None => (trimmed, 1.0),
        };
        let number: f64 = number.parse().map_err(|_| UnitError::Share(text.to_owned()))?;
        let fraction = number / scale;
        if (0.0..=1.0).contains(&fraction) {
            Ok(Self(fraction))
        } else {
            Err(UnitError::ShareRange(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Share {
    type Error = UnitError;

    fn try_from(text: String) -> Result<Self, UnitError> {
        text.parse()
    }
}

impl From<Share> for String {
    fn from(share: Share) -> Self {
        share.to_string()
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Ten decimals hide the rounding of `fraction * 100` and keep every share that anyone writes.
        let percent = format!("{:.10}", self.0 * 100.0);
        write!(f, "{}%", percent.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// Serialises a [`Duration`] as people write it.
pub mod duration_text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// `12ms`
    pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::show_duration(*duration))
    }

    /// Reads what [`serialize`] wrote.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        super::parse_duration(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_reads_back_as_it_is_shown() {
        for text in ["0", "1ns", "250us", "11.4ms", "12ms", "1.5s", "150s", "3600s"] {
            let duration = parse_duration(text).unwrap();
            assert_eq!(show_duration(duration), text);
        }
        assert_eq!(parse_duration("2m30s").unwrap(), Duration::from_secs(150));
    }

    #[test]
    fn a_duration_without_a_unit_is_refused_with_the_forms_that_are_right() {
        for text in ["12", "", "ms", "12 ms", "1.2.3s", "-1s", "12ms3"] {
            assert!(parse_duration(text).is_err(), "{text:?}");
        }
        assert_eq!(
            parse_duration("12").unwrap_err().to_string(),
            "\"12\" is not a duration: write a number with a unit, such as 250us, 12ms, 1.5s, 2m30s or 1h"
        );
    }

    #[test]
    fn a_share_is_percent_or_fraction_and_never_outside_its_range() {
        assert_eq!("20%".parse::<Share>().unwrap(), "0.2".parse().unwrap());
        assert_eq!("0.07%".parse::<Share>().unwrap().to_string(), "0.07%");
        assert_eq!("101%".parse::<Share>(), Err(UnitError::ShareRange("101%".into())));
        assert_eq!("20".parse::<Share>(), Err(UnitError::ShareRange("20".into())));
        assert_eq!("5%%".parse::<Share>(), Err(UnitError::Share("5%%".into())));
    }
}
