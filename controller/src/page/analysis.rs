//! What an analysis came to: verdict, metrics, and for each metric both curves and both distributions.

use maud::{Markup, html};
use weir_api::Timestamp;
use weir_judge::kayenta::query::Scope;
use weir_judge::netflix::comparison::{Class, TOLERANCE};
use weir_judge::netflix::judgement::{Judgement, MetricResult};
use weir_judge::netflix::score::ScoreClass;
use weir_judge::netflix::summary::Summary;

use super::chart::{Side, distribution, key, lines};
use super::page;
use crate::analysis::{Analysed, Compared, Execution, Measurement, Samples};

/// The page.
#[must_use]
pub fn analysis(compared: &Compared, analysed: &Analysed) -> String {
    let name = compared.config.name.as_deref().unwrap_or("canary");
    let title = format!("Canary analysis: {name}");
    let last = analysed.executions.last();
    let body = html! {
        h1 { (title) }
        @if let Some(description) = compared.config.description.as_deref().filter(|text| *text != name) {
            p.dim { (description) }
        }
        (verdict(compared, analysed))
        (places(compared))
        @if analysed.executions.len() > 1 { (judgements(&analysed.executions)) }
        @if let Some(last) = last {
            (metrics(&last.judgement))
            @for (result, measured) in last.judgement.results.iter().zip(&last.measurements) {
                (metric(result, measured))
            }
        }
    };
    page(&title, &body)
}

fn verdict(compared: &Compared, analysed: &Analysed) -> Markup {
    let total = analysed.executions.last().map(|last| &last.judgement.score);
    let class = match total.map(|total| total.classification) {
        Some(ScoreClass::Pass) if analysed.did_pass_thresholds => ("good", "PASS"),
        Some(ScoreClass::Marginal) => ("unsure", "MARGINAL"),
        Some(ScoreClass::Pass | ScoreClass::Fail) => ("bad", "FAIL"),
        None => ("unsure", "NO VERDICT"),
    };
    let thresholds = compared.thresholds;
    html! {
        div class=(format!("verdict {}", class.0)) {
            strong { (class.1) }
            @if let Some(total) = total { span { "score " (total.score) } }
            span.dim { "passes from " (thresholds.pass) ", fails at " (thresholds.marginal) " and below" }
            @if let Some(reason) = total.map(|total| &total.classification_reason).filter(|text| !text.is_empty()) {
                p { (reason) }
            }
            @if !analysed.canary_score_message.is_empty() { p.dim { (analysed.canary_score_message) } }
            @if let Some(exception) = &analysed.exception {
                p { "It ended before its time: " (exception) }
            }
            @for warning in analysed.executions.last().into_iter().flat_map(|last| &last.warnings) {
                p.dim { (warning) }
            }
        }
    }
}

fn places(compared: &Compared) -> Markup {
    let side = |scope: &Scope| {
        let parts = [&scope.scope, &scope.location].into_iter().flatten();
        parts.cloned().collect::<Vec<_>>().join(" in ")
    };
    html! {
        @for (name, place) in &compared.places {
            dl {
                @if compared.places.len() > 1 { dt { "scope" } dd { (name) } }
                dt { "baseline" } dd { (side(&place.control)) }
                dt { "canary" } dd { (side(&place.experiment)) }
                dt { "step" } dd { (place.step_seconds) " s" }
            }
        }
    }
}

fn judgements(executions: &[Execution]) -> Markup {
    html! {
        h2 { "Judgements" }
        div.wide { table {
            tr { th { "window" } th { "score" } th { "class" } }
            @for execution in executions {
                @let total = &execution.judgement.score;
                tr {
                    td { (instant(execution.window.start_millis)) " to " (instant(execution.window.end_millis)) }
                    td { (total.score) }
                    td { (format!("{:?}", total.classification)) }
                }
            }
        } }
    }
}

fn metrics(judgement: &Judgement) -> Markup {
    html! {
        h2 { "Metrics" }
        div.wide { table {
            tr { th { "metric" } th { "groups" } th { "class" } th { "canary against baseline" } th { "baseline mean" } th { "canary mean" } }
            @for result in &judgement.results {
                tr {
                    td { (named(result)) }
                    td { (result.groups.join(", ")) }
                    td class=(colour(result.classification)) { (format!("{:?}", result.classification)) }
                    td { (deviation(result)) }
                    td { (round(result.control_metadata.stats.mean)) }
                    td { (round(result.experiment_metadata.stats.mean)) }
                }
            }
        } }
        @if judgement.group_scores.len() > 1 {
            p.dim { "Groups: " @for group in &judgement.group_scores { (group.name) " " (round(group.score)) " " } }
        }
    }
}

