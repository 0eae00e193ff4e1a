//! The report of a release as a page: what was decided and why, the evidence against its line, both distributions, every metric, what happened.

use maud::{Markup, html};
use weir_api::status::ReleaseOutcome;
use weir_api::{Timestamp, Track};
use weir_judge::netflix::comparison::Class;
use weir_judge::{Counts, Decision, MetricVerdict};

use super::chart::{Side, bars, evidence, key, lines, middle, numbered};
use super::page;
use crate::report::{Report, TrackLatencies};
use crate::scores::{Judged, JudgedMetric, JudgedSide};
use crate::view::TrackView;

/// The page.
#[must_use]
pub fn release(report: &Report) -> String {
    let title = format!("{}: release {}", report.canary, report.release);
    let body = html! {
        h1 { (title) }
        p.dim { (report.image_before.as_deref().unwrap_or("nothing")) " -> " (report.image) }
        (verdict(report))
        (tracks(report))
        (evidence_over_time(report))
        (latencies(report))
        (metrics(report))
        (scores(report))
        (timeline(report))
    };
    page(&title, &body)
}

fn verdict(report: &Report) -> Markup {
    let (class, word) = match report.outcome {
        Some(ReleaseOutcome::Promoted) => ("good", "PROMOTED"),
        Some(ReleaseOutcome::Aborted) => ("bad", "ABORTED"),
        None => ("unsure", report.phase.as_str()),
    };
    let ended = report.decided_at.or(report.finished_at);
    html! {
        div class=(format!("verdict {class}")) {
            strong { (word) }
            @if let Some(ended) = ended { span { "after " (seconds(report.started_at, ended).round()) " s" } }
            span.dim { (report.users_hit) " requests of users failed by the canary's fault" }
            p { (report.reason) }
            @if let Some(otherwise) = report.otherwise() { p { (otherwise) } }
            @if report.unproven { p.dim { "Not every step was proven." } }
            p.dim { "began " (report.started_at) @if let Some(ended) = ended { ", decided " (ended) } }
        }
    }
}

fn tracks(report: &Report) -> Markup {
    html! {
        h2 { "Tracks" }
        div.wide { table {
            tr { th { "" } th { "requests" } th { "errors" } th { "rescued" } th { "mean" } th { "p50" } th { "p90" } th { "p95" } th { "p99" } th { "p99.9" } }
            @for track in &report.tracks { (track_row(&track.track.to_string(), track)) }
            @for track in &report.copies { (track_row(&format!("{} (copies)", track.track), track)) }
        } }
    }
}

fn track_row(name: &str, track: &TrackView) -> Markup {
    let share =
        if track.requests == 0 { "-".to_owned() } else { percent(Counts::new(track.requests, track.errors)) };
    let times = [
        track.mean_micros,
        track.p50_micros,
        track.p90_micros,
        track.p95_micros,
        track.p99_micros,
        track.p999_micros,
    ];
    html! {
        tr {
            td { (name) } td { (track.requests) } td { (track.errors) " (" (share) ")" } td { (track.rescued) }
            @for time in times { td { (time.map_or_else(|| "-".to_owned(), millis)) } }
        }
    }
}

fn evidence_over_time(report: &Report) -> Markup {
    let over_time = |value: &dyn Fn(&crate::history::Point) -> f64| -> Vec<(f64, f64)> {
        report.evidence.iter().map(|point| (seconds(report.started_at, point.at), value(point))).collect()
    };
    let sides =
        [Side { class: "canary", name: "evidence of harm", points: over_time(&|point| point.e_value) }];
    let weight = |point: &crate::history::Point| f64::from(point.canary_weight.basis_points()) / 100.0;
    let weights = [Side { class: "control", name: "share of the canary", points: over_time(&weight) }];
    html! {
        @if !report.evidence.is_empty() {
            h2 { "Evidence" }
            figure {
                (evidence(&sides, report.verdict.limit, "evidence of harm over time, and the line at which a release is aborted"))
                figcaption { "Evidence that the canary is worse, over time; at the dashed line (" (report.verdict.limit) ") a release is aborted. No sound release gets there more often than one in " (report.verdict.limit) "." }
            }
            figure {
                (lines(&weights, "share of the canary over time, percent"))
                figcaption { "Share of requests that the canary got, percent" }
            }
        }
    }
}

