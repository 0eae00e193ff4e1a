//! A run as text.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use weir_pipeline::Status;
use weir_runner::{RunView, StageView};

use crate::progress::words::{bold, clock, fit, green, red, took};

/// A run with its stages: what it is about, and a row a stage with how long it took, or takes, and usually takes.
pub(super) fn run(view: &RunView, now: Timestamp, columns: usize, colour: bool) -> String {
    let mut lines = vec![head(view, now, colour)];
    let width = view.stages.iter().map(|stage| stage.name.chars().count()).max().unwrap_or_default();
    lines.extend(view.stages.iter().map(|stage| row(stage, now, width, colour)));
    if let Some(reason) = &view.reason {
        lines.push(format!("  {reason}"));
    }
    lines.iter().map(|line| fit(line, columns)).collect::<Vec<_>>().join("\n")
}

/// What people have to do with a run, whole lines: whom it waits for, what holds it, who decided what, and why.
pub(super) fn people(view: &RunView) -> String {
    let lines = view.stages.iter().flat_map(StageView::people);
    lines.flat_map(|line| ["  ".to_owned(), line, "\n".to_owned()]).collect()
}

/// The images that a run counts on, whole lines: what each is, and where it was found.
pub(super) fn artifacts(view: &RunView) -> String {
    let of = |found: &Value, key: &str| found[key].as_str().unwrap_or_default().to_owned();
    let line = |(name, found): (&String, &Value)| {
        format!("  artifact {name} is {}, from {}\n", of(found, "image"), of(found, "from"))
    };
    view.artifacts.iter().map(line).collect()
}

fn head(view: &RunView, now: Timestamp, colour: bool) -> String {
    let lasts =
        since(view.began, view.ended, now).map(|lasts| format!(" {}", clock(lasts))).unwrap_or_default();
    let usual: f64 = view.stages.iter().filter_map(|stage| stage.average_seconds).sum();
    let usual = if usual > 0.0 { format!(" (usually {})", clock(seconds(usual))) } else { String::new() };
    let paused = view.paused_by.as_ref().map(|by| format!(", paused by {by}")).unwrap_or_default();
    let status = coloured(view.status, &view.status.to_string(), colour);
    format!("{}  {status}{paused}{lasts}{usual}  {}", bold(&view.id, colour), about(view))
}

/// What it is about: `main 1a2b3c4, by ann`.
pub(super) fn about(view: &RunView) -> String {
    let of = |name: &str| view.trigger.get(name).and_then(Value::as_str);
    let commit = of("commit").map(|commit| commit.chars().take(7).collect::<String>());
    let what: Vec<String> = of("branch").map(str::to_owned).into_iter().chain(commit).collect();
    let by = of("user").map(|user| format!("by {user}"));
    let parts = [Some(what.join(" ")).filter(|what| !what.is_empty()), by];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn row(stage: &StageView, now: Timestamp, width: usize, colour: bool) -> String {
    let lasts = since(stage.began, stage.ended, now).map(clock).unwrap_or_default();
    let usual =
        stage.average_seconds.map(|average| format!("~{}", clock(seconds(average)))).unwrap_or_default();
    let status = coloured(stage.status, &format!("{:<14}", stage.status.to_string()), colour);
    let name = &stage.name;
    let row =
        format!("  {status} {name:<width$}  {lasts:>6}  {usual:>6}  {}", stage.message.replace('\n', " "));
    row.trim_end().to_owned()
}

/// The end of a stage, in a line.
pub(super) fn ended(stage: &StageView) -> String {
    let lasts = since(stage.began, stage.ended, Timestamp::MAX);
    let lasts = lasts.map(|lasts| format!(" after {}", took(lasts))).unwrap_or_default();
    let why = if stage.message.is_empty() { String::new() } else { format!(": {}", stage.message) };
    format!("{}: {}{lasts}{why}", stage.name, stage.status)
}

/// The end of a run, in a line.
pub(super) fn end(view: &RunView) -> String {
    let lasts = since(view.began, view.ended, Timestamp::MAX);
    let lasts = lasts.map(|lasts| format!(" after {}", took(lasts))).unwrap_or_default();
    let why = view.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("run {}: {}{lasts}{why}", view.id, view.status)
}

/// How long it took, or has taken by now.
pub(super) fn since(began: Option<Timestamp>, ended: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
    let lasts = ended.unwrap_or(now).duration_since(began?);
    Duration::try_from(lasts).ok()
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

pub(super) fn coloured(status: Status, text: &str, colour: bool) -> String {
    match status {
        Status::Succeeded => green(text, colour),
        Status::Terminal | Status::Stopped | Status::FailedContinue | Status::Canceled => red(text, colour),
        Status::Running | Status::Paused => bold(text, colour),
        Status::NotStarted | Status::Skipped | Status::NotRun => text.to_owned(),
    }
}
