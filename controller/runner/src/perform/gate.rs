//! Conditions on the reports of the stages before.

use serde_json::json;
use weir_pipeline::Key;
use weir_pipeline::event::Fault;
use weir_quality::gate::{Condition, Policy, WrittenCondition};
use weir_quality::{Gate as Conditions, GateResult, Metric, show};
use weir_stages::work::Gate;

use super::reports::Measured;
use super::{Job, Outputs};
use crate::attempt::Attempt;
use crate::local::{infrastructure, work};

impl Job {
    pub(super) async fn gate(&self, attempt: &Attempt, gate: &Gate) -> Result<Outputs, Fault> {
        let mut results = match &gate.sonar {
            Some(sonar) => self.sonar(sonar).await?,
            None => Vec::new(),
        };
        if gate.sonar.is_none() || !gate.conditions.is_empty() {
            let measured = self.measured()?;
            let conditions = conditions(&gate.conditions, &measured)?;
            results.push(conditions.evaluate(&self.about.pipeline, &measured.measures()));
        }
        let result = GateResult::of(results);
        attempt.tell(&show::gate(&result)).map_err(infrastructure)?;
        let policy = Policy { warning_passes: !gate.strict, ..Policy::default() };
        if result.verdict.passes(policy) {
            let outputs = json!({"verdict": result.verdict, "projects": result.projects});
            return Ok(outputs.as_object().cloned().unwrap_or_default());
        }
        let wrong = result.projects.iter().flat_map(|project| &project.conditions);
        let wrong =
            wrong.filter(|one| one.status != weir_quality::gate::Status::Ok).map(|one| one.sentence.as_str());
        let wrong: Vec<&str> = wrong.collect();
        // A gate may say no without a condition that does.
        let why = if wrong.is_empty() { "its log says why".to_owned() } else { wrong.join("; ") };
        Err(work(format!("the quality gate is not passed: {why}")))
    }

    /// All that the stages before have told.
    fn measured(&self) -> Result<Measured, Fault> {
        let workspace = self.shared.store.workspace(&self.key.run);
        let mut measured = Measured::default();
        for stage in self.plan.graph().before(&self.key.stage) {
            let Some(stage) = self.run.stage(stage).filter(|stage| stage.attempt > 0) else { continue };
            let key = Key { run: self.key.run.clone(), stage: stage.id.clone(), attempt: stage.attempt };
            measured.take(&self.shared.store.attempt(&key), &workspace.to_string_lossy()).map_err(work)?;
        }
        Ok(measured)
    }
}

/// Those that are written; where none are, the usual ones, and of linters only where one was run.
fn conditions(written: &[weir_stages::work::Condition], measured: &Measured) -> Result<Conditions, Fault> {
    let usual: Vec<WrittenCondition> = Conditions::usual()
        .conditions()
        .iter()
        .filter(|condition| measured.has_lint() || condition.metric != Metric::LintErrors)
        .map(|Condition { metric, op, error, warning }| WrittenCondition {
            metric: metric.key().to_owned(),
            op: *op,
            error: *error,
            warning: *warning,
        })
        .collect();
    let own = written.iter().map(|condition| {
        let weir_stages::work::Condition { metric, op, error, warning } = condition;
        let (op, never) = match op {
            weir_stages::work::Operator::LessThan => (weir_quality::gate::Operator::LessThan, 0.0),
            weir_stages::work::Operator::GreaterThan => {
                (weir_quality::gate::Operator::GreaterThan, f64::from(u32::MAX))
            }
        };
        WrittenCondition { metric: metric.clone(), op, error: error.unwrap_or(never), warning: *warning }
    });
    let own: Vec<WrittenCondition> = own.collect();
    Conditions::parse(if own.is_empty() { &usual } else { &own })
        .map_err(|problems| work(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}
