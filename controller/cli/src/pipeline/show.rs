//! Runs as they stand.

use std::process::ExitCode;

use anyhow::Result;
use weir_process::Stop;
use weir_runner::RunView;

use super::{archive, follow, no_run, run, runs, words};
use crate::args::{GetRunArgs, KeptArgs, ListRunsArgs};
use crate::form::print;
use crate::terminal;

/// A line a run.
pub(super) async fn list(args: ListRunsArgs) -> Result<ExitCode> {
    let views = all(&args.kept, args.pipeline.as_deref(), args.limit).await?;
    if args.json {
        print(&(serde_json::to_string_pretty(&views)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if views.is_empty() {
        let folder = args.kept.runs.state.display();
        print(&format!("there are no runs in {folder} yet: `weir pipeline run` makes the first\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&table(&views))?;
    Ok(ExitCode::SUCCESS)
}

/// The newest runs, the archive's too.
pub(super) async fn all(kept: &KeptArgs, pipeline: Option<&str>, limit: usize) -> Result<Vec<RunView>> {
    let mut views = runs(&kept.runs.state).list(pipeline, limit)?;
    if let Some(archive) = archive(&kept.archive)? {
        let archived = archive.list(pipeline, limit).await?;
        // What is here is newer than what was archived of it.
        let elsewhere = archived.into_iter().filter(|run| views.iter().all(|here| here.id != run.id));
        views.extend(elsewhere.collect::<Vec<_>>());
        views.sort_by_key(|view| std::cmp::Reverse(view.created));
        views.truncate(limit);
    }
    Ok(views)
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
            view.says().unwrap_or_default().replace('\n', " "),
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
    let store = runs(&args.kept.runs.state);
    if let (None, Some(archive)) = (store.view(&args.run)?, archive(&args.kept.archive)?) {
        let view = archive.view(&args.run).await?.ok_or_else(|| no_run(&args.run, &args.kept.runs.state))?;
        return shown(&view, args.json);
    }
    let look = || -> Result<RunView> {
        store.view(&args.run)?.ok_or_else(|| no_run(&args.run, &args.kept.runs.state))
    };
    if args.json || !args.watch {
        return shown(&look()?, args.json);
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

/// A run as it stands.
pub(super) fn shown(view: &RunView, json: bool) -> Result<ExitCode> {
    if json {
        print(&(serde_json::to_string_pretty(view)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (columns, _) = terminal::size();
    let text = words::run(view, jiff::Timestamp::now(), columns.max(80), terminal::has_colour());
    print(&[text, "\n".to_owned(), words::artifacts(view), words::people(view)].concat())?;
    Ok(ExitCode::SUCCESS)
}
