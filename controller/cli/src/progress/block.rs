//! A release as text: the block that a terminal shows, and the one line that a pipe gets. Pure.

use std::fmt::Write;
use std::time::Duration;

use weir_api::Track;
use weir_api::status::{Acknowledged, Phase};
use weir_controller::view::{ReleaseView, TrackView};
use weir_judge::Verdict;

use super::words::{bar, bold, clock, count, evidence, latency, nearness, percent};

/// Characters of the weight's bar.
const WEIGHT_BAR: usize = 50;
/// Characters of the evidence's bar.
const EVIDENCE_BAR: usize = 20;

/// The release as a block of lines.
pub(crate) fn block(view: &ReleaseView, elapsed: Duration, colour: bool) -> String {
    let mut text = String::new();
    let step = view
        .step
        .as_ref()
        .map(|step| format!("   step {} of {}: {}", step.number, step.of, step.title))
        .unwrap_or_default();
    let weight = view.weights.canary;
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "  {:<10} {} {}{step}   elapsed {}",
        "weight",
        bar(weight, WEIGHT_BAR),
        bold(&weight.to_string(), colour),
        clock(elapsed)
    );
    tracks(&mut text, &view.tracks);
    if let Some(verdict) = &view.verdict {
        judgement(&mut text, verdict);
    }
    // At rest there is nothing to acknowledge.
    if view.phase.is_going_on() {
        let Acknowledged { proxies, of } = view.acknowledged;
        let _ = writeln!(text, "  {:<10} {proxies} of {of} serve epoch {}", "proxies", view.epoch);
    }
    // In the steps the judge's own line says it all.
    if view.phase != Phase::Progressing || view.verdict.is_none() {
        let _ = writeln!(text, "  {:<10} {}", view.phase.as_str().to_lowercase(), view.message);
    }
    for problem in &view.problems {
        let _ = writeln!(text, "  {:<10} {problem}", "problem");
    }
    text
}

fn tracks(text: &mut String, tracks: &[TrackView]) {
    if tracks.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "  {:<10} {:>10} {:>9} {:>10} {:>10} {:>10}   mean, p99 vs control",
        "track", "requests", "errors", "mean", "p50", "p99"
    );
    let control = tracks
        .iter()
        .find(|track| track.track == Track::Baseline)
        .or_else(|| tracks.iter().find(|track| track.track == Track::Stable));
    let time = |micros: Option<u64>| micros.map_or_else(|| "-".to_owned(), latency);
    for track in tracks {
        let against = match control {
            Some(control) if track.track == Track::Canary => {
                let pairs =
                    [(track.mean_micros, control.mean_micros), (track.p99_micros, control.p99_micros)];
                pairs
                    .into_iter()
                    .filter_map(|(own, control)| relative(own?, control?))
                    .collect::<Vec<_>>()
                    .join(", ")
            }
            Some(_) | None => String::new(),
        };
        let row = format!(
            "  {:<10} {:>10} {:>9} {:>10} {:>10} {:>10}   {against}",
            track.track,
            count(track.requests),
            percent(track.errors, track.requests),
            time(track.mean_micros),
            time(track.p50_micros),
            time(track.p99_micros),
        );
        let _ = writeln!(text, "{}", row.trim_end());
    }
}

/// `own` against `control` in percent with its sign; `None` against nothing.
fn relative(own: u64, control: u64) -> Option<String> {
    let sign = if own >= control { '+' } else { '-' };
    let percent = own.abs_diff(control).saturating_mul(100).checked_div(control)?;
    Some(format!("{sign}{percent} %"))
}

fn judgement(text: &mut String, verdict: &Verdict) {
    let metrics: Vec<_> = ["errors", "latency"]
        .into_iter()
        .filter_map(|name| strongest(verdict, name).map(|e_value| format!("{name} e={}", evidence(e_value))))
        .collect();
    let _ = writeln!(
        text,
        "  {:<10} {}   together e={} {} aborts at e={}",
        "evidence",
        metrics.join("   "),
        evidence(verdict.e_value),
        bar(nearness(verdict.e_value, verdict.limit), EVIDENCE_BAR),
        evidence(verdict.limit)
    );
    let _ = writeln!(text, "  {:<10} {}", "judge", verdict.reason);
}

/// The strongest evidence of harm among the metrics whose name begins with `name`.
fn strongest(verdict: &Verdict, name: &str) -> Option<f64> {
    let of_name = verdict.metrics.iter().filter(|metric| metric.name.starts_with(name));
    of_name.map(|metric| metric.e_harm).reduce(f64::max)
}

/// The release in one line.
pub(crate) fn line(view: &ReleaseView, elapsed: Duration) -> String {
    let canary = view.tracks.iter().find(|track| track.track == Track::Canary);
    let served = canary
        .filter(|canary| canary.requests > 0)
        .map(|canary| {
            format!(
                "; canary {} requests, {} errors",
                count(canary.requests),
                percent(canary.errors, canary.requests)
            )
        })
        .unwrap_or_default();
    let e_value =
        view.verdict.as_ref().map(|verdict| format!("; e={}", evidence(verdict.e_value))).unwrap_or_default();
    format!("  {:>6}  weight {}; {}{served}{e_value}", clock(elapsed), view.weights.canary, view.message)
}
