//! Runs as they stand.

use std::process::ExitCode;

use anyhow::Result;
use weir_runner::RunView;

use super::{follow, no_run, run, runs, words};
use crate::args::{GetRunArgs, ListRunsArgs};
use crate::form::print;
use crate::stop::Stop;
use crate::terminal;

/// A line a run.
pub(super) fn list(args: &ListRunsArgs) -> Result<ExitCode> {
    let views = runs(&args.runs.state).list(args.pipeline.as_deref(), args.limit)?;
    if args.json {
        print(&(serde_json::to_string_pretty(&views)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if views.is_empty() {
        let folder = args.runs.state.display();
        print(&format!("there are no runs in {folder} yet: `weir pipeline run` makes the first\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&table(&views))?;
    Ok(ExitCode::SUCCESS)
}

fn table(views: &[RunView]) -> String {
    let width = views.iter().map(|view| view.id.len()).max().unwrap_or_default().max(3);
    let about = views.iter().map(|view| words::about(view).chars().count()).max().unwrap_or_default().max(5);
    let now = jiff::Timestamp::now();
    let row = |view: &RunView| {
        let lasts = words::since(view.began, view.ended, now).map(crate::progress::words::clock);
        let status = format!("{:<14}", view.status.to_string());
        let status = words::coloured(view.status, &status, terminal::has_colour());
        let row = format!(
            "{:<width$}  {status}  {:>8}  {:<20}  {:<about$}  {}",
            view.id,
            lasts.unwrap_or_default(),
            view.created.strftime("%Y-%m-%d %H:%M:%SZ"),
            words::about(view),
            view.reason.as_deref().unwrap_or_default().replace('\n', " "),
        );
        format!("{}\n", row.trim_end())
    };
    let head = format!(
        "{:<width$}  {:<14}  {:>8}  {:<20}  {:<about$}  REASON\n",
        "RUN", "STATUS", "TOOK", "ASKED FOR", "ABOUT"
    );
    head + &views.iter().map(row).collect::<String>()
}

/// One run.
pub(super) async fn get(args: GetRunArgs, stop: &mut Stop) -> Result<ExitCode> {
    let store = runs(&args.runs.state);
    let look =
        || -> Result<RunView> { store.view(&args.run)?.ok_or_else(|| no_run(&args.run, &args.runs.state)) };
    if args.json {
        print(&(serde_json::to_string_pretty(&look()?)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if !args.watch {
        let (columns, _) = terminal::size();
        let text = words::run(&look()?, jiff::Timestamp::now(), columns.max(80), terminal::has_colour());
        print(&(text + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut follow = follow::Follow::new(&args.run)?;
    loop {
        let view = look()?;
        follow.show(&store, &view)?;
        if view.status.is_complete() {
            follow.end(&view)?;
            return Ok(run::code(&view));
        }
        tokio::select! {
            woken = follow.wait() => woken?,
            () = stop.requested() => return Ok(ExitCode::SUCCESS),
        }
    }
}
