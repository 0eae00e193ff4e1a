//! Four pushes to a service, from commit to production, played on this machine; ends by itself.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use serde_json::Value;
use weir_tests::journey::{Journey, Push, stage};

/// Requests of users a second.
const RATE: f64 = 50.0;
/// Requests before the first release with a canary, so that there is something to compare with.
const WARM_UP: u64 = 300;

/// What became of one push.
struct Ending {
    run: String,
    push: Push,
    as_expected: bool,
    reason: String,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    say("a repository, a registry, a proxy, a controller and `weir pipeline serve` are being set up");
    let Some(mut journey) = Journey::begin().await? else {
        say(
            "it takes git, Node.js, npm, buildah, docker-registry and redis-server: install what is named above",
        );
        return Ok(ExitCode::from(69));
    };
    say(&format!("users ask http://{}/flags; images go to {}", journey.weir.listen()?, journey.registry()));
    let (mut users, mut endings) = (None, Vec::new());
    for (number, push) in (1..).zip(Push::ALL) {
        say(&format!("\npush {number} of {}: {}", Push::ALL.len(), push.title()));
        let run = journey.push(push).await?;
        let mut followed = tokio::process::Command::from(journey.pipeline(&["get", &run, "--watch"])?);
        // Its exit code is the run's, which is looked at below.
        let _ended = followed.kill_on_drop(true).status().await?;
        endings.push(ending(push, run, &journey)?);
        if users.is_none() {
            say(&format!("users send {RATE} requests a second from now on"));
            let load = journey.users(RATE).await?;
            load.completes(WARM_UP).await;
            users = Some(load);
        }
    }
    let report = match users {
        Some(users) => Some(users.stop().await?),
        None => None,
    };
    ensure!(report.is_some(), "no users came");
    say("\nrun           result                        because");
    for Ending { run, push, as_expected, reason } in &endings {
        let result = if *as_expected { push.expected() } else { "NOT AS EXPECTED" };
        say(&format!("{run:<13} {result:<29} {reason}"));
    }
    let failed = report.as_ref().map_or(0, |report| report.results.errors);
    let sent = report.as_ref().map_or(0, |report| report.results.completed);
    say(&format!("{sent} requests of users, {failed} of them failed"));
    let good = failed == 0 && endings.iter().all(|ending| ending.as_expected);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn ending(push: Push, run: String, journey: &Journey) -> Result<Ending> {
    let view = journey.get(&run)?;
    let text =
        |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let released = stage(&view, "Release to production").get("outputs").cloned().unwrap_or_default();
    let reason = match text(&view, "reason") {
        none if none.is_empty() => text(&released, "reason"),
        reason => reason,
    };
    let as_expected = (text(&view, "status") == "Succeeded") == push.succeeds();
    Ok(Ending { run, push, as_expected, reason })
}

#[expect(clippy::print_stdout, reason = "what a demo is for")]
fn say(text: &str) {
    println!("{text}");
}
