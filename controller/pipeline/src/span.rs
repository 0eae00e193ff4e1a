//! A length of time as people write it: `90s`, `2m30s`, `1h`.
//!
//! Read and written by jiff, whose short form is the one of Go and Kubernetes (ISO 8601, `PT90S`, is read as well). Never negative.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::friendly::{Designator, Spacing, SpanParser, SpanPrinter};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

static PRINTER: SpanPrinter = SpanPrinter::new().designator(Designator::Compact).spacing(Spacing::None);
static PARSER: SpanParser = SpanParser::new();

/// A length of time, at least zero; nanoseconds are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(Duration);

/// A text that is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a length of time: give numbers with their units (h, m, s, ms), such as 90s or 2m30s")]
pub struct InvalidSpan(pub String);

impl Span {
    /// Whole seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Whole minutes.
    #[must_use]
    pub const fn minutes(minutes: u64) -> Self {
        Self(Duration::from_mins(minutes))
    }

    /// The same for the standard library.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }

    /// The instant this long after `begin`, or the last one that there is.
    #[must_use]
    pub fn after(self, begin: Timestamp) -> Timestamp {
        begin.checked_add(self.0).unwrap_or(Timestamp::MAX)
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        let read = PARSER.parse_unsigned_duration(text);
        let read = read.or_else(|_| jiff::fmt::temporal::SpanParser::new().parse_unsigned_duration(text));
        read.map(Self).map_err(|_| InvalidSpan(text.to_owned()))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&PRINTER.unsigned_duration_to_string(&self.0))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidSpan, Span};

    #[test]
    fn a_length_is_read_and_written_as_people_write_it() {
        for (text, seconds, written) in
            [("90s", 90, "1m30s"), ("2m30s", 150, "2m30s"), ("1h", 3_600, "1h"), ("PT90S", 90, "1m30s")]
        {
            let span: Span = text.parse().unwrap();
            assert_eq!((span, span.to_string().as_str()), (Span::seconds(seconds), written), "{text}");
        }
        assert_eq!(serde_json::to_string(&Span::minutes(90)).unwrap(), "\"1h30m\"");
        assert_eq!(Span::default().to_string(), "0s");
    }

    #[test]
    fn what_is_no_length_is_refused_with_an_example() {
        for text in ["", "90", "-5s", "soon", "1y", "5 parsecs", "1s-5s", "99999999999999999999h"] {
            assert_eq!(text.parse::<Span>(), Err(InvalidSpan(text.to_owned())), "{text}");
        }
        let error = serde_json::from_str::<Span>("\"90\"").unwrap_err().to_string();
        assert!(
            error.starts_with("\"90\" is not a length of time: give numbers with their units"),
            "{error}"
        );
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        let end = Span::seconds(u64::MAX).after(jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(end, jiff::Timestamp::MAX);
    }
}
