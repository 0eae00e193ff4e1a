//! A span of time as people and Go write it: `90s`, `2m30s`, `1.5h`, `500ms`.
//!
//! Not `kube::core::Duration`, which panics on what a user may write (`1s-5s`, `1e300h`). The conversions are the same.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A span of time in whole nanoseconds, at most some 292 years, as in Go.
///
/// It has a sign because Kubernetes' durations have one. Whoever reads a span that cannot be negative asks [`Duration::is_negative`] first:
/// the conversion to [`std::time::Duration`] leaves the sign out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

impl Duration {
    /// Whether the span is less than nothing.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }
}

/// Units, the longest first, in nanoseconds. The first of equals is the one that is written.
const UNITS: [(&str, u64); 8] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ns", 1),
];

/// A text that is not a span of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration: give numbers with their units (h, m, s, ms, us, ns), such as 90s or 2m30s")]
pub struct InvalidDuration(pub String);

impl From<std::time::Duration> for Duration {
    /// What is longer than 292 years becomes 292 years.
    fn from(duration: std::time::Duration) -> Self {
        Self(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> Self {
        Self::from_nanos(duration.0.unsigned_abs())
    }
}

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let span = if unsigned == "0" { Some(0) } else { nanos(unsigned) };
        let span =
            span.and_then(|span| i64::try_from(span).ok()).ok_or_else(|| InvalidDuration(text.to_owned()))?;
        Ok(Self(if negative { -span } else { span }))
    }
}

/// `None`: not a duration, or too long a one. Digits are read as such, never through a float.
fn nanos(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total = None;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && decimals.is_empty()) || decimals.contains('.') {
            return None;
        }
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let part = whole.checked_mul(unit)?.checked_add(fraction(decimals, unit))?;
        total = Some(total.unwrap_or(0_u64).checked_add(part)?);
        rest = after;
    }
    total
}

/// `0.decimals` of a unit. What is less than a nanosecond is left out.
fn fraction(decimals: &str, unit: u64) -> u64 {
    let mut scale = unit;
    let mut nanos = 0_u64;
    for digit in decimals.bytes().map(|b| u64::from(b.saturating_sub(b'0'))) {
        // Below ten nanoseconds the next digit no longer falls on whole ones.
        nanos = nanos.saturating_add(digit.saturating_mul(scale) / 10);
        scale /= 10;
    }
    nanos
}

impl fmt::Display for Duration {
    /// With the units it needs and no more, the longest first: `2m30s`, `500ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0.unsigned_abs();
        if left == 0 {
            return f.pad("0s");
        }
        let mut text = if self.is_negative() { "-".to_owned() } else { String::new() };
        for (name, unit) in UNITS {
            if left >= unit {
                text.push_str(&(left / unit).to_string());
                text.push_str(name);
                left %= unit;
            }
        }
        f.pad(&text)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl de::Visitor<'_> for TextVisitor {
            type Value = Duration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration with its unit, such as 90s or 2m30s")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^\+?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(h|m|s|ms|us|µs|μs|ns))+)$",
            "description": "Duration with its units, such as 90s or 2m30s."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;

    fn nanos(text: &str) -> Option<i64> {
        text.parse::<Duration>().ok().map(|duration| duration.0)
    }

    #[test]
    fn durations_are_read_exactly() {
        for (text, expected) in [
            ("0", 0),
            ("0s", 0),
            ("90s", 90_000_000_000),
            ("2m30s", 150_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("0.1s", 100_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("1us2ns", 1002),
            ("3µs", 3000),
            ("1.0000000019s", 1_000_000_001),
            ("+1ms", 1_000_000),
            ("-1m30s", -90_000_000_000),
            ("9223372036854775807ns", i64::MAX),
        ] {
            assert_eq!(nanos(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "s",
            "90",
            "1s-5s",
            "1e300h",
            "1.2.3s",
            ".s",
            "5 s",
            "5S",
            "5d",
            "1ss",
            "--1s",
            "99999999999999999999h",
            "9223372036854775808ns",
            "2562048h",
            "NaNs",
            "+",
            "-",
            "1h m",
        ] {
            assert_eq!(nanos(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (nanos, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1us500ns"),
            (500_000_000, "500ms"),
            (90_000_000_000, "1m30s"),
            (-3_600_000_000_000, "-1h"),
            (i64::MAX, "2562047h47m16s854ms775us807ns"),
        ] {
            assert_eq!(Duration(nanos).to_string(), text);
            assert_eq!(text.parse(), Ok(Duration(nanos)));
        }
    }
}
