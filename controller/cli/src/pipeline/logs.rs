//! What stages printed.

use std::collections::HashMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use weir_pipeline::Key;
use weir_runner::{RunView, StageView, Store};

use super::{no_run, runs};
use crate::Misconfigured;
use crate::args::LogsArgs;

/// How often there may be more.
const EVERY: Duration = Duration::from_millis(100);

/// Prints what there is, and with `--follow` what comes until the run is over.
pub(super) async fn run(args: LogsArgs) -> Result<ExitCode> {
    let store = runs(&args.runs.state);
    let mut printed = HashMap::new();
    loop {
        let view = store.view(&args.run)?.ok_or_else(|| no_run(&args.run, &args.runs.state))?;
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
        let mut out = io::stdout().lock();
        if *from == 0 && args.stage.is_none() {
            writeln!(out, "== {}", stage.name)?;
        }
        *from += u64::try_from(bytes.len())?;
        out.write_all(&bytes)?;
        out.flush()?;
    }
}
