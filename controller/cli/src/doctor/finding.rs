//! What one check found. Pure.

use serde::Serialize;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    /// As it should be.
    Ok,
    /// Something works less well than it could, or may be meant so.
    Warn,
    /// Something does not work.
    Fail,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) check: &'static str,
    #[serde(flatten)]
    pub(crate) verdict: Verdict,
}

/// How what was looked at stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    /// What was found, in a sentence.
    pub(crate) found: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<String>,
}

/// A verdict, or why nothing can be seen.
pub(crate) type Checked<'s> = Result<Verdict, &'s String>;

impl Verdict {
    pub(crate) fn ok(found: impl Into<String>) -> Self {
        Self { state: State::Ok, found: found.into(), fix: None }
    }

    pub(crate) fn warn(found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { state: State::Warn, found: found.into(), fix: Some(fix.into()) }
    }

    pub(crate) fn fail(found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { state: State::Fail, found: found.into(), fix: Some(fix.into()) }
    }
}

impl Finding {
    /// What cannot be looked at is not known to be right.
    pub(crate) fn of(check: &'static str, checked: Checked<'_>) -> Self {
        let unseen = |why| {
            let found = format!("cannot be looked at: {why}");
            Verdict::warn(found, "ask with the rights of a cluster administrator")
        };
        Self { check, verdict: checked.unwrap_or_else(unseen) }
    }

    /// For people: a line, and one for how to mend it.
    pub(crate) fn text(&self) -> String {
        let Self { check, verdict: Verdict { state, found, fix } } = self;
        let state = match state {
            State::Ok => "ok  ",
            State::Warn => "WARN",
            State::Fail => "FAIL",
        };
        let fix = fix.as_ref().map_or(String::new(), |fix| format!("\n                       fix: {fix}"));
        format!("{state}  {check:<16} {found}{fix}")
    }
}

/// The first of many, and how many more there are.
pub(crate) fn few(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
