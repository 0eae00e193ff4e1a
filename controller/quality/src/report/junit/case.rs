//! One `<testcase>`.

use crate::error::Error;
use crate::excerpt;
use crate::report::junit::name_of_case;
use crate::report::{Case, Location, Outcome};
use crate::source::Limits;
use crate::xml::{Document, Element, Token};

/// What the elements in a case say about its end, as far as it is read.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one element that may stand in a case beside the others"
)]
struct Ending {
    failed: bool,
    errored: bool,
    skipped: bool,
    /// Skipped since what it tests is still to do: then a failure is no surprise.
    to_do: bool,
    flaky: bool,
    /// What the first failure says, and the first of what is none.
    bad: Option<Words>,
    other: Option<Words>,
}

/// What is said about an end.
#[derive(Debug, Default)]
struct Words {
    message: Option<String>,
    text: String,
}

/// Reads a case to its end.
pub(super) fn read(
    document: &mut Document<'_>,
    element: &Element<'_>,
    file: Option<&str>,
    limits: &Limits,
) -> Result<Case, Error> {
    let class = element.attribute("classname")?.filter(|class| !class.trim().is_empty());
    let name = name_of_case(element, class.as_deref())?;
    let own_file = element.attribute("file")?.filter(|file| !file.is_empty());
    let line = element.attribute("line")?.and_then(|line| line.trim().parse().ok());
    let status = element.attribute("status")?.unwrap_or_default();
    let seconds = element.attribute("time")?.and_then(|time| seconds(&time));
    let mut ending = Ending { skipped: is_called_off(&status), ..Ending::default() };
    loop {
        match document.next()? {
            Token::Text(_) => {}
            Token::End => break,
            Token::Start(inner) => ending.read(document, &inner)?,
        }
    }
    let outcome = ending.outcome();
    let Ending { flaky, bad, other, .. } = ending;
    let Words { message, text } = if outcome.is_bad() { bad } else { other.or(bad) }.unwrap_or_default();
    let file = own_file.as_deref().or(file);
    let mut case = told(*limits, outcome, &name, message.as_deref(), &text, file);
    case.class = class.map(|class| excerpt::line(&class, limits.text_bytes));
    case.seconds = seconds;
    case.flaky = flaky && outcome == Outcome::Passed;
    if let (Some(location), Some(_)) = (&mut case.location, line) {
        location.line = line;
    }
    Ok(case)
}

/// A case with what is said about its end, within the limits.
pub(super) fn told(
    limits: Limits,
    outcome: Outcome,
    name: &str,
    message: Option<&str>,
    text: &str,
    file: Option<&str>,
) -> Case {
    let first_line = || text.lines().map(str::trim).find(|line| !line.is_empty());
    let message =
        message.filter(|message| !message.trim().is_empty()).or_else(first_line).unwrap_or_default();
    let found = outcome.is_bad().then(|| Location::find(text).or_else(|| Location::find(message))).flatten();
    let of_file = |file: &str| Location { file: excerpt::line(file, limits.text_bytes), line: None };
    Case {
        name: excerpt::line(name, limits.text_bytes),
        class: None,
        location: found.or_else(|| file.map(of_file)),
        seconds: None,
        outcome,
        flaky: false,
        message: excerpt::line(message, limits.text_bytes),
        detail: if outcome.is_bad() { excerpt::lines(text, limits.detail_bytes) } else { String::new() },
    }
}

impl Ending {
    fn read(&mut self, document: &mut Document<'_>, inner: &Element<'_>) -> Result<(), Error> {
        match inner.name() {
            "failure" => self.failed = true,
            "error" => self.errored = true,
            "skipped" | "ignored" => {
                self.skipped = true;
                self.to_do |= inner.attribute("type")?.as_deref() == Some("todo");
            }
            "flakyFailure" | "flakyError" => self.flaky = true,
            // Also "rerunFailure" and "rerunError", which stand beside a failure: one more try of it.
            _ => return document.skip(),
        }
        let is_bad = matches!(inner.name(), "failure" | "error");
        let words = Words { message: inner.attribute("message")?, text: document.text()? };
        let said = if is_bad { &mut self.bad } else { &mut self.other };
        said.get_or_insert(words);
        Ok(())
    }

    /// A case that failed and is called skipped has failed, unless it is still to do.
    const fn outcome(&self) -> Outcome {
        match self {
            Self { to_do: true, .. } => Outcome::Skipped,
            Self { errored: true, .. } => Outcome::Errored,
            Self { failed: true, .. } => Outcome::Failed,
            Self { skipped: true, .. } => Outcome::Skipped,
            Self { .. } => Outcome::Passed,
        }
    }
}

/// GoogleTest writes `status="notrun"`, others what they call it.
fn is_called_off(status: &str) -> bool {
    ["notrun", "disabled", "skipped", "ignored", "pending"]
        .iter()
        .any(|word| status.eq_ignore_ascii_case(word))
}

/// Seconds, where they are a number; surefire writes `1,234.5` in some countries.
fn seconds(time: &str) -> Option<f64> {
    let seconds: f64 = time.trim().replace(',', "").parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}
