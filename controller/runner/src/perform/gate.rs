//! Conditions on the reports of the stages before.

use serde_json::json;
use weir_pipeline::Key;
use weir_pipeline::event::Fault;
use weir_quality::gate::{Policy, WrittenCondition};
use weir_quality::{Gate as Conditions, GateResult, Metric, show};
use weir_stages::work::Gate;

use super::reports::Measured;
use super::{Job, Outputs};
use crate::attempt::Attempt;

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
        attempt.tell(&show::gate(&result)).map_err(Fault::infrastructure)?;
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
        Err(Fault::work(format!("the quality gate is not passed: {why}")))
    }

    /// All that the stages before have told.
    fn measured(&self) -> Result<Measured, Fault> {
        let workspace = self.shared.store.workspace(&self.key.run);
        let mut measured = Measured::default();
        for stage in self.plan.graph().before(&self.key.stage) {
            let Some(stage) = self.run.stage(stage).filter(|stage| stage.attempt > 0) else { continue };
            let key = Key { run: self.key.run.clone(), stage: stage.id.clone(), attempt: stage.attempt };
            measured
                .take(&self.shared.store.attempt(&key), &workspace.to_string_lossy())
                .map_err(Fault::work)?;
        }
        Ok(measured)
    }
}

/// Those that are written; where none are, the usual ones, and of linters only where one was run.
fn conditions(written: &[WrittenCondition], measured: &Measured) -> Result<Conditions, Fault> {
    if written.is_empty() {
        let usual = Conditions::usual();
        return Ok(if measured.has_lint() { usual } else { usual.without(Metric::LintErrors) });
    }
    Conditions::parse(written).map_err(|problems| {
        Fault::work(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    })
}