fn metric(result: &MetricResult, measured: &Measurement) -> Markup {
    let begins = [&measured.control, &measured.experiment].map(|samples| samples.start_millis);
    let sides = [
        Side { class: "control", name: "baseline", points: points(&measured.control, begins[0]) },
        Side { class: "canary", name: "canary", points: points(&measured.experiment, begins[1]) },
    ];
    html! {
        h2 { (named(result)) " " span class=(colour(result.classification)) { (format!("{:?}", result.classification)) } }
        @if let Some(reason) = &result.classification_reason { p { (reason) } }
        @if let Some(bounds) = result.bounds {
            p {
                "The canary is shifted by " (round(bounds.estimate)) " (98 % sure: " (round(bounds.low)) " to " (round(bounds.high))
                "); it counts from " (round(TOLERANCE * bounds.estimate.abs())) " on."
            }
        }
        p { (key(&sides)) }
        figure {
            (lines(&sides, &format!("{}: amplitude against time, baseline and canary", result.name)))
            figcaption { "Amplitude against time" @if begins[0] > 0 { ", from " (instant(begins[0])) } }
        }
        figure {
            (distribution(&sides, &format!("{}: how the samples are distributed, baseline and canary", result.name)))
            figcaption { "Histogram: samples by amplitude" }
        }
        div.wide { table {
            tr { th { "" } th { "count" } th { "avg" } th { "min" } th { "p50" } th { "p95" } th { "max" } th { "std" } }
            (statistics("baseline", &result.control_metadata.stats, &measured.control))
            (statistics("canary", &result.experiment_metadata.stats, &measured.experiment))
        } }
        @if !measured.experiment.query.is_empty() {
            p.dim { "baseline " code { (measured.control.query) } }
            p.dim { "canary " code { (measured.experiment.query) } }
        }
    }
}

fn statistics(name: &str, stats: &Summary, samples: &Samples) -> Markup {
    let Summary { min, max, mean, std, count } = *stats;
    let mut sorted: Vec<f64> = samples.values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let quantile = |percent: usize| {
        let rank = sorted.len().saturating_sub(1).saturating_mul(percent).div_euclid(100);
        sorted.get(rank).map_or_else(|| "-".to_owned(), |value| round(*value))
    };
    let value = |value: f64| if count == 0 { "-".to_owned() } else { round(value) };
    html! {
        tr {
            td { (name) } td { (count) } td { (value(mean)) } td { (value(min)) } td { (quantile(50)) } td { (quantile(95)) } td { (value(max)) }
            td { (value(std)) }
        }
    }
}

/// Samples at seconds since `begins`.
fn points(samples: &Samples, begins: i64) -> Vec<(f64, f64)> {
    let step = if samples.step_millis > 0 { seconds(samples.step_millis) } else { 1.0 };
    let offset = seconds(samples.start_millis.saturating_sub(begins));
    let places = std::iter::successors(Some(offset), |at| Some(at + step));
    places.zip(samples.values.iter().copied()).collect()
}

fn seconds(millis: i64) -> f64 {
    std::time::Duration::from_millis(millis.unsigned_abs()).as_secs_f64()
}

fn named(result: &MetricResult) -> String {
    let tags: Vec<String> = result.tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let notes = [(result.critical, "critical".to_owned()), (result.muted, "not counted".to_owned())];
    let notes = notes.into_iter().filter(|(is, _)| *is).map(|(_, note)| note);
    let all: Vec<String> = tags.into_iter().chain(notes).collect();
    if all.is_empty() { result.name.clone() } else { format!("{} ({})", result.name, all.join(", ")) }
}

const fn colour(class: Class) -> &'static str {
    match class {
        Class::Pass => "good",
        Class::High | Class::Low | Class::NodataFailMetric | Class::Error => "bad",
        Class::Nodata => "unsure",
    }
}

/// How far the canary's mean is from the baseline's.
fn deviation(result: &MetricResult) -> String {
    let ratio = result.result_metadata.map_or(f64::NAN, |metadata| metadata.ratio);
    if ratio.is_finite() { format!("{:+.1} %", (ratio - 1.0) * 100.0) } else { "N/A".to_owned() }
}

/// Three decimals at most, as Kayenta's reports have it.
fn round(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn instant(millis: i64) -> String {
    Timestamp::from_unix_micros(millis.saturating_mul(1000)).to_string()
}
