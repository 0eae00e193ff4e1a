//! Runs as others see them: commands, pages, scripts.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weir_pipeline::run::{Run, StageRun, Standing};
use weir_pipeline::{Pipeline, Plan, Status, Work as _};
use weir_stages::Work;

use crate::store::About;

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// Its id: `PIPELINE-NUMBER`.
    pub id: String,
    /// The pipeline.
    pub pipeline: String,
    /// How it stands, or how it ended.
    pub status: Status,
    /// Why it ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How often it was restarted.
    pub life: u32,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Who holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_by: Option<String>,
    /// What started it.
    pub trigger: Value,
    /// The values of its parameters.
    pub parameters: Map<String, Value>,
    /// In their order, children after their parents.
    pub stages: Vec<StageView>,
}

/// A stage of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageView {
    /// By which it is asked for.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it does: `step`, `wait`.
    pub kind: String,
    /// How it stands.
    pub status: Status,
    /// What it waits for, where it stands, or why it ended so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Which attempt this is.
    pub attempt: u32,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How long it takes on average, seconds: of the last runs in which it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_seconds: Option<f64>,
    /// What later stages read.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub outputs: Map<String, Value>,
}

impl RunView {
    /// A run of `plan`, with how long its stages take on average.
    pub(crate) fn new(about: &About, run: &Run, averages: &HashMap<String, f64>) -> Self {
        let names = names(&about.definition);
        let stages = run.stages.iter().map(|stage| {
            let (name, kind) = names.get(&stage.id).cloned().unwrap_or_default();
            StageView::new(stage, name, kind, averages.get(&stage.id).copied())
        });
        Self {
            id: run.id.clone(),
            pipeline: about.pipeline.clone(),
            status: run.status,
            reason: run.reason.clone(),
            life: run.life,
            created: run.created,
            began: run.began,
            ended: run.ended,
            paused_by: run.paused.as_ref().map(|paused| paused.by.clone()),
            trigger: about.trigger.clone(),
            parameters: about.parameters.clone(),
            stages: stages.collect(),
        }
    }
}

/// Names and kinds of all stages by their ids.
fn names(definition: &Pipeline<Work>) -> HashMap<String, (String, String)> {
    let Ok(plan) = Plan::new(definition.clone()) else { return HashMap::new() };
    let named = plan.graph().stages().map(|(id, name)| {
        let kind = plan.work(id).map(|work| work.kind().to_owned()).unwrap_or_default();
        (id.to_owned(), (name.to_owned(), kind))
    });
    named.collect()
}

impl StageView {
    fn new(stage: &StageRun, name: String, kind: String, average_seconds: Option<f64>) -> Self {
        Self {
            id: stage.id.clone(),
            name,
            kind,
            status: stage.standing.status(),
            message: message(stage),
            attempt: stage.attempt,
            began: stage.began,
            ended: stage.standing.end().map(|end| end.at),
            average_seconds,
            outputs: stage.outputs.clone(),
        }
    }
}

/// What people want to know beside the status.
fn message(stage: &StageRun) -> String {
    let own = || stage.message.clone().unwrap_or_default();
    let last_fault = || stage.attempts.last().and_then(|last| last.fault.as_ref());
    match &stage.standing {
        Standing::Waiting | Standing::Ready | Standing::Starting => String::new(),
        Standing::Asking => "its condition is evaluated".to_owned(),
        Standing::Window { until, .. } => format!("waits for its window until {until:.0}"),
        Standing::Before | Standing::After | Standing::Running { .. } => own(),
        Standing::BackingOff { until } => {
            let fault = last_fault().map(|fault| fault.message.as_str()).unwrap_or_default();
            format!("is tried again at {until:.0}: {fault}")
        }
        Standing::Stopping { .. } => "is being stopped".to_owned(),
        Standing::Recovering { .. } => "clean-up runs".to_owned(),
        Standing::Ended(end) => end.reason.clone(),
    }
}
