//! What stages printed.

use std::collections::HashMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use weir_pipeline::Key;
use weir_runner::{Archive, RunView, StageView, Store};

use super::{archive, no_run, runs};
use crate::Misconfigured;
use crate::args::LogsArgs;

/// How often there may be more.
const EVERY: Duration = Duration::from_millis(100);

/// Prints what there is, and with `--follow` what comes until the run is over.
pub(super) async fn run(args: LogsArgs) -> Result<ExitCode> {
    let store = runs(&args.kept.runs.state);
    let mut printed = HashMap::new();
    if let (None, Some(archive)) = (store.view(&args.run)?, archive(&args.kept.archive)?) {
        return archived(&archive, &args).await;
    }
    loop {
        let view = store.view(&args.run)?.ok_or_else(|| no_run(&args.run, &args.kept.runs.state))?;
        // What was printed before the run was over is there when it is.
        let is_over = view.status.is_complete();
        for stage in chosen(&view, args.stage.as_deref())? {
            more(&store, &args, stage, &mut printed)?;
        }
        if is_over || !args.follow {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Prints what there is of a run that is in the archive only.
async fn archived(archive: &Archive, args: &LogsArgs) -> Result<ExitCode> {
    let view = archive.view(&args.run).await?.ok_or_else(|| no_run(&args.run, &args.kept.runs.state))?;
    for stage in chosen(&view, args.stage.as_deref())? {
        let attempt = args.attempt.unwrap_or(stage.attempt);
        let key = Key { run: args.run.clone(), stage: stage.id.clone(), attempt };
        let mut from = 0;
        loop {
            let bytes = archive.log(&key, args.service.as_deref(), from).await?;
            if bytes.is_empty() {
                break;
            }
            print(&bytes, stage, from == 0 && args.stage.is_none())?;
            from += u64::try_from(bytes.len())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a part of what a stage printed, after its name where it has a `head`.
fn print(bytes: &[u8], stage: &StageView, head: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    if head {
        writeln!(out, "== {}", stage.name)?;
    }
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

fn chosen<'v>(view: &'v RunView, wanted: Option<&str>) -> Result<Vec<&'v StageView>> {
    let Some(wanted) = wanted else { return Ok(view.stages.iter().collect()) };
    let found = view.stages.iter().find(|stage| stage.id == wanted || stage.name == wanted);
    let stages = || view.stages.iter().map(|stage| stage.id.as_str()).collect::<Vec<_>>().join(", ");
    let none = || Misconfigured(format!("run {} has no stage {wanted:?}: it has {}", view.id, stages()));
    Ok(vec![found.ok_or_else(none)?])
}

/// Prints what an attempt has printed since the last time.
fn more(
    store: &Store,
    args: &LogsArgs,
    stage: &StageView,
    printed: &mut HashMap<(String, u32), u64>,
) -> Result<()> {
    let attempt = args.attempt.unwrap_or(stage.attempt);
    let key = Key { run: args.run.clone(), stage: stage.id.clone(), attempt };
    let from = printed.entry((stage.id.clone(), attempt)).or_default();
    loop {
        let bytes = store.log(&key, args.service.as_deref(), *from)?;
        if bytes.is_empty() {
            return Ok(());
        }
        print(&bytes, stage, *from == 0 && args.stage.is_none())?;
        *from += u64::try_from(bytes.len())?;
    }
}
