//! A judgement, for people. Pure.

use std::fmt::Write;

use weir_judge::netflix::judgement::{Judgement, MetricResult};
use weir_judge::netflix::score::ScoreThresholds;

/// The verdict in a line, and a line for each metric; with `explains`, a second one that says how large the difference is.
pub(super) fn of(judgement: &Judgement, thresholds: ScoreThresholds, explains: bool) -> String {
    let ScoreThresholds { pass, marginal } = thresholds;
    let total = &judgement.score;
    let mut text = format!(
        "{} score {} (passes from {pass}, fails below {marginal})",
        format!("{:?}", total.classification).to_uppercase(),
        total.score
    );
    if !total.classification_reason.is_empty() {
        let _ = write!(text, ": {}", total.classification_reason);
    }
    text.push_str("\n\n");
    let name_width = width(judgement.results.iter().map(|result| result.name.as_str()), "metric");
    let groups: Vec<String> = judgement.results.iter().map(|result| result.groups.join(",")).collect();
    let group_width = width(groups.iter().map(String::as_str), "groups");
    let _ = writeln!(
        text,
        "{:name_width$}  {:group_width$}  {:16}  {:>8}  {:>22}  {:>22}",
        "metric", "groups", "class", "ratio", "production n, mean", "canary n, mean"
    );
    for (result, group) in judgement.results.iter().zip(&groups) {
        let ratio = result.result_metadata.map_or(f64::NAN, |metadata| metadata.ratio);
        let ratio = if ratio.is_nan() { "-".to_owned() } else { format!("{ratio:.3}") };
        let side = |count: usize, mean: f64| format!("{count}, {mean:.3}");
        let (control, experiment) = (result.control_metadata.stats, result.experiment_metadata.stats);
        let _ = writeln!(
            text,
            "{:name_width$}  {group:group_width$}  {:16}  {ratio:>8}  {:>22}  {:>22}",
            result.name,
            class(result),
            side(control.count, control.mean),
            side(experiment.count, experiment.mean),
        );
        if explains {
            let _ = writeln!(text, "  {}", explained(result));
        }
    }
    text
}

fn class(result: &MetricResult) -> String {
    let class = format!("{:?}", result.classification);
    let notes = [(result.critical, "critical"), (result.muted, "muted")];
    let notes: Vec<&str> = notes.iter().filter(|(is, _)| *is).map(|(_, note)| *note).collect();
    if notes.is_empty() { class } else { format!("{class} ({})", notes.join(", ")) }
}

fn explained(result: &MetricResult) -> String {
    let shift = result.bounds.map(|bounds| {
        format!(
            "the canary is shifted by {:.4} (98 % sure: {:.4} to {:.4}); it counts from {:.4} on",
            bounds.estimate,
            bounds.low,
            bounds.high,
            weir_judge::netflix::comparison::TOLERANCE * bounds.estimate.abs(),
        )
    });
    match (shift, &result.classification_reason) {
        (Some(shift), Some(reason)) => format!("{reason}: {shift}"),
        (Some(shift), None) => shift,
        (None, Some(reason)) => reason.clone(),
        (None, None) => "nothing to compare: every sample is the same".to_owned(),
    }
}

fn width<'t>(texts: impl Iterator<Item = &'t str>, title: &str) -> usize {
    texts.map(|text| text.chars().count()).chain([title.len()]).max().unwrap_or_default()
}
