//! A release as text: the block that a terminal shows, and the one line that a pipe gets. Pure.

use std::fmt::Write;
use std::time::Duration;

use weir_api::Track;
use weir_api::status::Phase;
use weir_controller::view::{ReleaseView, TrackView};
use weir_judge::Verdict;

use super::words::{bar, bold, clock, count, evidence, latency, nearness, percent};

/// Characters of the weight's bar.
const WEIGHT_BAR: usize = 50;
/// Characters of the evidence's bar.
const EVIDENCE_BAR: usize = 20;

/// The release as a block of lines.
#[must_use]
pub fn block(view: &ReleaseView, elapsed: Duration, colour: bool) -> String {
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
    let _ = writeln!(
        text,
        "  {:<10} {} of {} serve epoch {}",
        "proxies", view.acknowledged.proxies, view.acknowledged.of, view.epoch
    );
    // In the steps the judge's own line says it all.
    if view.phase != Phase::Progressing || view.verdict.is_none() {
        let _ = writeln!(text, "  {:<10} {}", format!("{:?}", view.phase).to_lowercase(), view.message);
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
        "  {:<10} {:>10} {:>9} {:>10} {:>10}   vs control p99",
        "track", "requests", "errors", "p50", "p99"
    );
    let control = tracks
        .iter()
        .find(|track| track.track == Track::Baseline)
        .or_else(|| tracks.iter().find(|track| track.track == Track::Stable));
    let quantile = |micros: Option<u64>| micros.map_or_else(|| "-".to_owned(), latency);
    for track in tracks {
        let against = match (track.track, track.p99_micros, control.and_then(|control| control.p99_micros)) {
            (Track::Canary, Some(own), Some(control)) if control > 0 => relative(own, control),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "  {:<10} {:>10} {:>9} {:>10} {:>10}   {against}",
            track.track,
            count(track.requests),
            percent(track.errors, track.requests),
            quantile(track.p50_micros),
            quantile(track.p99_micros),
        );
    }
}

/// `own` against `control` in percent with its sign.
fn relative(own: u64, control: u64) -> String {
    let (sign, difference) = if own >= control { ('+', own - control) } else { ('-', control - own) };
    format!("{sign}{} %", difference.saturating_mul(100) / control)
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
#[must_use]
pub fn line(view: &ReleaseView, elapsed: Duration) -> String {
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
