//! `SimpleDateFormat` and `DateTimeFormatter`: Java's patterns, in English.

use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;

use crate::fault::Fault;
use crate::functions::unreadable;
use crate::missing::clip;
use crate::value::Value;

/// Longest pattern, bytes.
const MOST_BYTES: usize = 200;

/// A pattern that dates are written and read by.
#[derive(Debug)]
pub(crate) struct DateFormat {
    pattern: String,
    /// The same in the words of strftime.
    directives: String,
    zone: Option<TimeZone>,
}

impl DateFormat {
    /// From Java's pattern.
    pub(crate) fn parse(pattern: &str) -> Result<Self, Fault> {
        if pattern.len() > MOST_BYTES {
            return Err(unreadable(pattern, format!("date pattern of {MOST_BYTES} bytes at most")));
        }
        Ok(Self { pattern: pattern.to_owned(), directives: translate(pattern)?, zone: None })
    }

    pub(crate) fn in_zone(&self, zone: TimeZone) -> Self {
        Self { pattern: self.pattern.clone(), directives: self.directives.clone(), zone: Some(zone) }
    }

    pub(crate) fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Writes a date, a time or an instant (a number: milliseconds since 1970); `zone` is where an instant is looked at from.
    pub(crate) fn format(&self, value: &Value, zone: &TimeZone) -> Result<String, Fault> {
        let zone = self.zone.as_ref().unwrap_or(zone);
        let broken_down = if let Value::Instant(instant) = value {
            BrokenDownTime::from(&instant.to_zoned(zone.clone()))
        } else if let Value::Integer(millis) = value {
            let instant = jiff::Timestamp::from_millisecond(*millis).map_err(|_| self.unfit(value))?;
            BrokenDownTime::from(&instant.to_zoned(zone.clone()))
        } else if let Value::Zoned(zoned) = value {
            BrokenDownTime::from(zoned.as_ref())
        } else if let Value::DateTime(time) = value {
            BrokenDownTime::from(*time)
        } else if let Value::Date(date) = value {
            BrokenDownTime::from(*date)
        } else {
            return Err(self.unfit(value));
        };
        broken_down.to_string(&self.directives).map_err(|_| self.unfit(value))
    }

    fn unfit(&self, value: &Value) -> Fault {
        unreadable(&self.pattern, format!("pattern for {}", value.kind()))
    }

    /// Reads a date, with a time where the pattern has one: midnight where not.
    pub(crate) fn read(&self, text: &str, zone: &TimeZone) -> Result<Zoned, Fault> {
        let wrong = || unreadable(text, format!("date of the form {}", self.pattern));
        let broken_down = BrokenDownTime::parse(&self.directives, text).map_err(|_| wrong())?;
        if let Ok(zoned) = broken_down.to_zoned() {
            return Ok(zoned);
        }
        let date = broken_down.to_date().map_err(|_| wrong())?;
        let time: DateTime = broken_down.to_datetime().unwrap_or_else(|_| date.into());
        let zone = self.zone.as_ref().unwrap_or(zone);
        time.to_zoned(zone.clone()).map_err(|_| wrong())
    }
}

fn translate(pattern: &str) -> Result<String, Fault> {
    let mut directives = String::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            let (quoted, after) =
                quoted(rest).ok_or_else(|| unreadable(pattern, "date pattern: a quote is open"))?;
            directives.push_str(&quoted.replace('%', "%%"));
            rest = after;
            continue;
        }
        let count = rest.len() - rest.trim_start_matches(letter).len();
        let count = count / letter.len_utf8();
        rest = rest.trim_start_matches(letter);
        if !letter.is_ascii_alphabetic() {
            let literal = if letter == '%' { "%%".to_owned() } else { letter.to_string() };
            directives.push_str(&literal.repeat(count));
            continue;
        }
        let wrong = || {
            unreadable(&clip(pattern), format!("date pattern: {letter:?} {count} times means nothing here"))
        };
        directives.push_str(directive(letter, count).ok_or_else(wrong)?);
    }
    strtime::format(&directives, DateTime::constant(2000, 1, 1, 0, 0, 0, 0))
        .map(|_| ())
        .or_else(|error| {
            if directives.contains("%z") || directives.contains("%:z") || directives.contains("%Z") {
                Ok(())
            } else {
                Err(error)
            }
        })
        .map_err(|_| unreadable(pattern, "date pattern"))?;
    Ok(directives)
}

/// What stands in quotes at the beginning; two quotes are one.
fn quoted(text: &str) -> Option<(String, &str)> {
    if let Some(after) = text.strip_prefix("''") {
        return Some(("'".to_owned(), after));
    }
    let mut rest = text.strip_prefix('\'')?;
    let mut quoted = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        quoted.push_str(part);
        let Some(more) = after.strip_prefix('\'') else { return Some((quoted, after)) };
        quoted.push('\'');
        rest = more;
    }
}

fn directive(letter: char, count: usize) -> Option<&'static str> {
    Some(match (letter, count) {
        ('y' | 'u', 2) => "%y",
        ('y' | 'u', 1 | 3..) => "%Y",
        ('M' | 'L', 1) => "%-m",
        ('M' | 'L', 2) => "%m",
        ('M' | 'L', 3) => "%b",
        ('M' | 'L', 4..) => "%B",
        ('d', 1) => "%-d",
        ('d', 2) => "%d",
        ('D', 1) => "%-j",
        ('D', 3) => "%j",
        ('E', 1..=3) => "%a",
        ('E', 4..) => "%A",
        ('H', 1) => "%-H",
        ('H', 2) => "%H",
        ('h', 1) => "%-I",
        ('h', 2) => "%I",
        ('m', 1) => "%-M",
        ('m', 2) => "%M",
        ('s', 1) => "%-S",
        ('s', 2) => "%S",
        ('S', 1) => "%1f",
        ('S', 2) => "%2f",
        ('S', 3) => "%3f",
        ('S', 6) => "%6f",
        ('S', 9) => "%9f",
        ('a', 1) => "%p",
        ('Z' | 'x', 1..=2) => "%z",
        ('X' | 'x', 3) => "%:z",
        ('z', 1..=3) => "%Z",
        _ => return None,
    })
}
