//! What a stage does, as its user writes it: the one key of a stage that is not the engine's.
//!
//! ```text
//! checkout       the repository, into the workspace
//! step           a command, with services beside it, reports and artifacts
//! gate           conditions on what the reports say
//! image          a container image, built and published
//! evaluate       variables, preconditions
//! hold           wait, judgment
//! outside        webhook, pipeline, status, comment
//! load           requests, and what they have to bear
//! ```
//! Texts may hold expressions. What they become is known when the stage starts, so [`Work`] keeps its fields as they are written and reads them twice: when the
//! definition is saved, as far as no expression is in the way, and at the start, when all of them have their values.

mod checkout;
mod evaluate;
mod gate;
mod hold;
mod image;
mod load;
mod outside;
mod step;

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};
use weir_pipeline::definition::{Judgment, Work as AnyWork};
use weir_pipeline::span::Span;

pub use checkout::Checkout;
pub use evaluate::{Precondition, Variable};
pub use gate::{Condition, Gate, Operator, Sonar};
pub use hold::Hold;
pub use image::{Hooks, Image};
pub use load::{Latency, Load};
pub use outside::{Comment, Method, Monitor, RunPipeline, Status, StatusLists, StatusUrl, Webhook};
pub use step::{Cache, Coverage, Lint, Ready, Reports, SecretKey, Service, Step};

/// What a stage does, read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Does {
    /// The sources, into the workspace.
    Checkout(Checkout),
    /// A command.
    Step(Step),
    /// Conditions on reports.
    Gate(Gate),
    /// Build and publish a container image.
    Image(Image),
    /// Values for later stages, in their order.
    Variables(Vec<Variable>),
    /// What must hold.
    Preconditions(Vec<Precondition>),
    /// Some time.
    Wait(Span),
    /// Somebody's decision.
    Judgment(Hold),
    /// A call by HTTP.
    Webhook(Webhook),
    /// Another pipeline's run.
    Pipeline(RunPipeline),
    /// What the forge shows beside the commit.
    Status(Status),
    /// Words beside the pull request.
    Comment(Comment),
    /// Requests, and what they have to bear.
    Load(Load),
}

/// Their keys.
pub const KINDS: [&str; 13] = [
    "checkout",
    "step",
    "gate",
    "image",
    "variables",
    "preconditions",
    "wait",
    "judgment",
    "webhook",
    "pipeline",
    "status",
    "comment",
    "load",
];

/// What a stage does, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    kind: &'static str,
    fields: Value,
    /// What the engine has to know of it before it starts.
    judgment: Option<Judgment>,
}

/// Why a stage's fields are not what its kind takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct Misfit {
    /// Which field: `step.services[0].ready`.
    pub path: String,
    /// What is wrong with it.
    pub why: String,
}

impl Work {
    /// Reads what is written: an object with the kind as its only key.
    ///
    /// # Errors
    /// A field that is not what it has to be, and does not become it by an expression either.
    pub fn new(kind: &str, fields: Value) -> Result<Self, Misfit> {
        let Some(kind) = KINDS.iter().find(|known| **known == kind) else {
            let why = format!("no stage does that; one of {} has to stand there", KINDS.join(", "));
            return Err(Misfit { path: kind.to_owned(), why });
        };
        if let Some(path) = cut_by_a_comment(&fields) {
            let why = "the expression ends where YAML sees a comment (a blank and #): put the text in quotes";
            return Err(Misfit { path: format!("{kind}{path}"), why: why.to_owned() });
        }
        match read(kind, &fields) {
            Ok(does) => {
                does.check().map_err(|(field, why)| misfit(kind, &field, why))?;
                let judgment = if let Does::Judgment(hold) = does { Some(hold.into()) } else { None };
                Ok(Self { kind, fields, judgment })
            }
            // The engine has to know of it before anything can be evaluated.
            Err(misfit) if *kind != "judgment" && has_expression_on_the_way(&misfit.path, &fields) => {
                Ok(Self { kind, fields, judgment: None })
            }
            Err(misfit) => Err(misfit),
        }
    }

