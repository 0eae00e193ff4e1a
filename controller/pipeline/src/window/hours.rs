//! A span of hours on a clock: `09:00-17:30`.

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

/// Minutes of a day.
const DAY: i16 = 24 * 60;

/// From one minute to another, both included; an end before the begin is on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hours {
    begin: Time,
    /// Minutes since midnight.
    first: i16,
    /// Minutes since the midnight before the begin; more than a day where it ends on the next one.
    last: i16,
}

impl Hours {
    pub(super) const WHOLE_DAY: Self = Self { begin: Time::midnight(), first: 0, last: DAY - 1 };

    /// `None`: not such a text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (begin, end) = text.split_once('-')?;
        let [begin, end] = [begin, end].map(|time| Time::strptime("%H:%M", time.trim()).ok());
        let (begin, end) = (begin?, end?);
        let minute = |time: Time| i16::from(time.hour()) * 60 + i16::from(time.minute());
        let (first, last) = (minute(begin), minute(end));
        let last = if last < first { last + DAY } else { last };
        Some(Self { begin, first, last })
    }

    /// Whether this minute since the midnight before the begin is one of them.
    pub(super) fn has(self, minute: i16) -> bool {
        (self.first..=self.last).contains(&minute)
    }

    /// How many minutes they are.
    pub(super) fn minutes(self) -> u64 {
        u64::try_from(self.last - self.first + 1).unwrap_or_default()
    }

    /// The first minute after those that begin on this date.
    pub(super) fn end_of(self, date: Date) -> Option<DateTime> {
        let midnight = date.to_datetime(Time::midnight());
        midnight.checked_add(Span::new().minutes(i64::from(self.last) + 1)).ok()
    }

    /// The first minute of those that begin on this date.
    pub(super) fn begins_on(self, date: Date) -> DateTime {
        date.to_datetime(self.begin)
    }
}

#[cfg(test)]
mod tests {
    use super::Hours;

    #[test]
    fn hours_are_read_to_the_minute() {
        let hours = Hours::read("09:15-17:30").unwrap();
        assert!(!hours.has(9 * 60 + 14) && hours.has(9 * 60 + 15));
        assert!(hours.has(17 * 60 + 30) && !hours.has(17 * 60 + 31));
        assert_eq!(hours.minutes(), 8 * 60 + 16);
        let night = Hours::read("22:45 - 22:15").unwrap();
        assert_eq!(
            night.minutes(),
            23 * 60 + 31,
            "only the hours are alike, and it still ends on the next day"
        );
        assert_eq!(Hours::read("10:00-10:00").unwrap().minutes(), 1);
        for text in
            ["", "9-17", "09:00", "24:00-01:00", "09:00-24:00", "09:60-10:00", "a-b", "09:00-10:00-11:00"]
        {
            assert_eq!(Hours::read(text), None, "{text:?}");
        }
    }
}
