//! A document with expressions in its texts: a manifest, a stage's fields, parameters.

use std::fmt;

use serde_json::{Map as Object, Value as Json};

use crate::error::Error;
use crate::fault::Fault;
use crate::limits::{Exceeded, Limits};
use crate::machine::Machine;
use crate::scope::Scope;
use crate::span::Span;
use crate::template::{Filled, Template};

/// Deepest nesting that is walked through: what readers of JSON take.
const MOST_NESTING: usize = 128;

/// Every text in the document evaluated, keys included.
///
/// All its expressions share the limits.
///
/// # Errors
/// Every place whose expression has no value. Where the scope is lenient there is no error: such a text stays as it is written, and the
/// summary says so.
pub fn evaluate_all(document: &Json, scope: &Scope<'_>, limits: &Limits) -> Result<Evaluated, Failures> {
    evaluate(document, None, scope, limits)
}

/// The same for expressions that mention `name`, and only for these: all others stay as they are written, for a later time.
///
/// So the texts of a template are evaluated that are about its values, when these are known, and those about a run when it runs.
///
/// # Errors
/// As [`evaluate_all`].
pub fn evaluate_about(
    name: &str,
    document: &Json,
    scope: &Scope<'_>,
    limits: &Limits,
) -> Result<Evaluated, Failures> {
    evaluate(document, Some(name), scope, limits)
}

fn evaluate<'s>(
    document: &Json,
    about: Option<&'s str>,
    scope: &'s Scope<'_>,
    limits: &'s Limits,
) -> Result<Evaluated, Failures> {
    let mut walk = Walk {
        machine: Machine::new(scope, limits),
        limits,
        about,
        path: String::new(),
        failures: Vec::new(),
        summary: Vec::new(),
        is_over: false,
    };
    let value = walk.value(document, 0);
    if walk.failures.is_empty() {
        Ok(Evaluated { value, summary: walk.summary })
    } else {
        Err(Failures(walk.failures))
    }
}

/// The document with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// It.
    pub value: Json,
    /// What stayed as it was written; empty where expressions are strict.
    pub summary: Vec<Entry>,
}

/// A text that stayed as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// How much it matters.
    pub level: Level,
    /// Where, and why.
    pub failure: Failure,
}

/// How much it matters that a text stayed as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Its value is null.
    Info,
    /// It has none: it is no expression, or cannot be evaluated.
    Error,
}

/// A place of a document whose expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where: `manifests[0].metadata.name`, and empty for a document that is a text.
    pub path: String,
    /// Why.
    pub error: Error,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}", self.path, self.error)
    }
}

/// Every place of a document whose expression has no value, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failures(pub Vec<Failure>);

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, failure) in self.0.iter().enumerate() {
            write!(f, "{}{failure}", if index > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Failures {}

/// What walks through a document.
struct Walk<'s> {
    machine: Machine<'s>,
    limits: &'s Limits,
    /// Only expressions that mention this name are evaluated.
    about: Option<&'s str>,
    path: String,
    failures: Vec<Failure>,
    summary: Vec<Entry>,
    /// All that may be spent is spent: what comes after it would only fail for the same reason.
    is_over: bool,
}

impl Walk<'_> {
    fn value(&mut self, value: &Json, nesting: usize) -> Json {
        if nesting > MOST_NESTING {
            let nested = Fault::Limit(Exceeded::ValueNesting(MOST_NESTING));
            self.fail(Error::new("", Span::default(), nested.at(Span::default())));
            return value.clone();
        }
        match value {
            Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
            Json::String(text) => self.text(text),
            Json::Array(items) => {
                let items = items.iter().enumerate();
                items
                    .map(|(index, item)| self.at(&format!("[{index}]"), |walk| walk.value(item, nesting + 1)))
                    .collect()
            }
            Json::Object(fields) => self.object(fields, nesting),
        }
    }

    fn object(&mut self, fields: &Object<String, Json>, nesting: usize) -> Json {
        let mut evaluated = Object::new();
        for (key, value) in fields {
            let step = if is_plain(key) { format!(".{key}") } else { format!("[{key:?}]") };
            let (key, value) = self.at(&step, |walk| (walk.key(key), walk.value(value, nesting + 1)));
            if evaluated.contains_key(&key) {
                let same = Fault::SameKey(crate::missing::clip(&key));
                self.fail(Error::new(&key, Span::new(0, key.len()), same.at(Span::new(0, key.len()))));
            }
            evaluated.insert(key, value);
        }
        Json::Object(evaluated)
    }

    /// A key stays a text whatever it becomes.
    fn key(&mut self, key: &str) -> String {
        let key = self.text(key);
        key.as_str().map_or_else(|| key.to_string(), str::to_owned)
    }

    fn text(&mut self, text: &str) -> Json {
        let kept = || Json::String(text.to_owned());
        if !text.contains("${") || self.is_over {
            return kept();
        }
        let parsed = Template::parse(text, self.limits).map(|template| match self.about {
            Some(name) => template.only_about(name),
            None => template,
        });
        let filled = parsed.and_then(|template| template.fill(&mut self.machine));
        match filled {
            Ok(Filled { value, absent }) => {
                for error in absent {
                    let failure = Failure { path: self.path.clone(), error };
                    self.summary.push(Entry { level: Level::Info, failure });
                }
                value
            }
            Err(error) => {
                self.fail(error);
                kept()
            }
        }
    }

    fn fail(&mut self, error: Error) {
        self.is_over = matches!(error.fault(), Fault::Limit(Exceeded::Steps(_) | Exceeded::Total(_)));
        let failure = Failure { path: self.path.clone(), error };
        if self.machine.is_strict() {
            self.failures.push(failure);
        } else {
            self.summary.push(Entry { level: Level::Error, failure });
        }
    }

    /// One step further down the path.
    fn at<T>(&mut self, step: &str, inner: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push_str(if length == 0 { step.trim_start_matches('.') } else { step });
        let result = inner(self);
        self.path.truncate(length);
        result
    }
}

/// Whether a key can be written after a dot.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}
