//! What there is to tell of a run as it stands. Pure: it follows from the run alone, so whoever looks again finds the same.

use jiff::Timestamp;
use weir_notify::What;
use weir_pipeline::definition::Judgment;
use weir_pipeline::run::{Run, StageRun, Standing};
use weir_pipeline::{Plan, Status};
use weir_stages::Work;

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) what: What,
    /// Id of the stage; `None`: it is about the run.
    pub(super) stage: Option<String>,
    pub(super) at: Timestamp,
    pub(super) began: Option<Timestamp>,
    pub(super) reason: Option<String>,
    /// How it ended, or stands.
    pub(super) status: Status,
}

/// All of it in this life of the run, in its order. A run that never began, as one that a newer one superseded, is nobody's news.
pub(super) fn of(plan: &Plan<Work>, run: &Run) -> Vec<Due> {
    let Some(began) = run.began else { return Vec::new() };
    let of_run =
        |what, at, reason| Due { what, stage: None, at, began: Some(began), reason, status: run.status };
    let mut all = vec![of_run(What::Started, began, None)];
    let mut of_stages: Vec<Due> = run.stages.iter().flat_map(|stage| of_stage(plan, stage, began)).collect();
    of_stages.sort_by_key(|due| due.at);
    all.append(&mut of_stages);
    if let (Some(what), Some(ended)) = (end(run.status), run.ended) {
        all.push(of_run(what, ended, run.reason.clone()));
    }
    all
}

fn of_stage(plan: &Plan<Work>, stage: &StageRun, life: Timestamp) -> Vec<Due> {
    // What a restart has left as it was is told already.
    let began = stage.began.filter(|began| *began >= life);
    let due = |what, at, reason: Option<String>| Due {
        what,
        stage: Some(stage.id.clone()),
        at,
        began,
        reason: reason.filter(|reason| !reason.is_empty()),
        status: stage.standing.status(),
    };
    let mut all: Vec<Due> = began.map(|began| due(What::Started, began, None)).into_iter().collect();
    let judgment = plan.graph().judgment(&stage.id);
    if let (Some(began), Standing::Running { .. }, Some(judgment)) = (began, &stage.standing, judgment) {
        all.push(due(What::Waiting, began, Some(question(plan, stage, judgment))));
    }
    if let Some(ended) = stage.standing.end().filter(|ended| ended.at >= life) {
        let what = match ended.status {
            // Nothing of it has happened.
            Status::Skipped => None,
            Status::Canceled if began.is_none() => None,
            Status::Canceled
            | Status::Succeeded
            | Status::FailedContinue
            | Status::Terminal
            | Status::Stopped
            | Status::NotRun
            | Status::NotStarted
            | Status::Running
            | Status::Paused => end(ended.status),
        };
        all.extend(what.map(|what| due(what, ended.at, Some(ended.reason.clone()))));
    }
    all
}

/// Whom it waits for and until when, and what is asked of him.
fn question(plan: &Plan<Work>, stage: &StageRun, judgment: &Judgment) -> String {
    let text = |key| plan.work(&stage.id)?.fields().get(key)?.as_str().map(str::to_owned);
    let until = stage.deadline.map(|until| format!(" until {until:.0}")).unwrap_or_default();
    let whom = judgment.owner.as_ref().map(|owner| format!("for {owner} to decide{until}"));
    let parts = [whom, text("reason"), text("instructions")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
}

/// What an end is. With an ignored failure it has failed, too, as for triggers.
const fn end(status: Status) -> Option<What> {
    match status {
        Status::Succeeded | Status::Skipped => Some(What::Succeeded),
        Status::FailedContinue | Status::Terminal | Status::Stopped => Some(What::Failed),
        Status::Canceled => Some(What::Canceled),
        Status::NotRun | Status::NotStarted | Status::Running | Status::Paused => None,
    }
}
