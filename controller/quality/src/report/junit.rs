//! JUnit's XML, in the dialects of those who write it.
//!
//! ```text
//! <testsuites> <testsuite name> <testcase name classname time file line>
//!     <failure message type> <error> <skipped message>             how it ended; without any of them it passed
//!     <flakyFailure> <flakyError>                                  it passed when it was repeated (surefire)
//!     <rerunFailure> <rerunError>                                  it did not
//! ```
//! There is no norm. Surefire's schema: <https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd>; what others
//! add: <https://github.com/testmoapp/junitxml>. Suites stand in one another (Mocha, node), cases stand in `<testsuites>` (node), counts
//! are missing (jest-junit before its first test), a case is called off by its `status` (GoogleTest).

use crate::error::{Error, Fault};
use crate::excerpt;
use crate::report::{Case, Outcome, Room, Suite, TestReport};
use crate::source::{Limits, Source};
use crate::xml::{Document, Element, Token};

mod case;

const EXPECTED: &str = "<testsuites> or <testsuite> of a JUnit report";

/// Reads a JUnit report. A report without any test is a result, and one that a gate does not pass.
///
/// # Errors
/// When it is no such report, or not all of it, with the place.
pub fn parse(source: Source<'_>, limits: &Limits) -> Result<TestReport, Error> {
    let (document, root) = Document::open(source, limits, &["testsuites", "testsuite"], EXPECTED)?;
    let mut reading = Reading {
        document,
        report: source.name,
        limits: *limits,
        room: Room::new(limits),
        out: TestReport::default(),
    };
    let is_list = root.name() == "testsuites";
    // The name of the list is that of a tool: "jest tests", "Mocha Tests".
    let name = if is_list { String::new() } else { name_of(&root, limits)? };
    reading.suite(&root, &name, &Inherited::default())?;
    let Reading { document, out, .. } = reading;
    document.close()?;
    Ok(out)
}

/// What a case has from its suites.
#[derive(Clone, Debug, Default)]
struct Inherited {
    path: String,
    file: Option<String>,
}

struct Reading<'a> {
    document: Document<'a>,
    report: &'a str,
    limits: Limits,
    room: Room,
    out: TestReport,
}

impl Reading<'_> {
    /// Reads a suite to its end, and those in it.
    fn suite(&mut self, element: &Element<'_>, name: &str, outer: &Inherited) -> Result<(), Error> {
        let path = match (outer.path.as_str(), name) {
            (path, "") => path.to_owned(),
            ("", name) => name.to_owned(),
            (path, name) => excerpt::line(&format!("{path} › {name}"), self.limits.text_bytes),
        };
        let file = element.attribute("file")?.filter(|file| !file.is_empty());
        let file =
            file.map(|file| excerpt::line(&file, self.limits.text_bytes)).or_else(|| outer.file.clone());
        let here = Inherited { path, file };
        let (mut cases, mut is_empty) = (Vec::new(), true);
        loop {
            match self.document.next()? {
                Token::Text(_) => {}
                Token::End => break,
                Token::Start(inner) => match inner.name() {
                    "testcase" => {
                        is_empty = false;
                        let case = self.case(&inner, &here)?;
                        self.keep(case, &mut cases);
                    }
                    "testsuite" => {
                        is_empty = false;
                        let name = name_of(&inner, &self.limits)?;
                        // Each suite begins after the cases that stand before it.
                        self.push(&here.path, std::mem::take(&mut cases));
                        self.suite(&inner, &name, &here)?;
                    }
                    "failure" | "error" => {
                        is_empty = false;
                        let case = self.of_suite(&inner, &here)?;
                        self.keep(case, &mut cases);
                    }
                    _ => self.document.skip()?,
                },
            }
        }
        if is_empty && let Some(case) = self.unexplained(element, &here)? {
            self.keep(case, &mut cases);
        }
        self.push(&here.path, cases);
        Ok(())
    }

    fn push(&mut self, name: &str, cases: Vec<Case>) {
        if !cases.is_empty() {
            let (name, report) = (name.to_owned(), self.report.to_owned());
            self.out.suites.push(Suite { name, report, cases });
        }
    }

    fn keep(&mut self, case: Case, cases: &mut Vec<Case>) {
        self.out.counts.count(case.outcome, case.flaky);
        if self.room.takes(case.outcome) {
            cases.push(case);
        } else {
            self.out.left_out += 1;
        }
    }

    /// A failure of a whole suite: what is before its first test, or after its last.
    fn of_suite(&mut self, element: &Element<'_>, here: &Inherited) -> Result<Case, Error> {
        let outcome = if element.name() == "failure" { Outcome::Failed } else { Outcome::Errored };
        let message = element.attribute("message")?;
        let text = self.document.text()?;
        Ok(case::told(self.limits, outcome, "(the suite)", message.as_deref(), &text, here.file.as_deref()))
    }

    /// A suite without cases that says that some of them failed.
    fn unexplained(&self, element: &Element<'_>, here: &Inherited) -> Result<Option<Case>, Error> {
        let mut bad = 0_u64;
        for name in ["failures", "errors"] {
            bad = bad.saturating_add(element.number(name)?.unwrap_or(0));
        }
        let message = format!("the suite says that {bad} of its tests failed, and has none of them");
        let case = case::told(
            self.limits,
            Outcome::Errored,
            "(the suite)",
            Some(&message),
            "",
            here.file.as_deref(),
        );
        Ok((bad > 0).then_some(case))
    }

    fn case(&mut self, element: &Element<'_>, here: &Inherited) -> Result<Case, Error> {
        case::read(&mut self.document, element, here.file.as_deref(), &self.limits)
    }
}

fn name_of(suite: &Element<'_>, limits: &Limits) -> Result<String, Error> {
    let name = suite.attribute("name")?.unwrap_or_default();
    Ok(excerpt::line(&name, limits.text_bytes))
}

/// The name of a case, which is its class where it has none of its own.
fn name_of_case(element: &Element<'_>, class: Option<&str>) -> Result<String, Error> {
    let name = element.attribute("name")?.filter(|name| !name.trim().is_empty());
    let missing = || element.error(Fault::Missing { element: "testcase".to_owned(), attribute: "name" });
    name.or_else(|| class.map(str::to_owned)).ok_or_else(missing)
}
