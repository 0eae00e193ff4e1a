//! The kinds of values, as errors name them.

use std::fmt;

/// What sort of value something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// A name or key that is not there.
    Missing,
    /// `true` or `false`.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// A number with decimals, of 64 bits.
    Decimal,
    /// A text.
    Text,
    /// Bytes, such as a text's.
    Bytes,
    /// A list.
    List,
    /// A map.
    Map,
    /// The status of a stage.
    Status,
    /// A point in time.
    Instant,
    /// A day.
    Date,
    /// A day and a time, without a zone.
    DateTime,
    /// A day and a time in a zone.
    Zoned,
    /// A time zone.
    Zone,
    /// The way in which dates are written.
    Format,
    /// An encoder or decoder of Base64.
    Codec,
    /// A source of random numbers.
    Random,
    /// A class: `T(Math)`.
    Class,
}

impl Kind {
    pub(crate) const fn is_collection(self) -> bool {
        matches!(self, Self::List | Self::Map | Self::Bytes)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Missing => "something that is not there",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Decimal => "a decimal number",
            Self::Text => "a text",
            Self::Bytes => "bytes",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Status => "a status",
            Self::Instant => "an instant",
            Self::Date => "a date",
            Self::DateTime => "a date and time",
            Self::Zoned => "a date and time in a zone",
            Self::Zone => "a time zone",
            Self::Format => "a date format",
            Self::Codec => "a Base64 encoder or decoder",
            Self::Random => "a random generator",
            Self::Class => "a class",
        })
    }
}
