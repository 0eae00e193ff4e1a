//! What became of each field.
//!
//! An entry speaks for its field and for everything in it that has no entry of its own.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

/// What became of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// A field each, in the order in which they were looked at.
    pub entries: Vec<Entry>,
    /// What could be done better here than it was there.
    pub hints: Vec<Hint>,
}

/// What became of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Where it stands: `stages[3].stageTimeoutMs`; empty: the whole document.
    pub place: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Outcome {
    /// It says the same here.
    Mapped {
        /// By which field.
        to: String,
    },
    /// It says nearly the same here.
    Changed {
        /// By which field.
        to: String,
        /// What is otherwise, and why.
        why: String,
    },
    /// It is not in the document.
    ByHand {
        /// What to do.
        what: String,
    },
    /// It is not in the document, and nothing is lost by that.
    Needless {
        /// Why not.
        why: String,
    },
}

/// Something that could be done better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// What it is about.
    pub place: String,
    /// What to do.
    pub what: String,
}

impl Entry {
    /// Whether it speaks for what stands at `place`: that, or something around it.
    #[must_use]
    pub fn covers(&self, place: &str) -> bool {
        let rest = place.strip_prefix(self.place.as_str());
        rest.is_some_and(|rest| self.place.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
    }
}

impl Report {
    /// What is said of what stands at `place`, by the entries that are nearest to it. Empty: nothing.
    #[must_use]
    pub fn of(&self, place: &str) -> Vec<&Entry> {
        let covering = || self.entries.iter().filter(|entry| entry.covers(place));
        let nearest = covering().map(|entry| entry.place.len()).max();
        covering().filter(|entry| Some(entry.place.len()) == nearest).collect()
    }

    /// The same for many places.
    pub(crate) fn index(&self) -> Index<'_> {
        let mut entries: HashMap<String, Vec<&Entry>> = HashMap::new();
        for entry in &self.entries {
            entries.entry(entry.place.clone()).or_default().push(entry);
        }
        Index(entries)
    }

    /// Whether there is nothing to do by hand.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.entries.iter().any(|entry| matches!(entry.outcome, Outcome::ByHand { .. }))
    }

    /// For people: what is to be done first. `all`: also what needs no look.
    #[must_use]
    pub fn text(&self, all: bool) -> String {
        Text { report: self, all }.to_string()
    }

    /// Whether something is said of what stands at `place`, or of something in it.
    pub(crate) fn has(&self, place: &str) -> bool {
        let whole = Entry { place: place.to_owned(), outcome: Outcome::Needless { why: String::new() } };
        self.entries.iter().any(|entry| whole.covers(&entry.place))
    }

    pub(crate) fn mapped(&mut self, place: impl Into<String>, to: impl Into<String>) {
        self.push(place, Outcome::Mapped { to: to.into() });
    }

    pub(crate) fn changed(
        &mut self,
        place: impl Into<String>,
        to: impl Into<String>,
        why: impl Into<String>,
    ) {
        self.push(place, Outcome::Changed { to: to.into(), why: why.into() });
    }

    pub(crate) fn by_hand(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.push(place, Outcome::ByHand { what: what.into() });
    }

    pub(crate) fn needless(&mut self, place: impl Into<String>, why: impl Into<String>) {
        self.push(place, Outcome::Needless { why: why.into() });
    }

    pub(crate) fn hint(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.hints.push(Hint { place: place.into(), what: what.into() });
    }

    /// Takes back what was said of `place` and of what is in it, but for these of its fields.
    pub(crate) fn retract(&mut self, place: &str, but: &[&str]) {
        let whole = Entry { place: place.to_owned(), outcome: Outcome::Needless { why: String::new() } };
        let kept: Vec<String> = but.iter().map(|key| format!("{place}.{key}")).collect();
        let is_kept = |entry: &Entry| {
            kept.iter().any(|kept| Entry { place: kept.clone(), ..whole.clone() }.covers(&entry.place))
        };
        self.entries.retain(|entry| !whole.covers(&entry.place) || is_kept(entry));
    }

    fn push(&mut self, place: impl Into<String>, outcome: Outcome) {
        self.entries.push(Entry { place: place.into(), outcome });
    }
}

/// Entries by their places.
pub(crate) struct Index<'r>(HashMap<String, Vec<&'r Entry>>);

impl<'r> Index<'r> {
    /// As [`Report::of`].
    pub(crate) fn of(&self, place: &str) -> &[&'r Entry] {
        let ends = place.match_indices(['.', '[']).map(|(at, _)| at);
        let mut around: Vec<&str> = ends.filter_map(|end| place.get(..end)).chain([place]).collect();
        around.insert(0, "");
        around.iter().rev().find_map(|place| self.0.get(*place)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A report, written out.
struct Text<'r> {
    report: &'r Report,
    all: bool,
}

impl Text<'_> {
    fn group(
        &self,
        f: &mut fmt::Formatter<'_>,
        title: &str,
        is_shown: bool,
        told: impl Fn(&Outcome) -> Option<String>,
    ) -> fmt::Result {
        let entries = self.report.entries.iter();
        let lines: Vec<(&str, String)> =
            entries.filter_map(|entry| Some((entry.place.as_str(), told(&entry.outcome)?))).collect();
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(f, "{title}: {}", lines.len())?;
        for (place, told) in lines.iter().filter(|_| is_shown) {
            writeln!(f, "  {}: {told}", if place.is_empty() { "the pipeline" } else { place })?;
        }
        Ok(())
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.group(f, "to do by hand", true, |outcome| match outcome {
            Outcome::ByHand { what } => Some(what.clone()),
            Outcome::Mapped { .. } | Outcome::Changed { .. } | Outcome::Needless { .. } => None,
        })?;
        self.group(f, "changed", true, |outcome| match outcome {
            Outcome::Changed { to, why } => Some(format!("{to}: {why}")),
            Outcome::Mapped { .. } | Outcome::ByHand { .. } | Outcome::Needless { .. } => None,
        })?;
        self.group(f, "mapped", self.all, |outcome| match outcome {
            Outcome::Mapped { to } => Some(to.clone()),
            Outcome::Changed { .. } | Outcome::ByHand { .. } | Outcome::Needless { .. } => None,
        })?;
        self.group(f, "needless", self.all, |outcome| match outcome {
            Outcome::Needless { why } => Some(why.clone()),
            Outcome::Mapped { .. } | Outcome::ByHand { .. } | Outcome::Changed { .. } => None,
        })?;
        for Hint { place, what } in &self.report.hints {
            writeln!(f, "hint: {place}: {what}")?;
        }
        Ok(())
    }
}
