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
//! analysis       a canary and its control, by metrics
//! job            a container of its own
//! deploy         manifests applied, a release by a Canary
//! find_artifact  an image of another pipeline
//! objects        single objects: the image that runs, replicas, revisions, shares; removed
//!
//! reading        twice: as far as possible, and as a whole
//! finding        what the types do not say
//! texts          whether each expression is one
//! ```
//! Texts may hold expressions. What they become is known when the stage starts, so [`Work`] keeps its fields as they are written and reads them twice: when the
//! definition is saved, as far as no expression is in the way, and at the start, when all of them have their values.

mod analysis;
mod checkout;
mod deploy;
mod environment;
mod evaluate;
mod find_artifact;
mod finding;
mod gate;
mod hold;
mod image;
mod job;
mod load;
mod objects;
mod outside;
mod reading;
mod report;
mod service;
mod step;
pub(crate) mod texts;

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};
use weir_pipeline::Problem;
use weir_pipeline::definition::{Judgment, Work as AnyWork};
use weir_pipeline::problem::did_you_mean;
use weir_pipeline::span::Span;

pub use analysis::{Analysis, Judge, Lookback, Metrics, Place, Thresholds};
pub use checkout::Checkout;
pub use deploy::{Deploy, Release, Tags};
pub use evaluate::{Precondition, Variable};
pub use find_artifact::FindArtifact;
pub use gate::{Gate, Sonar};
pub use hold::Hold;
pub use image::{Hooks, Image};
pub use job::Job;
pub use load::{Latency, Load};
pub use objects::{Delete, FindImage, Scale, Undo, Weights};
pub use outside::{Comment, Method, Monitor, RunPipeline, Status, StatusLists, StatusUrl, Webhook};
pub use report::{Coverage, Lint, Reports};
pub use service::{Ready, Service};
pub use step::{Cache, Step, glob};
pub use weir_notify::SecretKey;

use finding::Finding;

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
    /// A canary and its control, compared by metrics.
    Analysis(Analysis),
    /// A container, apart from the workspace.
    Job(Job),
    /// Objects of a cluster, applied.
    Deploy(Deploy),
    /// A release by a Canary.
    Release(Release),
    /// The image that runs now.
    FindImage(FindImage),
    /// The image of another pipeline's run.
    FindArtifact(FindArtifact),
    /// Another number of replicas.
    Scale(Scale),
    /// An earlier revision.
    Undo(Undo),
    /// Objects of a cluster, removed.
    Delete(Delete),
    /// Shares of requests.
    Weights(Weights),
}

/// Their keys.
pub const KINDS: [&str; 23] = [
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
    "analysis",
    "job",
    "deploy",
    "release",
    "findImage",
    "findArtifact",
    "scale",
    "undo",
    "delete",
    "weights",
];

/// Keys of what changes what runs: a freeze holds it. What others do on request (a web hook, another pipeline) is theirs to hold.
pub const CHANGES: [&str; 7] = ["deploy", "release", "scale", "undo", "delete", "weights", "job"];

/// What a stage does, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    kind: &'static str,
    fields: Value,
    /// What the engine has to know of it before it starts.
    judgment: Option<Judgment>,
    /// How long it may take by its own fields, as far as they are known.
    longest: Option<Duration>,
}

impl Work {
    /// Reads what is written under the key `kind`.
    ///
    /// # Errors
    /// Every field that is not what it has to be, and does not become it by an expression either.
    pub fn new(kind: &str, fields: Value) -> Result<Self, Vec<Problem>> {
        let Some(kind) = KINDS.into_iter().find(|known| *known == kind) else {
            return Err(vec![Problem::new(kind, "no stage does that", did_you_mean(kind, KINDS))]);
        };
        let problems = texts::check(kind, &fields);
        if !problems.is_empty() {
            return Err(problems);
        }
        let does = reading::as_far_as_possible(kind, &fields)?;
        let longest =
            if let Some(Does::Analysis(analysis)) = &does { Some(analysis.longest()) } else { None };
        let judgment = if let Some(Does::Judgment(hold)) = does { Some(hold.into()) } else { None };
        Ok(Self { kind, fields, judgment, longest })
    }

    /// The fields as they are written.
    #[must_use]
    pub const fn fields(&self) -> &Value {
        &self.fields
    }

    /// The same with its expressions evaluated: `fields` of [`Work::fields`].
    ///
    /// # Errors
    /// The first field that did not become what it has to be.
    pub fn with(&self, fields: &Value) -> Result<Does, Problem> {
        reading::whole(self.kind, fields)
    }
}

impl Does {
    /// What the types do not say.
    fn check(&self) -> Vec<Finding> {
        match self {
            Self::Checkout(checkout) => checkout.check(),
            Self::Step(step) => step.check(),
            Self::Gate(gate) => gate.check(),
            Self::Image(image) => image.check(),
            Self::Variables(variables) => evaluate::check_variables(variables),
            Self::Preconditions(conditions) => evaluate::check_preconditions(conditions),
            Self::Judgment(hold) => hold.check(),
            Self::Webhook(webhook) => webhook.check(),
            Self::Pipeline(call) => call.check(),
            Self::Status(status) => status.check(),
            Self::Comment(comment) => comment.check(),
            Self::Load(load) => load.check(),
            Self::Analysis(analysis) => analysis.check(),
            Self::Job(job) => job.check(),
            Self::Deploy(deploy) => deploy.check(),
            Self::Release(release) => release.check(),
            Self::FindImage(find) => find.check(),
            Self::FindArtifact(find) => find.check(),
            Self::Scale(scale) => scale.check(),
            Self::Undo(undo) => undo.check(),
            Self::Delete(delete) => delete.check(),
            Self::Weights(weights) => weights.check(),
            Self::Wait(_) => Vec::new(),
        }
    }
}

/// A text, or none where it is empty: so a template leaves out what a call does not give.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

impl AnyWork for Work {
    fn kind(&self) -> &str {
        self.kind
    }

    fn changes(&self) -> bool {
        CHANGES.contains(&self.kind)
    }

    fn judgment(&self) -> Option<Judgment> {
        self.judgment.clone()
    }

    fn default_timeout(&self) -> Option<Duration> {
        let minutes = match self.kind {
            "step" | "image" | "webhook" | "load" | "job" | "deploy" | "scale" | "undo" | "delete" => 60,
            "checkout" | "gate" => 15,
            "variables" | "preconditions" | "status" | "comment" | "findImage" | "findArtifact"
            | "weights" => 5,
            // As long as they take: a wait and a judgment by their own words, a run by its pipeline's timeout, an analysis by its lifetime.
            _ => return self.longest,
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
            (Some((kind, fields)), None) => Self::new(&kind, fields).map_err(|problems| {
                let told: Vec<String> = problems.iter().map(Problem::to_string).collect();
                de::Error::custom(told.join("; "))
            }),
            _ => Err(de::Error::custom("one key has to say what the stage does")),
        }
    }
}
