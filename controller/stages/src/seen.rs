//! What expressions of a stage see of a run.

use std::hash::Hasher;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use siphasher::sip::SipHasher13;
use weir_expression::{Scope, StageFacts, Status};
use weir_pipeline::run::{Run, StageRun};
use weir_pipeline::{Plan, Work as _};

use crate::work::Work;

/// A run, as its expressions see it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'r> {
    /// The pipeline's name.
    pub pipeline: &'r str,
    /// What it does.
    pub plan: &'r Plan<Work>,
    /// How it stands.
    pub run: &'r Run,
    /// What started it: an object with `type`, `user`, `parameters` and whatever else its kind has.
    pub trigger: &'r Value,
    /// The values of its parameters.
    pub parameters: &'r Map<String, Value>,
}

impl Seen<'_> {
    /// What the stage's texts see: outputs of the stages before it, `parameters`, `trigger`, `artifacts` and `execution`, and `#stage(..)`.
    #[must_use]
    pub fn scope(&self, stage: &str, now: Timestamp) -> Scope<'static> {
        let before = self.plan.graph().before(stage);
        let outputs = before.iter().filter_map(|id| self.run.stage(id)).map(|stage| &stage.outputs);
        let mut scope = Scope::new(now, self.seed(stage));
        for outputs in outputs {
            scope = scope.with_all(outputs);
        }
        self.with_run(scope).at_stage(stage)
    }

    /// What words about the run see: outputs of all stages, of two with the same name the later one's.
    #[must_use]
    pub fn whole(&self, now: Timestamp) -> Scope<'static> {
        let mut scope = Scope::new(now, self.seed(""));
        for (id, _) in self.plan.graph().stages() {
            if let Some(stage) = self.run.stage(id) {
                scope = scope.with_all(&stage.outputs);
            }
        }
        self.with_run(scope)
    }

    fn with_run(&self, scope: Scope<'static>) -> Scope<'static> {
        scope
            .with("parameters", &Value::Object(self.parameters.clone()))
            .with("trigger", self.trigger)
            .with("artifacts", &Value::Object(self.run.artifacts.clone()))
            .with("execution", &self.execution())
            .with_stages(self.stages())
            .for_user(self.trigger.get("user").and_then(Value::as_str).unwrap_or("anonymous"))
    }

    fn execution(&self) -> Value {
        let Run { id, status, created, began, .. } = self.run;
        let millis = |at: &Timestamp| at.as_millisecond();
        json!({
            "id": id,
            "name": self.pipeline,
            "application": self.pipeline,
            "status": status.spinnaker(),
            "buildTime": millis(created),
            "startTime": began.as_ref().map(millis),
            "trigger": self.trigger,
        })
    }

    fn stages(&self) -> impl Iterator<Item = StageFacts> {
        let names = self.plan.graph().stages();
        names.filter_map(|(id, name)| self.run.stage(id).map(|stage| self.facts(name, stage)))
    }

    fn facts(&self, name: &str, stage: &StageRun) -> StageFacts {
        let status = stage.standing.status().spinnaker().parse().unwrap_or(Status::NotStarted);
        let work = self.plan.work(&stage.id);
        let millis = |at: Timestamp| at.as_millisecond();
        StageFacts {
            kind: work.map(|work| work.kind().to_owned()).unwrap_or_default(),
            start_millis: stage.began.map(millis),
            end_millis: stage.standing.end().map(|end| millis(end.at)),
            context: work.and_then(|work| work.fields().as_object().cloned()).unwrap_or_default(),
            outputs: stage.outputs.clone(),
            parent: stage.id.rsplit_once('.').map(|(parent, _)| parent.to_owned()),
            ..StageFacts::new(&stage.id, name, status)
        }
    }

    /// What decides about everything random in a stage: the same in every attempt to evaluate it, another one in every other stage and run.
    fn seed(&self, stage: &str) -> u64 {
        let mut hasher = SipHasher13::new();
        hasher.write(self.run.id.as_bytes());
        hasher.write_u8(0);
        hasher.write(stage.as_bytes());
        hasher.finish()
    }
}
