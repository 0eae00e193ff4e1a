//! What is asked of a run that somebody runs.

use std::process::ExitCode;

use anyhow::Result;
use weir_runner::serve::asked::Wanted;

use super::hand::Hand;
use super::words;
use crate::args::{JudgeStageArgs, RunsArgs, StageArgs};
use crate::form::print;
use crate::terminal;

/// Does without a stage.
pub(super) async fn skip(args: StageArgs) -> Result<ExitCode> {
    ask(&args.runs, &args.run, Wanted::Skip { stage: args.stage }).await
}

/// Decides a stage that waits for that.
pub(super) async fn judge(args: JudgeStageArgs) -> Result<ExitCode> {
    let JudgeStageArgs { stage, go_on, stop: _, input } = args;
    ask(&stage.runs, &stage.run, Wanted::Judge { stage: stage.stage.clone(), go_on, input }).await
}

async fn ask(runs: &RunsArgs, run: &str, wanted: Wanted) -> Result<ExitCode> {
    let view = Hand::there(&runs.state).ask(run, wanted).await?;
    let (columns, _) = terminal::size();
    print(&(words::run(&view, jiff::Timestamp::now(), columns.max(80), terminal::has_colour()) + "\n"))?;
    Ok(ExitCode::SUCCESS)
}
