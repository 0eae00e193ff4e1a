//! `weir status`, `weir promote`, `weir abort`: questions and commands to a running controller.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::sleep;
use weir_controller::admin::Answer;
use weir_controller::view::ReleaseView;

use crate::admin::Admin;
use crate::args::{Output, StatusArgs, TargetArgs, canary_key};
use crate::follow::now;
use crate::progress::block;
use crate::stop::Stop;

/// How often `--watch` looks.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// Shows how releases stand, once or until interrupted.
pub async fn status(args: StatusArgs, stop: &mut Stop) -> Result<ExitCode> {
    let controller = Admin::new(args.controller);
    loop {
        let views = views(&controller, &args).await?;
        let text = match args.output {
            Output::Json => serde_json::to_string_pretty(&views)? + "\n",
            Output::Text => views.iter().map(describe).collect(),
        };
        let mut output = io::stdout().lock();
        if args.watch && args.output == Output::Text {
            output.write_all(b"\x1b[H\x1b[J")?;
        }
        output.write_all(text.as_bytes())?;
        output.flush()?;
        drop(output);
        if !args.watch {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::select! {
            () = sleep(WATCH_EVERY) => {}
            () = stop.requested() => return Ok(ExitCode::SUCCESS),
        }
    }
}

async fn views(controller: &Admin, args: &StatusArgs) -> Result<Vec<ReleaseView>> {
    let asked = match &args.canary {
        None => controller.get("/v1/canaries").await,
        Some(canary) => {
            let path = format!("/v1/canaries/{}", canary_key(canary, &args.namespace));
            controller.get(&path).await.map(|view| vec![view])
        }
    };
    asked.context(
        "is a controller running there? `weir run DIR` starts one; --controller names another address",
    )
}

/// One release as text.
fn describe(view: &ReleaseView) -> String {
    let since = view.release.as_ref().map_or(view.at, |release| release.started_at);
    let until = view.release.as_ref().and_then(|release| release.decided_at).unwrap_or_else(now);
    let release =
        view.release.as_ref().map(|release| format!("   release {}", release.name)).unwrap_or_default();
    format!(
        "{}/{}   production runs {}{release}\n{}",
        view.namespace,
        view.name,
        view.stable_image.as_deref().unwrap_or("nothing yet"),
        block::block(view, until.since(since), false)
    )
}

/// Sends `verb` for one Canary and prints in one line what the controller did.
pub async fn command(args: &TargetArgs, verb: &str) -> Result<ExitCode> {
    let key = canary_key(&args.canary, &args.namespace);
    let answer = Admin::new(args.controller).post(&format!("/v1/canaries/{key}/{verb}")).await;
    let answer: Answer = serde_json::from_str(&answer.with_context(|| format!("cannot {verb} {key}"))?)?;
    let problems = answer.canary.map(|canary| canary.problems).unwrap_or_default();
    let all: Vec<String> = answer.events.into_iter().chain(problems).collect();
    writeln!(io::stdout().lock(), "{key}: {}", all.join("; "))?;
    Ok(ExitCode::SUCCESS)
}
