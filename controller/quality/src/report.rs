//! What tests said: suites of cases, each with how it ended, and counts of all of them.
//!
//! Counts are made of the cases. What a file says about itself is not believed: node 20 counts a failure that it also calls to do, others
//! leave counts out, and a sum over nested suites counts twice.

use serde::Serialize;

use crate::source::Limits;

pub mod junit;
mod location;
pub mod tap;

pub use location::Location;

/// All that one or several files say about tests.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestReport {
    /// How many cases ended how, also of those that are not kept.
    pub counts: Counts,
    /// Suites that have cases, in the order of the files.
    pub suites: Vec<Suite>,
    /// Cases that are counted and not kept.
    pub left_out: u64,
}

/// Cases that belong together: a `<testsuite>`, or a TAP file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suite {
    /// Its name, after those of the suites that it stands in: `shop › basket`.
    pub name: String,
    /// The report that it was read from.
    pub report: String,
    /// Its cases.
    pub cases: Vec<Case>,
}

/// One test.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Its class, or the subtests that it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Where it stands, or where it failed, as far as the report says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// How long it took, seconds; `None`: not said, or not readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it failed first and passed when it was repeated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub flaky: bool,
    /// Why: one line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// A stack trace, a difference.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// As it should.
    Passed,
    /// Something that it asserts does not hold.
    Failed,
    /// It could not be run to its end: an exception, a plan that was not kept.
    Errored,
    /// It was not run, or what it says does not count yet (`TODO`).
    Skipped,
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Passed, the flaky ones among them.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Errored.
    pub errored: u64,
    /// Skipped.
    pub skipped: u64,
    /// Passed when they were repeated.
    pub flaky: u64,
}

impl TestReport {
    /// Adds what another file says.
    pub fn merge(&mut self, other: Self, limits: &Limits) {
        let Self { counts, suites, left_out } = other;
        let mut room = Room::left_by(self, limits);
        self.left_out += left_out;
        for suite in suites {
            let Suite { name, report, cases } = suite;
            let all = cases.len();
            let cases: Vec<Case> = cases.into_iter().filter(|case| room.takes(case.outcome)).collect();
            self.left_out += u64::try_from(all - cases.len()).unwrap_or(u64::MAX);
            if !cases.is_empty() {
                self.suites.push(Suite { name, report, cases });
            }
        }
        self.counts.add(counts);
    }

    /// The cases that are kept, with their suites.
    pub fn cases(&self) -> impl Iterator<Item = (&Suite, &Case)> {
        self.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)))
    }
}

impl Counts {
    /// Tests that were run. Skipped ones were not, so a suite that skips all has none, as with Sonar's `tests`.
    #[must_use]
    pub const fn run(&self) -> u64 {
        self.passed + self.failed + self.errored
    }

    pub(crate) fn count(&mut self, outcome: Outcome, flaky: bool) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Errored => self.errored += 1,
            Outcome::Skipped => self.skipped += 1,
        }
        self.flaky += u64::from(flaky);
    }

    fn add(&mut self, other: Self) {
        let Self { passed, failed, errored, skipped, flaky } = other;
        self.passed += passed;
        self.failed += failed;
        self.errored += errored;
        self.skipped += skipped;
        self.flaky += flaky;
    }
}

impl Outcome {
    /// Whether it has to be looked at.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Errored)
    }
}

/// How many more cases are kept. Bad ones have a room of their own: ten thousand passed ones do not hide the one that failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    bad: usize,
    good: usize,
}

impl Room {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self { bad: limits.cases, good: limits.cases }
    }

    fn left_by(report: &TestReport, limits: &Limits) -> Self {
        let (mut room, kept) = (Self::new(limits), report.cases());
        for (_, case) in kept {
            room.takes(case.outcome);
        }
        room
    }

    /// Whether there is room for a case, which it then takes.
    pub(crate) fn takes(&mut self, outcome: Outcome) -> bool {
        let left = if outcome.is_bad() { &mut self.bad } else { &mut self.good };
        let takes = *left > 0;
        *left = left.saturating_sub(1);
        takes
    }
}
