//! A run from its file to its end.

use std::fs;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::Value;
use weir_pipeline::Status;
use weir_process::Stop;
use weir_runner::RunView;
use weir_runner::serve::asked::{StartRun, Started, Wanted};

use super::hand::Hand;
use super::{follow, no_run, runs, trigger};
use crate::args::{CancelRunArgs, RestartRunArgs, RunPipelineArgs, RunsArgs};
use crate::{INTERRUPTED, Misconfigured, REFUSED};

/// Runs a pipeline of a file.
pub(super) async fn run(args: RunPipelineArgs, stop: &mut Stop) -> Result<ExitCode> {
    let file = fs::read_to_string(&args.file).map_err(|error| {
        Misconfigured(format!("{}: {error}: give the file of a pipeline", args.file.display()))
    })?;
    let trigger = trigger::here(&args);
    let parameters = args.parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    let asked = StartRun {
        file,
        pipeline: args.pipeline.clone(),
        parameters: parameters.collect(),
        trigger,
        token: None,
    };
    let hand = Hand::open(&args.runs, &args.runner).await?;
    let started: Started = match hand.post("/v1/runs", &asked).await {
        Ok(started) => started,
        Err(error) => {
            hand.close().await?;
            return Err(error.context(args.file.display().to_string()));
        }
    };
    to_its_end(hand, &args.runs, &started.run, None, stop).await
}

/// Runs a stage again, and all that comes after it.
pub(super) async fn restart(args: RestartRunArgs, stop: &mut Stop) -> Result<ExitCode> {
    let hand = Hand::open(&args.runs, &args.runner).await?;
    let before = runs(&args.runs.state).view(&args.run)?;
    let asked = hand.ask(&args.run, Wanted::Restart { stage: args.from.clone() }).await;
    if let Err(error) = asked {
        hand.close().await?;
        return Err(error);
    }
    to_its_end(hand, &args.runs, &args.run, before.as_ref(), stop).await
}

/// Stops a run, and waits until everything of it has stopped.
pub(super) async fn cancel(args: CancelRunArgs, stop: &mut Stop) -> Result<ExitCode> {
    let hand = Hand::open(&args.runs, &args.runner).await?;
    let wanted = Wanted::Cancel { reason: args.reason.clone(), force: args.force };
    let asked = hand.ask(&args.run, wanted).await;
    if let Err(error) = asked {
        hand.close().await?;
        return Err(error);
    }
    to_its_end(hand, &args.runs, &args.run, None, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// Tells what happens until the run is over, but for what had ended `before`. A wish to stop cancels it.
async fn to_its_end(
    hand: Hand,
    runs_at: &RunsArgs,
    run: &str,
    before: Option<&RunView>,
    stop: &mut Stop,
) -> Result<ExitCode> {
    let store = runs(&runs_at.state);
    let mut follow = follow::Follow::new(run)?;
    if let Some(before) = before {
        follow.know(before);
    }
    let mut interrupted = false;
    let view = loop {
        let view = store.view(run)?.ok_or_else(|| no_run(run, &runs_at.state))?;
        follow.show(&store, &view)?;
        if view.status.is_complete() {
            break view;
        }
        tokio::select! {
            woken = follow.wait() => woken?,
            () = stop.requested() => {
                let wanted = Wanted::Cancel { reason: "Ctrl-C".to_owned(), force: interrupted };
                interrupted = true;
                follow.say("cancelling the run: its clean-up runs; Ctrl-C again stops that, too")?;
                hand.ask(run, wanted).await?;
            }
        }
    };
    follow.end(&view)?;
    let kept_and_told = async { tokio::join!(hand.archived(), hand.told()) };
    tokio::select! {
        ((), ()) = kept_and_told => {}
        // The next one archives and tells the rest.
        () = stop.requested() => {}
    }
    hand.close().await?;
    Ok(if interrupted { ExitCode::from(INTERRUPTED) } else { code(&view) })
}

/// What a run's end is to whoever called.
pub(super) fn code(view: &RunView) -> ExitCode {
    let is_good = view.status.is_success() || view.status == Status::FailedContinue;
    if is_good { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) }
}
