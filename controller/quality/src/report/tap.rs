//! TAP, the Test Anything Protocol, versions 12 to 14, as node, tape and Perl's harnesses print it.
//!
//! ```text
//! TAP version 14
//! 1..3                                the plan, first or last; kept or not
//!     ok 1 - inner                    a subtest: lines with four more spaces, of any depth,
//!     1..1
//! ok 1 - outer                        and the point that sums it up, which is no test of its own
//! not ok 2 - adds                     a failure,
//!   ---                               with what is known about it
//!   message: expected 3
//!   ...
//! not ok 3 - fast # TODO              one that is expected; # SKIP is one that was not run
//! Bail out! no database               nothing of what follows counts
//! ```
//! <https://testanything.org/tap-version-14-specification.html>. A line that is none of these is somebody's output and ignored, as the
//! protocol asks. A plan that is missing or not kept is an error of the run: the tests that did not come are not known to pass.

use crate::error::{Error, Fault};
use crate::excerpt;
use crate::report::{Case, Outcome, Room, Suite, TestReport};
use crate::source::{Limits, Source};

mod diagnostic;
mod level;
mod line;

use diagnostic::Diagnostic;
use level::Level;
use line::{Line, Point};

const EXPECTED: &str =
    "the output of a TAP producer: \"TAP version\", a plan \"1..N\", \"ok\" and \"not ok\"";

/// Reads what a TAP producer printed.
///
/// # Errors
/// When nothing in it is TAP, or it is of another version.
pub fn parse(source: Source<'_>, limits: &Limits) -> Result<TestReport, Error> {
    let text = source.text(limits, EXPECTED)?;
    let mut reading = Reading::new(limits);
    for (number, line) in (1..).zip(text.lines()) {
        reading.line(line).map_err(|fault| source.error_in_line(number, fault))?;
        if reading.is_over {
            break;
        }
    }
    if !reading.is_tap {
        let found = excerpt::quoted(text.trim_start().lines().next().unwrap_or_default());
        return Err(source.error(Fault::Line { found, expected: EXPECTED }));
    }
    Ok(reading.end(source.name))
}

/// A test point, until it is known what stands below it.
struct Open {
    indent: usize,
    point: Point,
    /// The subtests that it sums up.
    sums_up: Option<Level>,
    diagnostic: Diagnostic,
}

struct Reading {
    limits: Limits,
    room: Room,
    cases: Vec<Case>,
    report: TestReport,
    levels: Vec<Level>,
    /// A level that has ended, whose point comes next.
    ended: Option<Level>,
    open: Option<Open>,
    /// The last comment: with tape, the name of the test that the points are of.
    group: Option<String>,
    has_subtests: bool,
    is_tap: bool,
    is_over: bool,
}

