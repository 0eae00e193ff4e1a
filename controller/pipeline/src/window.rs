//! When a stage may start: a window with its zone, to the minute.
//!
//! A minute is open when a clock on the wall of that zone shows one of the window's: 22:00-02:00 of Friday goes on into Saturday. An hour that the clock
//! shows twice is open twice; what it skips is open in the first minute after, so that a window inside the skipped hour opens at all.
//!
//! Zones come from the program's own database, and not from the machine: the same definition opens at the same time wherever it runs.

mod hours;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span as Calendar, Timestamp};

use self::hours::Hours;
use crate::definition::{Jitter, Window};
use crate::draw;
use crate::problem::{Problem, closest};
use crate::span::Span;

/// A stage waits no longer for its window than this, by the calendar of the zone.
const MOST_DAYS: i32 = 7;
const DAY_MINUTES: i16 = 24 * 60;

/// A window that can be asked.
#[derive(Clone, Debug)]
pub struct Schedule {
    zone: TimeZone,
    /// Empty: every day.
    days: Vec<Weekday>,
    hours: Vec<Hours>,
    jitter: Option<Jitter>,
}

impl Schedule {
    /// Reads a window. `path` is where it stands, for the problems.
    ///
    /// # Errors
    /// Hours that are no hours, all of them; a jitter that does not fit.
    pub(crate) fn new(window: &Window, zone: &TimeZone, path: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut hours = Vec::new();
        for (index, text) in window.hours.iter().enumerate() {
            match Hours::read(text) {
                Some(read) => hours.push(read),
                None => problems.push(Problem::new(
                    format!("{path}.hours[{index}]"),
                    format!("{text:?} is not a span of hours"),
                    "write it as 09:00-17:30; the last minute of a day is 23:59",
                )),
            }
        }
        if hours.is_empty() {
            hours.push(Hours::WHOLE_DAY);
        }
        let shortest = hours.iter().map(|hours| hours.minutes()).min().unwrap_or_default();
        if let Some(Jitter { min, max, skip_manual: _ }) = window.jitter {
            if min > max {
                problems.push(Problem::new(
                    format!("{path}.jitter.min"),
                    format!("{min} is longer than max, which is {max}"),
                    "give the shorter one as min",
                ));
            } else if max >= Span::minutes(shortest) {
                problems.push(Problem::new(
                    format!("{path}.jitter.max"),
                    format!("{max} is not shorter than the shortest hours, which are {shortest}m long"),
                    "make it so short that a delayed stage is still in its window",
                ));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let days = window.days.iter().map(|day| Weekday::from(*day)).collect();
        Ok(Self { zone: zone.clone(), days, hours, jitter: window.jitter })
    }

    /// Whether a stage may start at this instant.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.shows(self.zone.to_datetime(at)) || self.skipped_just_before(at)
    }

    /// When a stage that asks at `now` may start: `now` if it is open, otherwise the first instant at which it opens, if that is within a week.
    #[must_use]
    pub fn next_opening(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_open(now) {
            return Some(now);
        }
        let last = self.last(now);
        let today = self.zone.to_datetime(now).date();
        let dates = (0..=MOST_DAYS + 1).filter_map(|days| today.checked_add(Calendar::new().days(days)).ok());
        let begins =
            dates.flat_map(|date| self.hours.iter().flat_map(move |hours| self.begins(date, *hours)));
        // A clock that is put forward or back may land inside the hours.
        let changes =
            self.zone.following(now).map(|change| change.timestamp()).take_while(|change| *change <= last);
        let candidates = begins.chain(changes).filter(|at| now < *at && *at <= last);
        candidates.filter(|at| self.is_open(*at)).min()
    }

    /// When what is open at `now` is not open any more; `None`: not within a week.
    #[must_use]
    pub fn closes(&self, now: Timestamp) -> Option<Timestamp> {
        let last = self.last(now);
        let today = self.zone.to_datetime(now).date();
        let dates =
            (-1..=MOST_DAYS + 1).filter_map(|days| today.checked_add(Calendar::new().days(days)).ok());
        let ends = dates.flat_map(|date| self.hours.iter().flat_map(move |hours| self.ends(date, *hours)));
        // A clock that is put forward or back may land outside of the hours, and what it skips is open for a minute.
        let minute = SignedDuration::from_mins(1);
        let recent = now.checked_sub(minute).unwrap_or(now);
        let changes =
            self.zone.following(recent).map(|change| change.timestamp()).take_while(|at| *at <= last);
        let changes = changes.flat_map(|at| [Some(at), at.checked_add(minute).ok()]).flatten();
        let candidates = ends.chain(changes).filter(|at| now < *at && *at <= last);
        candidates.filter(|at| !self.is_open(*at)).min()
    }

    /// How long a stage waits after the opening, given what names this start.
    #[must_use]
    pub fn delay(&self, key: &str, manual: bool) -> Span {
        match self.jitter {
            Some(Jitter { min, max, skip_manual }) if !(manual && skip_manual) => {
                let room = max.duration().saturating_sub(min.duration());
                Span::from(min.duration().saturating_add(draw::up_to(key, room)))
            }
            Some(_) | None => Span::default(),
        }
    }

    /// The end of a wait that begins now.
    pub(crate) fn last(&self, now: Timestamp) -> Timestamp {
        let week = Calendar::new().days(MOST_DAYS);
        now.to_zoned(self.zone.clone()).checked_add(week).map_or(Timestamp::MAX, |end| end.timestamp())
    }

    /// The instants at which a clock shows the first minute of these hours on this date: one, two, or none.
    fn begins(&self, date: Date, hours: Hours) -> impl Iterator<Item = Timestamp> {
        let begin = self.zone.to_ambiguous_timestamp(hours.begins_on(date));
        let either = [begin.earlier().ok(), begin.later().ok()];
        either.into_iter().flatten()
    }

    /// The instants at which a clock shows the first minute after these hours of this date: one, two, or none.
    fn ends(&self, date: Date, hours: Hours) -> impl Iterator<Item = Timestamp> {
        let end = hours.end_of(date).map(|end| self.zone.to_ambiguous_timestamp(end));
        let either = end.map(|end| [end.earlier().ok(), end.later().ok()]);
        either.into_iter().flatten().flatten()
    }

    fn shows(&self, clock: DateTime) -> bool {
        let minute = i16::from(clock.hour()) * 60 + i16::from(clock.minute());
        self.hours.iter().any(|hours| {
            (hours.has(minute) && self.has_day(clock.weekday()))
                || (hours.has(minute + DAY_MINUTES) && self.has_day(clock.weekday().previous()))
        })
    }

    fn has_day(&self, day: Weekday) -> bool {
        self.days.is_empty() || self.days.contains(&day)
    }

    /// Whether the clock was put forward less than a minute ago, over one of the window's minutes.
    fn skipped_just_before(&self, at: Timestamp) -> bool {
        let minute = SignedDuration::from_mins(1);
        let Some(change) = self.zone.following(at.checked_sub(minute).unwrap_or(at)).next() else {
            return false;
        };
        if change.timestamp() > at {
            return false;
        }
        let Ok(before) = change.timestamp().checked_sub(SignedDuration::from_nanos(1)) else { return false };
        let first = self.zone.to_offset(before).to_datetime(change.timestamp());
        let shown = self.zone.to_datetime(change.timestamp());
        let skipped = first.series(Calendar::new().minutes(1)).take_while(|clock| *clock < shown);
        skipped.into_iter().any(|clock| self.shows(clock))
    }
}

/// The zone of this name.
///
/// # Errors
/// There is none; `path` is where the name stands.
pub(crate) fn zone(name: Option<&str>, path: &str) -> Result<TimeZone, Problem> {
    let Some(name) = name else { return Ok(TimeZone::UTC) };
    let known = TimeZoneDatabase::bundled();
    known.get(name).map_err(|_| {
        let names: Vec<String> = known.available().map(|name| name.to_string()).collect();
        let hint = closest(name, names.iter().map(String::as_str));
        let mend = hint.map_or_else(
            || "give a name of the IANA time zone database, such as Europe/Berlin".to_owned(),
            |hint| format!("did you mean {hint:?}?"),
        );
        Problem::new(path, format!("there is no time zone {name:?}"), mend)
    })
}

#[cfg(test)]
mod tests;
