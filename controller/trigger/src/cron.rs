//! When a schedule is due, in its zone.
//!
//! Five fields as crontab has them (minute, hour, day of month, month, day of week), or six and seven as Quartz has them and Spinnaker writes
//! them (second first, year last, Sunday is 1, one of the two days `?`). `H` stands for a value of the pipeline's own, as in Jenkins. Read and
//! counted by [croner](https://docs.rs/croner), whose rules for clocks that are changed are those of Vixie's cron: a fixed time that the clock skips
//! comes in the first moment after, one that it shows twice comes once, and a repeated one (`*/5`) follows the time that passes.

mod hashed;
mod quartz;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A schedule that is ready to be asked.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
}

/// Why a text is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Neither five fields, nor six or seven.
    #[error(
        "it has {0} fields: give five (minute, hour, day of month, month, day of week), or six or seven as Quartz has them (second first, year last)"
    )]
    Fields(usize),
    /// A sign that no schedule has.
    #[error("{0:?} stands in no schedule: use digits, names of months and days, and * , - / ? L W # H")]
    Sign(char),
    /// Quartz asks for one second of a minute.
    #[error("{0:?} is not one second from 0 to 59: a pipeline is started once a minute at most")]
    Second(String),
    /// Quartz takes a day of the month or of the week.
    #[error("a day of the month and a day of the week are given: Quartz takes one of them, the other is ?")]
    TwoDays,
    /// `H` with a range that is none.
    #[error("{0:?} is no H: write H, H/15, H(0-29) or H(0-29)/10, within {1} to {2}")]
    Hashed(String, u32, u32),
    /// What the library says.
    #[error("{0}")]
    Field(String),
    /// It can be read, but the calendar never has it.
    #[error("no day of the calendar fits, so it would never be due")]
    Never,
}

/// A zone that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone {0:?}")]
pub struct UnknownZone(pub String);

/// The zone of this name, from the program's own database; without one UTC.
///
/// # Errors
/// There is none.
pub fn zone(name: Option<&str>) -> Result<TimeZone, UnknownZone> {
    let Some(name) = name else { return Ok(TimeZone::UTC) };
    TimeZoneDatabase::bundled().get(name).map_err(|_| UnknownZone(name.to_owned()))
}

/// A time of a schedule that has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The last one that has come.
    pub scheduled: Timestamp,
    /// Whether there were others before it that nobody looked at: they are not made up for.
    pub missed_others: bool,
}

impl Schedule {
    /// Reads it; `name` is the pipeline's, from which `H` is drawn.
    ///
    /// # Errors
    /// It is no schedule, or never due.
    pub fn new(text: &str, zone: TimeZone, name: &str) -> Result<Self, Invalid> {
        let upper = text.trim().to_ascii_uppercase();
        let is_known = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '\t' || "*,-/?#()".contains(c);
        if let Some(sign) = upper.chars().find(|c| !is_known(*c)) {
            return Err(Invalid::Sign(sign));
        }
        let fields: Vec<String> = upper.split_ascii_whitespace().map(str::to_owned).collect();
        let is_quartz = match fields.len() {
            5 => false,
            6 | 7 => true,
            other => return Err(Invalid::Fields(other)),
        };
        let fields = hashed::filled(fields, name)?;
        if is_quartz {
            quartz::check(&fields)?;
        }
        let parser = CronParser::builder()
            .seconds(if is_quartz { Seconds::Required } else { Seconds::Disallowed })
            .year(if is_quartz { Year::Optional } else { Year::Disallowed })
            .alternative_weekdays(is_quartz)
            .sloppy_ranges(is_quartz)
            .build();
        let cron = parser.parse(&fields.join(" ")).map_err(|error| Invalid::Field(error.to_string()))?;
        let schedule = Self { cron, zone };
        // Counted from a time that all schedules have before them, so that whether a text is one does not depend on the day.
        if schedule.next_after(Timestamp::UNIX_EPOCH).is_none() { Err(Invalid::Never) } else { Ok(schedule) }
    }

    /// The first time after this one; none where a schedule of given years is over.
    #[must_use]
    pub fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        let from = now.to_zoned(self.zone.clone());
        self.cron
            .find_next_occurrence(&from, false)
            .ok()
            .map(|next| next.timestamp())
            .filter(|next| *next > now)
    }

    /// What has come since it was last looked at: the last time of the schedule after `since`, up to and with `now`.
    ///
    /// However long nobody looked, one run makes up for it: the work of a schedule (a nightly build, a clean-up) is about how things are now.
    #[must_use]
    pub fn due(&self, since: Timestamp, now: Timestamp) -> Option<Due> {
        let first = self.next_after(since).filter(|first| *first <= now)?;
        let from = now.to_zoned(self.zone.clone());
        let last = self.cron.find_previous_occurrence(&from, true).ok().map(|last| last.timestamp());
        let scheduled = last.filter(|last| first <= *last && *last <= now).unwrap_or(first);
        Some(Due { scheduled, missed_others: scheduled > first })
    }
}

#[cfg(test)]
mod tests;
