//! What the judge has found: what later stages read of it, and why the stage fails. Pure.
//!
//! Read of the report is what is needed, by the names that Kayenta gives it.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::json;

use crate::perform::Outputs;

/// Metrics that are named in a message.
const SHOWN: usize = 3;

/// The report of `weir judge`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verdict {
    canary_score_message: String,
    canary_scores: Vec<f64>,
    thresholds: Thresholds,
    canary_execution_results: Vec<Execution>,
    #[serde(default)]
    exception: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Thresholds {
    pass: f64,
    marginal: f64,
}

#[derive(Debug, Deserialize)]
struct Execution {
    result: Judged,
    #[serde(default)]
    measurements: Vec<Measurement>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Judged {
    judge_result: JudgeResult,
}

#[derive(Debug, Deserialize)]
struct JudgeResult {
    results: Vec<Metric>,
    score: Score,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Score {
    #[serde(rename = "score")]
    points: f64,
    classification: String,
    #[serde(default)]
    classification_reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    name: String,
    classification: String,
    #[serde(default)]
    classification_reason: Option<String>,
    #[serde(default)]
    muted: bool,
    control_metadata: Side,
    experiment_metadata: Side,
}

#[derive(Debug, Deserialize)]
struct Side {
    stats: Stats,
}

#[derive(Debug, Deserialize)]
struct Stats {
    count: u64,
    mean: f64,
}

/// The series of a result, in the results' order.
#[derive(Debug, Deserialize)]
struct Measurement {
    control: Asked,
    experiment: Asked,
}

#[derive(Debug, Deserialize)]
struct Asked {
    query: String,
}

impl Verdict {
    pub(super) fn read(report: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(report).map_err(|error| format!("the judge's report cannot be read: {error}"))
    }

    /// The last judgement's score, how it is classified, all scores, and what they come to.
    pub(super) fn outputs(&self) -> Outputs {
        let last = self.canary_execution_results.last().map(|last| &last.result.judge_result.score);
        let all = [
            ("score", json!(last.map(|last| last.points))),
            ("classification", json!(last.map(|last| &last.classification))),
            ("scores", json!(self.canary_scores)),
            ("message", json!(self.decided())),
        ];
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Why it fails: which score at which judgement, and which metrics, with what of them.
    pub(super) fn message(&self) -> String {
        if let Some(exception) = &self.exception {
            return format!(
                "the analysis ended before its time, and says nothing about the canary: {exception}"
            );
        }
        let Some(Execution { result: Judged { judge_result }, measurements }) =
            self.canary_execution_results.last()
        else {
            return self.decided();
        };
        let Score { points, classification, classification_reason } = &judge_result.score;
        let Thresholds { pass, marginal } = &self.thresholds;
        let number = self.canary_execution_results.len();
        let mut text = format!(
            "the canary does not pass: {classification}, score {points} at judgement {number} (it passes from {pass}, and fails at once at {marginal})"
        );
        let mut asked = measurements.iter().map(Some).chain(std::iter::repeat(None));
        let bad: Vec<String> =
            judge_result.results.iter().filter_map(|metric| metric.told(asked.next().flatten())).collect();
        if bad.is_empty() && !classification_reason.is_empty() {
            text.extend([": ", classification_reason]);
        }
        let more = bad.len().saturating_sub(SHOWN);
        if !bad.is_empty() {
            let shown: Vec<String> = bad.into_iter().take(SHOWN).collect();
            text.extend([": ", &shown.join("; ")]);
        }
        if more > 0 {
            // Writing to a text cannot fail.
            let _ = write!(text, "; and {more} more");
        }
        text
    }

    /// What the scores come to; of one by itself that is its class.
    fn decided(&self) -> String {
        let last = self.canary_execution_results.last().map(|last| &last.result.judge_result.score);
        match (self.canary_score_message.as_str(), last) {
            ("", Some(last)) => format!("Canary score {:?}: {}.", last.points, last.classification),
            (message, _) => message.to_owned(),
        }
    }
}

impl Metric {
    /// What is wrong with it; `None`: nothing that counts.
    fn told(&self, asked: Option<&Measurement>) -> Option<String> {
        let Self {
            name,
            classification,
            classification_reason,
            muted,
            control_metadata,
            experiment_metadata,
        } = self;
        if *muted || classification == "Pass" {
            return None;
        }
        let (control, experiment) = (&control_metadata.stats, &experiment_metadata.stats);
        let mut text = format!("{name} is {classification}");
        if let Some(reason) = classification_reason {
            text.extend([": ", reason]);
        }
        let of = |side: &Stats| format!("{} samples, mean {:.3}", side.count, side.mean);
        // Writing to a text cannot fail.
        let _ = write!(text, " (control: {}; canary: {})", of(control), of(experiment));
        let silent = match (control.count, experiment.count, asked) {
            (_, 0, Some(asked)) => Some(("the canary", &asked.experiment.query)),
            (0, _, Some(asked)) => Some(("the control", &asked.control.query)),
            _ => None,
        };
        if let Some((side, query)) = silent {
            let _ = write!(
                text,
                "; {side} got no requests, or nothing has its scope: the store was asked for {query}"
            );
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests;
