//! Runs as others see them: commands, pages, scripts.
//!
//! ```text
//! judgment   decisions that are waited for, and those that were taken
//! ```

mod judgment;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weir_pipeline::run::{Decision, Run, StageRun, Standing, Thaw};
use weir_pipeline::{Hold, Key, Plan, Status, Work as _};
use weir_stages::Work;

use crate::store::About;

pub use judgment::JudgmentView;

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
    /// Images that were found for it before its first stage, by the names that expressions have for them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub artifacts: Map<String, Value>,
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
    /// Whom it waits for, where somebody has to decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgment: Option<JudgmentView>,
    /// What was decided of it, the first time first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// Freezes that hold it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Hold>,
    /// Who let it through freezes, the first time first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thaws: Vec<Thaw>,
    /// What later stages read.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub outputs: Map<String, Value>,
}

/// What an attempt's stage has as its fields, once they have their values.
type Fields<'f> = &'f dyn Fn(&Key) -> Option<Value>;

impl RunView {
    /// A run, with how long its stages take on average.
    pub(crate) fn new(about: &About, run: &Run, averages: &HashMap<String, f64>, fields: Fields<'_>) -> Self {
        let plan = Plan::new(about.definition.clone()).ok();
        let stages = run.stages.iter().map(|stage| {
            let average = averages.get(&stage.id).copied();
            StageView::new(run, stage, plan.as_ref(), average, fields)
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
            artifacts: run.artifacts.clone(),
            stages: stages.collect(),
        }
    }

    /// Why it ended so; of one that goes on, what it waits for.
    #[must_use]
    pub fn says(&self) -> Option<String> {
        let waits = |stage: &StageView| {
            let waits = stage.judgment.is_some() || !stage.held.is_empty();
            waits.then(|| format!("{}: {}", stage.name, stage.message))
        };
        self.reason.clone().or_else(|| self.stages.iter().find_map(waits))
    }
}

impl StageView {
    fn new(
        run: &Run,
        stage: &StageRun,
        plan: Option<&Plan<Work>>,
        average_seconds: Option<f64>,
        fields: Fields<'_>,
    ) -> Self {
        let name = plan.and_then(|plan| plan.graph().name(&stage.id));
        let work = plan.and_then(|plan| plan.work(&stage.id));
        let judgment = plan.and_then(|plan| JudgmentView::of(plan, run, stage, fields));
        let earlier = stage.attempts.iter().filter_map(|attempt| attempt.decision.clone());
        Self {
            id: stage.id.clone(),
            name: name.map(str::to_owned).unwrap_or_default(),
            kind: work.map(|work| work.kind().to_owned()).unwrap_or_default(),
            status: stage.standing.status(),
            message: with_thaw(stage, judgment.as_ref().map_or_else(|| message(stage), JudgmentView::words)),
            attempt: stage.attempt,
            began: stage.began,
            ended: stage.standing.end().map(|end| end.at),
            average_seconds,
            judgment,
            decisions: earlier.chain(stage.decision.clone()).collect(),
            held: if let Standing::Frozen { by } = &stage.standing { by.clone() } else { Vec::new() },
            thaws: thaws(stage),
            outputs: stage.outputs.clone(),
        }
    }
}

impl StageView {
    /// What people have to do with it, a line each: who is waited for, what holds it, who decided, who let it through.
    #[must_use]
    pub fn people(&self) -> Vec<String> {
        let waits = self.judgment.iter().map(JudgmentView::words);
        let holds = (!self.held.is_empty()).then(|| held(&self.held));
        let (decided, thawed) = (self.decisions.iter().map(judgment::decided), self.thaws.iter().map(thawed));
        waits.chain(holds).chain(decided).chain(thawed).map(|line| format!("{}: {line}", self.name)).collect()
    }
}

/// Each once: attempts that follow each other are let through by the same word.
fn thaws(stage: &StageRun) -> Vec<Thaw> {
    let earlier = stage.attempts.iter().filter_map(|attempt| attempt.thaw.clone());
    let mut all: Vec<Thaw> = earlier.chain(stage.thaw.clone()).collect();
    all.dedup();
    all
}

/// What people want to know beside the status.
fn message(stage: &StageRun) -> String {
    let own = || stage.message.clone().unwrap_or_default();
    let last_fault = || stage.attempts.last().and_then(|last| last.fault.as_ref());
    match &stage.standing {
        Standing::Waiting | Standing::Ready | Standing::Starting => String::new(),
        Standing::Asking => "its condition is evaluated".to_owned(),
        Standing::Window { until, .. } => format!("waits for its window until {until:.0}"),
        Standing::Frozen { by } => held(by),
        Standing::Before | Standing::After | Standing::Running { .. } => own(),
        Standing::BackingOff { until } => {
            let fault = last_fault().map(|fault| fault.message.as_str()).unwrap_or_default();
            format!("is tried again at {until:.0}: {fault}")
        }
        Standing::Stopping { .. } => "is being stopped".to_owned(),
        Standing::Recovering { .. } => "clean-up runs".to_owned(),
        Standing::Ended(end) => stage.decision.as_ref().map_or_else(|| end.reason.clone(), judgment::decided),
    }
}

/// Who let it through a freeze is told for as long as it is looked at.
fn with_thaw(stage: &StageRun, message: String) -> String {
    match &stage.thaw {
        None => message,
        Some(thaw) if message.is_empty() => thawed(thaw),
        Some(thaw) => format!("{message}; {}", thawed(thaw)),
    }
}

fn held(by: &[Hold]) -> String {
    let by: Vec<String> = by.iter().map(ToString::to_string).collect();
    format!("is held by {}", by.join("; by "))
}

fn thawed(thaw: &Thaw) -> String {
    let Thaw { by, at, reason, freezes } = thaw;
    format!("{by} let it through {} at {at:.0}: {reason}", freezes.join(", "))
}