    /// The fields as they are written.
    #[must_use]
    pub const fn fields(&self) -> &Value {
        &self.fields
    }

    /// The same with its expressions evaluated: `fields` of [`Work::fields`].
    ///
    /// # Errors
    /// A field that did not become what it has to be.
    pub fn with(&self, fields: &Value) -> Result<Does, Misfit> {
        let does = read(self.kind, fields)?;
        does.check().map_err(|(field, why)| misfit(self.kind, &field, why))?;
        Ok(does)
    }
}

impl Does {
    /// What the types do not say, as a field and what is wrong with it.
    fn check(&self) -> Result<(), (String, String)> {
        match self {
            Self::Step(step) => step.check(),
            Self::Image(image) => image.check(),
            Self::Gate(gate) => gate.check(),
            Self::Webhook(webhook) => webhook.check(),
            Self::Status(status) => status.check(),
            Self::Comment(comment) => comment.check(),
            Self::Load(load) => load.check(),
            Self::Variables(variables) => evaluate::check(variables),
            Self::Checkout(_)
            | Self::Preconditions(_)
            | Self::Wait(_)
            | Self::Judgment(_)
            | Self::Pipeline(_) => Ok(()),
        }
    }
}

fn misfit(kind: &str, field: &str, why: String) -> Misfit {
    let path = if field.is_empty() { kind.to_owned() } else { format!("{kind}.{field}") };
    Misfit { path, why }
}

fn read(kind: &str, fields: &Value) -> Result<Does, Misfit> {
    let written = Value::Object(Map::from_iter([(kind.to_owned(), fields.clone())]));
    serde_path_to_error::deserialize(written)
        .map_err(|error| Misfit { path: error.path().to_string(), why: error.inner().to_string() })
}

/// Where a text ends with the begin of an expression: `${ #stage('A') }` without quotes is `${` and a comment.
fn cut_by_a_comment(fields: &Value) -> Option<String> {
    let inside = |step: String, value: &Value| cut_by_a_comment(value).map(|path| step + &path);
    match fields {
        Value::String(text) => text.trim_end().ends_with("${").then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| inside(format!("[{index}]"), item))
        }
        Value::Object(map) => map.iter().find_map(|(key, value)| inside(format!(".{key}"), value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Whether the field of this path, or what it stands in, is an expression: then it can become anything.
fn has_expression_on_the_way(path: &str, fields: &Value) -> bool {
    let mut at = fields;
    // The first step is the kind.
    for step in path.split(['.', '[']).skip(1) {
        let step = step.trim_end_matches(']');
        let next = match at {
            Value::Object(map) => map.get(step),
            Value::Array(items) => step.parse().ok().and_then(|index: usize| items.get(index)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    at.as_str().is_some_and(|text| text.contains("${"))
}

impl AnyWork for Work {
    fn kind(&self) -> &str {
        self.kind
    }

    fn judgment(&self) -> Option<Judgment> {
        self.judgment.clone()
    }

    fn default_timeout(&self) -> Option<Duration> {
        let minutes = match self.kind {
            "judgment" => 3 * 24 * 60,
            "step" | "image" | "webhook" | "load" => 60,
            "checkout" | "gate" => 15,
            "variables" | "preconditions" | "status" | "comment" => 5,
            // As long as they take: a wait by its own words, a run by its pipeline's timeout.
            _ => return None,
        };
        Some(Duration::from_mins(minutes))
    }
}

impl Serialize for Work {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Map::from_iter([(self.kind.to_owned(), self.fields.clone())]).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Work {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut written = Map::<String, Value>::deserialize(deserializer)?.into_iter();
        match (written.next(), written.next()) {
            (Some((kind, fields)), None) => Self::new(&kind, fields).map_err(de::Error::custom),
            _ => Err(de::Error::custom("one key has to say what the stage does")),
        }
    }
}