/// The canary's beside those of what it was compared with: fresh pods of the same, where there were some.
fn latencies(report: &Report) -> Markup {
    let of = |track: Track| report.latencies.iter().find(|latencies| latencies.track == track);
    let (Some(canary), Some(control)) =
        (of(Track::Canary), of(Track::Baseline).or_else(|| of(Track::Stable)))
    else {
        return html! {};
    };
    let both = || control.buckets.iter().chain(&canary.buckets).map(|bucket| bucket.up_to_micros);
    let mut bounds: Vec<u64> = both().collect();
    bounds.sort_unstable();
    bounds.dedup();
    let shares = |latencies: &TrackLatencies| -> Vec<f64> {
        let all = latencies.buckets.iter().map(|bucket| bucket.requests).sum();
        let requests = |bound: &u64| {
            latencies
                .buckets
                .iter()
                .find(|bucket| bucket.up_to_micros == *bound)
                .map_or(0, |bucket| bucket.requests)
        };
        bounds.iter().map(|bound| 100.0 * Counts::new(all, requests(bound)).share()).collect()
    };
    let name = control.track.to_string();
    let sides = [
        Side { class: "control", name: &name, points: Vec::new() },
        Side { class: "canary", name: "canary", points: Vec::new() },
    ];
    let of = numbered(&bounds).last().map_or(1.0, |(last, _)| last + 1.0);
    let ticks: Vec<(f64, String)> = numbered(&bounds)
        .filter(|(place, _)| place % 3.0 == 0.0)
        .map(|(place, bound)| (middle(place, of), millis(*bound)))
        .collect();
    html! {
        h2 { "Latency" }
        p { (key(&sides)) }
        figure {
            (bars(&[("control", shares(control)), ("canary", shares(canary))], &ticks, "how the latencies of control and canary are distributed"))
            figcaption { "Percent of each track's requests by latency (up to, logarithmic)" }
        }
    }
}

fn metrics(report: &Report) -> Markup {
    html! {
        h2 { "Metrics" }
        div.wide { table {
            tr { th { "metric" } th { "verdict" } th { "canary" } th { "control" } th { "difference, points" } th { "95 % sure" } th { "harm e" } th { "pass e (of)" } }
            @for metric in &report.verdict.metrics { (metric_row(metric)) }
        } }
        @for metric in &report.verdict.metrics { p.dim { (metric.name) ": " (metric.reason) } }
        p.dim { "Evidence e is how many times better \"worse than the margin\" (harm) or \"no worse than the tolerance\" (pass) predicted what came than its opposite did." }
    }
}

fn metric_row(metric: &MetricVerdict) -> Markup {
    let (class, word) = match metric.decision {
        Decision::Pass => ("good", "pass"),
        Decision::Fail => ("bad", "fail"),
        Decision::Insufficient => ("unsure", "not decided"),
        Decision::NoData => ("unsure", "no data"),
    };
    let points = |share: f64| format!("{:+.2}", share * 100.0);
    html! {
        tr {
            td { (metric.name) }
            td class=(class) { (word) }
            td { (percent(metric.canary)) " of " (metric.canary.n) }
            td { (percent(metric.control)) " of " (metric.control.n) }
            td { (points(metric.difference)) }
            td { (points(metric.interval.0)) " to " (points(metric.interval.1)) }
            td { (format!("{:.3e}", metric.e_harm)) }
            td { (format!("{:.3e}", metric.e_pass)) " (" (metric.pass_limit) ")" }
        }
    }
}

/// Judgements of metrics of other programs, the last one in full.
fn scores(report: &Report) -> Markup {
    let Some(last) = report.metrics.last() else { return html! {} };
    let after = |judged: &Judged| format!("{:.0}", seconds(report.started_at, judged.end));
    let score = [Side {
        class: "canary",
        name: "score",
        points: report
            .metrics
            .iter()
            .map(|judged| (seconds(report.started_at, judged.end), judged.score))
            .collect(),
    }];
    let mean = |side: JudgedSide| side.mean.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.4}"));
    html! {
        h2 { "Metrics of other programs" }
        p { "Judgement " (last.number) ", after " (after(last)) " s: " (last.headline()) }
        @if !last.reason.is_empty() { p.dim { (last.reason) } }
        @if report.metrics.len() > 1 {
            figure { (lines(&score, "score of each judgement over time, 0 to 100")) figcaption { "Score of each judgement" } }
        }
        div.wide { table {
            tr { th { "metric" } th { "verdict" } th { "control, mean" } th { "canary, mean" } th { "samples" } }
            @for JudgedMetric { name, classification, control, experiment, .. } in &last.metrics {
                tr {
                    td { (name) }
                    td class=(if *classification == Class::Pass { "good" } else { "bad" }) { (format!("{classification:?}")) }
                    td { (mean(*control)) } td { (mean(*experiment)) } td { (control.count) " / " (experiment.count) }
                }
            }
        } }
        @for metric in &last.metrics { @if let Some(reason) = &metric.reason { p.dim { (metric.name) ": " (reason) } } }
    }
}

fn timeline(report: &Report) -> Markup {
    html! {
        h2 { "What happened" }
        div.wide { table {
            tr { th { "event" } th { "after, s" } }
            @for event in &report.timeline {
                tr { td { (event.text) } td { (format!("{:.1}", seconds(report.started_at, event.at))) } }
            }
        } }
    }
}

fn percent(counts: Counts) -> String {
    format!("{:.2} %", counts.share() * 100.0)
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.since(from).as_secs_f64()
}

/// Microseconds for people: three digits, in milliseconds or in seconds.
fn millis(micros: u64) -> String {
    let seconds = std::time::Duration::from_micros(micros).as_secs_f64();
    let (number, unit) = if seconds >= 1.0 { (seconds, "s") } else { (seconds * 1e3, "ms") };
    let decimals = if number >= 99.95 { 0 } else { usize::from(number < 9.995) + 1 };
    let text = format!("{number:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {unit}")
}