impl Reading {
    fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            room: Room::new(limits),
            cases: Vec::new(),
            report: TestReport::default(),
            levels: Vec::new(),
            ended: None,
            open: None,
            group: None,
            has_subtests: false,
            is_tap: false,
            is_over: false,
        }
    }

    fn line(&mut self, text: &str) -> Result<(), Fault> {
        if let Some(open) = &mut self.open
            && open.diagnostic.takes(text, open.indent)
        {
            return Ok(());
        }
        let (indent, line) = line::read(text)?;
        match line {
            Line::Other => {}
            Line::Comment(comment) => {
                self.settle();
                self.comment(comment);
            }
            Line::Version => self.is_tap = true,
            Line::Plan { count, skip } => {
                self.level(indent)?.plan(count, skip);
                self.is_tap = true;
            }
            Line::Point(point) => self.point(indent, point)?,
            Line::BailOut(reason) => {
                self.settle();
                let message = if reason.is_empty() { "the run was given up" } else { reason };
                self.broken("Bail out!", message);
                (self.is_tap, self.is_over) = (true, true);
            }
        }
        Ok(())
    }

    fn comment(&mut self, comment: &str) {
        if comment.starts_with("Subtest:") {
            self.has_subtests = true;
            self.group = None;
        } else if !self.has_subtests && !comment.is_empty() {
            self.group = Some(excerpt::line(comment, self.limits.text_bytes));
        }
    }

    fn point(&mut self, indent: usize, point: Point) -> Result<(), Fault> {
        self.is_tap = true;
        self.level(indent)?.seen += 1;
        let sums_up = self.ended.take();
        self.open = Some(Open { indent, point, sums_up, diagnostic: Diagnostic::default() });
        Ok(())
    }

    /// The level of a line, after ending those that are deeper.
    fn level(&mut self, indent: usize) -> Result<&mut Level, Fault> {
        self.settle();
        let mut inner = None;
        while self.levels.last().is_some_and(|level| level.indent > indent) {
            let deeper = self.levels.pop();
            inner.clone_from(&deeper);
            self.end_level(deeper);
        }
        if self.levels.last().is_none_or(|level| level.indent < indent) {
            let most = self.limits.depth;
            if self.levels.len() >= most {
                return Err(Fault::Depth { most });
            }
            // A level whose first line comes after those in it began where they did.
            let level = if let Some(Level { first_case, bad_before, .. }) = inner {
                Level::new(indent, first_case, bad_before)
            } else {
                self.ended = None;
                Level::new(indent, self.cases.len(), self.bad())
            };
            self.levels.push(level);
        }
        // There is one: it has just been pushed where there was none.
        self.levels.last_mut().ok_or(Fault::Depth { most: self.limits.depth })
    }

    /// Ends a level: its plan has to be kept.
    fn end_level(&mut self, level: Option<Level>) {
        let Some(level) = level else { return };
        if let Some(message) = level.broken_plan() {
            self.broken("(the plan)", &message);
        }
        self.ended = Some(level);
    }

    /// Makes a case of the point that is open, or a name for those that it sums up.
    fn settle(&mut self) {
        let Some(Open { point, sums_up, diagnostic, .. }) = self.open.take() else { return };
        let Point { passed, name, outcome } = point;
        if let Some(level) = sums_up {
            for case in self.cases.get_mut(level.first_case..).unwrap_or_default() {
                case.class = Some(within(&name, case.class.as_deref(), self.limits.text_bytes));
            }
            if passed || outcome == Outcome::Skipped || self.bad() > level.bad_before {
                return;
            }
        }
        let mut case = diagnostic.case(&name, outcome, &self.limits);
        if level_is_outermost(&self.levels) {
            case.class.clone_from(&self.group);
        }
        self.add(case);
    }

    /// An error of the run itself.
    fn broken(&mut self, name: &str, message: &str) {
        let mut case = Diagnostic::default().case(name, Outcome::Errored, &self.limits);
        case.message = excerpt::line(message, self.limits.text_bytes);
        self.add(case);
    }

    fn add(&mut self, case: Case) {
        self.report.counts.count(case.outcome, false);
        if self.room.takes(case.outcome) {
            self.cases.push(case);
        } else {
            self.report.left_out += 1;
        }
    }

    const fn bad(&self) -> u64 {
        self.report.counts.failed + self.report.counts.errored
    }

    fn end(mut self, name: &str) -> TestReport {
        self.settle();
        if !self.is_over {
            if self.levels.is_empty() {
                self.broken("(the plan)", "there is no plan and no test: the run has ended too early");
            }
            while let Some(level) = self.levels.pop() {
                self.end_level(Some(level));
            }
        }
        let Self { cases, mut report, .. } = self;
        if !cases.is_empty() {
            report.suites.push(Suite { name: String::new(), report: name.to_owned(), cases });
        }
        report
    }
}

const fn level_is_outermost(levels: &[Level]) -> bool {
    levels.len() <= 1
}

fn within(outer: &str, inner: Option<&str>, most: usize) -> String {
    inner.map_or_else(
        || excerpt::line(outer, most),
        |inner| excerpt::line(&format!("{outer} › {inner}"), most),
    )
}
