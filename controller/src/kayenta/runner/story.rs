//! How an analysis goes on: its stages, its judgements and what they come to, written down as they happen.

use std::sync::Arc;

use serde_json::{Value, json};
use weir_judge::kayenta::decision::stops;
use weir_judge::kayenta::plan::{Plan, Window};

use super::{Wanted, blank, told, write_end};
use crate::analysis::instant::{iso, now};
use crate::analysis::request as analysis_request;
use crate::analysis::{Analysed, AnalysisError, Compared, Execution, Progress};
use crate::kayenta::document::{CanaryAnalysis, CanaryExecution, Stage, Status, exception};
use crate::kayenta::shelf::Shelf;

const SETUP: &str = "setupAndExecuteCanariesStage";
const WAIT: &str = "wait";
const RUN: &str = "runCanaryStage";
const RESULT: &str = "generateCanaryAnalysisResultStage";

/// An analysis that goes on.
pub(super) struct Story {
    shelf: Arc<Shelf>,
    analysis: CanaryAnalysis,
    compared: Arc<Compared>,
    executions: Vec<CanaryExecution>,
}

fn stage(kind: &str, name: String) -> Stage {
    Stage { kind: kind.to_owned(), name, status: Status::NotStarted.word().to_owned(), execution_id: None }
}

/// Everything that is to be done, as upstream's engine names it.
fn stages(plan: &Plan) -> Vec<Stage> {
    let mut all =
        vec![stage(SETUP, "Sets up and executes the wait, run and monitor canary task chain.".to_owned())];
    all.extend(plan.warm_up_millis.map(|_| stage(WAIT, "Warmup Wait".to_owned())));
    for number in 1..=plan.windows.len() {
        all.extend(plan.wait_millis.map(|_| stage(WAIT, format!("Interval Wait #{number}"))));
        all.push(stage(RUN, format!("Run Canary #{number}")));
    }
    all.push(stage(RESULT, "Aggregates and reports on the canary executions".to_owned()));
    all
}

impl Story {
    pub(super) fn begin(
        shelf: Arc<Shelf>,
        mut analysis: CanaryAnalysis,
        compared: Arc<Compared>,
        plan: &Plan,
    ) -> Self {
        analysis.stage_status = stages(plan);
        let mut story = Self { shelf, analysis, compared, executions: Vec::new() };
        story.mark(|stage| stage.kind == SETUP, Status::Running);
        story.begin_next();
        story.write();
        story
    }

    fn write(&self) {
        told(self.shelf.put_analysis(&self.analysis));
    }

    fn mark(&mut self, which: impl Fn(&Stage) -> bool, status: Status) {
        if let Some(stage) = self.analysis.stage_status.iter_mut().find(|stage| which(stage)) {
            status.word().clone_into(&mut stage.status);
        }
    }

    /// The first stage that has not begun does.
    fn begin_next(&mut self) {
        let not_started = Status::NotStarted.word();
        self.mark(|stage| stage.kind != RESULT && stage.status == not_started, Status::Running);
    }

    /// A wait is over.
    pub(super) fn waited(&mut self) {
        let running = Status::Running.word();
        self.mark(|stage| stage.kind == WAIT && stage.status == running, Status::Succeeded);
        self.begin_next();
        self.write();
    }

    pub(super) fn goes_on(&mut self, progress: &Progress<'_>) {
        let Progress::Judged { number, of: _, execution } = progress else { return };
        let analysis = &self.analysis;
        let wanted = Wanted {
            asker: analysis.asker.clone(),
            config_id: analysis.canary_config_id.clone(),
            config: analysis.canary_config.clone(),
            request: analysis_request(&self.compared, execution.window),
        };
        // The same name each time that it is run, so that a restart leaves no second one.
        let mut judged = blank(wanted, format!("{}-{number}", analysis.pipeline_id), now());
        judged.analysis_id = Some(analysis.pipeline_id.clone());
        write_end(&self.shelf, &mut judged, &self.compared, Ok(execution));
        let total = &execution.judgement.score;
        let fails = !total.is_undecided && stops(total.score, self.compared.thresholds.marginal);
        let name = format!("Run Canary #{number}");
        if let Some(stage) = self.analysis.stage_status.iter_mut().find(|stage| stage.name == name) {
            stage.execution_id = Some(judged.pipeline_id.clone());
        }
        self.mark(|stage| stage.name == name, if fails { Status::Terminal } else { Status::Succeeded });
        self.executions.push(judged);
        if !fails {
            self.begin_next();
        }
        self.write();
    }

    /// It is over.
    pub(super) fn end(&mut self, ended: Result<Analysed, AnalysisError>) {
        let analysed =
            ended.unwrap_or_else(|error| Analysed::of(&self.compared, Vec::new(), Some(error.to_string())));
        let running = Status::Running.word();
        let failed = analysed.exception.as_deref();
        let last = analysed.executions.last().map(|last| &last.judgement.score);
        let stopped = last
            .is_some_and(|last| !last.is_undecided && stops(last.score, self.compared.thresholds.marginal));
        let status = if stopped || failed.is_some() { Status::Terminal } else { Status::Succeeded };
        self.mark(|stage| stage.kind == RUN && stage.status == running, status);
        self.mark(|stage| stage.kind == SETUP, status);
        self.mark(|stage| stage.kind == RESULT, Status::Succeeded);
        self.analysis.exception = failed.map(exception);
        self.analysis.result = Some(self.result(&analysed));
        self.analysis.times.end(now());
        self.analysis.set(status);
        self.write();
    }

    fn result(&self, analysed: &Analysed) -> Value {
        let results = self.executions.iter().zip(&analysed.executions);
        let results: Vec<Value> = results.map(|(kept, judged)| self.one(kept, judged)).collect();
        let mut scores = analysed.canary_scores.clone();
        if analysed.exception.is_some() {
            scores.push(0.0);
        }
        json!({
            "didPassThresholds": analysed.did_pass_thresholds,
            "hasWarnings": analysed.executions.iter().any(|one| !one.warnings.is_empty()),
            "canaryScoreMessage": analysed.canary_score_message,
            "canaryScores": scores,
            "canaryExecutionResults": results,
        })
    }

    fn one(&self, kept: &CanaryExecution, judged: &Execution) -> Value {
        let place = self.compared.places.values().next();
        let Window { start_millis, end_millis } =
            place.map_or(judged.window, |place| place.windows(judged.window).0);
        let mut one = json!({
            "executionId": kept.pipeline_id,
            "executionStatus": Status::Succeeded,
            "result": kept.result,
            "judgementStartTimeIso": iso(start_millis),
            "judgementStartTimeMillis": start_millis,
            "judgementEndTimeIso": iso(end_millis),
            "judgementEndTimeMillis": end_millis,
            "warnings": judged.warnings,
            "metricSetPairListId": kept.metric_set_pair_list_id,
            "metricsAccountName": kept.asker.metrics_account_name,
            "storageAccountName": kept.asker.storage_account_name,
        });
        if let (Some(one), Ok(Value::Object(times))) =
            (one.as_object_mut(), serde_json::to_value(&kept.times))
        {
            one.extend(times);
        }
        one
    }
}
