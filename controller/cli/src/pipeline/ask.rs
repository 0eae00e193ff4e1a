//! What is asked of a run that somebody runs.

use std::process::ExitCode;

use anyhow::Result;
use weir_runner::StageView;
use weir_runner::serve::asked::Wanted;

use super::hand::Hand;
use super::{no_run, runs, show, user};
use crate::args::{ApproveArgs, DecideArgs, JudgeStageArgs, RunsArgs, StageArgs, ThawArgs};
use crate::{Misconfigured, Refused};

/// Does without a stage.
pub(super) async fn skip(args: StageArgs) -> Result<ExitCode> {
    ask(&args.runs, &args.run, user(), Wanted::Skip { stage: args.stage }).await
}

/// Decides a stage that waits for that.
pub(super) async fn judge(args: JudgeStageArgs) -> Result<ExitCode> {
    let JudgeStageArgs { stage, go_on, stop: _, input } = args;
    let wanted = Wanted::Judge { stage: stage.stage.clone(), go_on, input, reason: None, roles: Vec::new() };
    ask(&stage.runs, &stage.run, user(), wanted).await
}

/// Decides that it goes on.
pub(super) async fn approve(args: ApproveArgs) -> Result<ExitCode> {
    decide(args.decide, true, args.input).await
}

/// Decides against it.
pub(super) async fn reject(args: DecideArgs) -> Result<ExitCode> {
    decide(args, false, None).await
}

async fn decide(args: DecideArgs, go_on: bool, input: Option<String>) -> Result<ExitCode> {
    let DecideArgs { run, stage, reason, roles, by, runs } = args;
    let stage = match stage {
        Some(stage) => stage,
        None => the_one_that(&runs, &run, "waits for a decision", |stage| stage.judgment.is_some())?,
    };
    let wanted = Wanted::Judge { stage, go_on, input, reason, roles };
    ask(&runs, &run, by.unwrap_or_else(user), wanted).await
}

/// Lets a stage through a freeze.
pub(super) async fn thaw(args: ThawArgs) -> Result<ExitCode> {
    let ThawArgs { run, stage, reason, by, runs } = args;
    let is_held = |stage: &StageView| !stage.held.is_empty();
    let stage = match stage {
        Some(stage) => stage,
        None => the_one_that(&runs, &run, "is held by a freeze", is_held)?,
    };
    ask(&runs, &run, by.unwrap_or_else(user), Wanted::Thaw { stage, reason }).await
}

/// Id of the stage that waits for something, where there is exactly one.
fn the_one_that(at: &RunsArgs, run: &str, waits: &str, is_it: fn(&StageView) -> bool) -> Result<String> {
    let view = runs(&at.state).view(run)?.ok_or_else(|| no_run(run, &at.state))?;
    let waiting: Vec<&StageView> = view.stages.iter().filter(|stage| is_it(stage)).collect();
    match waiting.as_slice() {
        [stage] => Ok(stage.id.clone()),
        [] => Err(Refused(format!("no stage of {run} {waits}: the run is {}", view.status)).into()),
        several => {
            let told = several.iter().map(|stage| format!("\n  {} {}", stage.id, stage.message));
            let told: String = told.collect();
            Err(Misconfigured(format!("more than one stage of {run} {waits}: name it{told}")).into())
        }
    }
}

async fn ask(runs: &RunsArgs, run: &str, by: String, wanted: Wanted) -> Result<ExitCode> {
    let view = Hand::there(&runs.state).ask_as(by, run, wanted).await?;
    show::shown(&view, false)
}
