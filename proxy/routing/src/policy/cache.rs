//! `auth-cache-key` and `auth-cache-duration`: which answers are remembered, and for how long.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::variables::Text;

/// Which answers of a server that is asked are remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// What tells requests apart.
    pub key: Text,
    /// For how long.
    pub times: Times,
}

impl Serialize for Cache {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key.text())
    }
}

/// For how long answers are remembered, by their status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times(Vec<(Vec<u16>, Duration)>);

/// A text that says no times.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not statuses and a time: write them as in 200 202 401 5m, 403 10s")]
pub struct InvalidTimes(pub String);

impl Default for Times {
    /// As ingress-nginx has it.
    fn default() -> Self {
        Self(vec![(vec![200, 202, 401], Duration::from_mins(5))])
    }
}

impl Times {
    /// Reads a list. Without a status a time is for 200, 301 and 302, as in nginx.
    pub fn parse(text: &str) -> Result<Self, InvalidTimes> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let times: Option<Vec<_>> = items.map(item).collect();
        let times = times.ok_or_else(|| InvalidTimes(text.to_owned()))?;
        Ok(if times.is_empty() { Self::default() } else { Self(times) })
    }

    /// How long an answer with this status is remembered: as the first says that names it.
    #[must_use]
    pub fn of(&self, status: u16) -> Option<Duration> {
        let item = self.0.iter().find(|(statuses, _)| statuses.contains(&status));
        item.map(|(_, time)| *time).filter(|time| !time.is_zero())
    }
}

fn item(text: &str) -> Option<(Vec<u16>, Duration)> {
    let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
    let time = time(words.pop()?)?;
    let statuses: Option<Vec<u16>> = words.into_iter().map(status).collect();
    let statuses = statuses?;
    Some((if statuses.is_empty() { vec![200, 301, 302] } else { statuses }, time))
}

fn status(word: &str) -> Option<u16> {
    word.parse().ok().filter(|status| (100..=599).contains(status) && word.len() == 3)
}

fn time(word: &str) -> Option<Duration> {
    let end = word.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = word.split_at(end);
    let number: u32 = number.parse().ok()?;
    let unit = match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_mins(1),
        "h" => Duration::from_hours(1),
        "d" => Duration::from_hours(24),
        "w" => Duration::from_hours(24 * 7),
        "M" => Duration::from_hours(24 * 30),
        "y" => Duration::from_hours(24 * 365),
        _ => return None,
    };
    unit.checked_mul(number)
}

#[cfg(test)]
mod tests {
    use super::{Duration, Times};

    #[test]
    fn the_first_that_names_a_status_says_its_time() {
        for (text, expected) in [
            ("", Some([Some(300), None, Some(300)])),
            ("200 202 401 5m", Some([Some(300), None, Some(300)])),
            ("200 10s, 403 200 1h", Some([Some(10), Some(3600), None])),
            ("10s", Some([Some(10), None, None])),
            ("200 0s, 403 1d", Some([None, Some(86400), None])),
            ("200", None),
            ("200 5", None),
            ("5m 200", None),
            ("20 5m", None),
            ("any 5m", None),
            ("200 5x", None),
        ] {
            let times = Times::parse(text).ok();
            let seconds = |status| times.as_ref().map(|times| times.of(status).map(|time| time.as_secs()));
            let found = [200, 403, 401].map(seconds);
            let expected = expected.map_or([None; 3], |all: [Option<u64>; 3]| all.map(Some));
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(Times::parse("200 1500ms").unwrap().of(200), Some(Duration::from_millis(1500)));
    }
}
