//! What there is to tell of a run as it stands. Pure: it follows from the run alone, so whoever looks again finds the same.

use jiff::Timestamp;
use weir_notify::What;
use weir_pipeline::run::{Run, StageRun, Standing};
use weir_pipeline::{Plan, Status, Work as _};
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
    let is_judged = plan.work(&stage.id).is_some_and(|work| work.judgment().is_some());
    if let (Some(began), Standing::Running { .. }, true) = (began, &stage.standing, is_judged) {
        let instructions = plan.work(&stage.id).and_then(|work| work.fields().get("instructions"));
        let instructions = instructions.and_then(|text| text.as_str()).map(str::to_owned);
        all.push(due(What::Waiting, began, instructions));
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

/// What an end is. With an ignored failure it has failed, too, as for triggers.
const fn end(status: Status) -> Option<What> {
    match status {
        Status::Succeeded | Status::Skipped => Some(What::Succeeded),
        Status::FailedContinue | Status::Terminal | Status::Stopped => Some(What::Failed),
        Status::Canceled => Some(What::Canceled),
        Status::NotRun | Status::NotStarted | Status::Running | Status::Paused => None,
    }
}
