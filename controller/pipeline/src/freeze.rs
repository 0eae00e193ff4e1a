//! Times in which stages that change what runs do not begin.
//!
//! A run is told with each look which freezes hold it: they come and go while it runs, so they are none of its graph. What has begun goes on, and clean-up runs, for what is left half done
//! is less safe than what is changed.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::definition::Freeze;
use crate::problem::Problem;
use crate::window::{self, Schedule};

/// Windows that follow each other without a gap are looked at as far as this: what lasts longer ends when nobody knows.
const MOST_WINDOWS: usize = 64;

/// A freeze that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hold {
    /// Its name.
    pub freeze: String,
    /// Why it is there.
    pub reason: String,
    /// Whose it is.
    pub owner: String,
    /// When it ends; nothing: not before somebody removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { freeze, reason, owner, until } = self;
        match until {
            Some(until) => write!(f, "freeze {freeze} of {owner} until {until:.0}: {reason}"),
            None => write!(f, "freeze {freeze} of {owner} until it is removed: {reason}"),
        }
    }
}

/// When a freeze is in force.
#[derive(Clone, Debug)]
pub struct Times {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    windows: Vec<Schedule>,
}

/// Whether it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// It is not, now.
    Off,
    /// It is, until then; nothing: not before somebody removes it.
    On(Option<Timestamp>),
}

impl Times {
    /// Reads the times of a freeze.
    ///
    /// # Errors
    /// Every time that is none; an end before the begin; a window with a jitter, for a freeze begins at its time.
    pub fn new(written: &Freeze) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let zone = window::zone(written.time_zone.as_deref(), "timeZone").unwrap_or_else(|problem| {
            problems.push(problem);
            TimeZone::UTC
        });
        let mut instant = |field: &str, text: Option<&String>| {
            let text = text?;
            let read = instant(text, &zone);
            if read.is_none() {
                let what = format!("{text:?} is no time");
                problems.push(Problem::new(
                    field,
                    what,
                    "write it as 2026-12-18T18:00, or with an offset, such as 2026-12-18T18:00:00Z",
                ));
            }
            read
        };
        let from = instant("from", written.from.as_ref());
        let until = instant("until", written.until.as_ref());
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            problems.push(Problem::new(
                "until",
                "it ends before it begins",
                "give the later time as `until`",
            ));
        }
        let mut windows = Vec::new();
        for (index, window) in written.windows.iter().enumerate() {
            let path = format!("windows[{index}]");
            if window.jitter.is_some() {
                let mend = "leave it out: a freeze begins and ends at its times";
                problems.push(Problem::new(format!("{path}.jitter"), "a freeze has none", mend));
            }
            match Schedule::new(window, &zone, &path) {
                Ok(schedule) => windows.push(schedule),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(Self { from, until, windows }) } else { Err(problems) }
    }

    /// Whether it is in force at this instant, and until when.
    #[must_use]
    pub fn force(&self, now: Timestamp) -> Force {
        let is_early = self.from.is_some_and(|from| now < from);
        if is_early || self.until.is_some_and(|until| until <= now) {
            return Force::Off;
        }
        if self.windows.is_empty() {
            return Force::On(self.until);
        }
        let mut end = None;
        for _ in 0..MOST_WINDOWS {
            let at = end.unwrap_or(now);
            let Some(window) = self.windows.iter().find(|window| window.is_open(at)) else {
                let until = |end: Timestamp| self.until.map_or(end, |until| until.min(end));
                return end.map_or(Force::Off, |end| Force::On(Some(until(end))));
            };
            match window.closes(at) {
                Some(closes) => end = Some(closes),
                None => break,
            }
        }
        Force::On(self.until)
    }
}

/// An instant, or what a clock of the zone shows then. What a clock shows twice is the first time, and what it skips the time after.
fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let on_a_clock = || {
        let shown: DateTime = text.parse().ok()?;
        zone.to_ambiguous_timestamp(shown).compatible().ok()
    };
    text.parse().ok().or_else(on_a_clock)
}

#[cfg(test)]
mod tests;
