//! A judgement, as it is remembered and told. Pure.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use weir_api::Timestamp;
use weir_judge::kayenta::decision::stops;
use weir_judge::netflix::comparison::Class;
use weir_judge::netflix::judgement::MetricResult;
use weir_judge::netflix::score::{ScoreClass, ScoreThresholds};
use weir_judge::netflix::summary::Summary;

use crate::analysis::Execution;

/// Metrics that a headline names.
const NAMED: usize = 3;

/// What a score comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScoreVerdict {
    /// At least `pass`.
    Pass,
    /// Between both thresholds.
    Marginal,
    /// At most `marginal`.
    Fail,
    /// Nothing fails, and something is not decided yet.
    Undecided,
}

/// A judgement of one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// Which one of the release's, from 1 on.
    pub number: u64,
    /// The window's beginning.
    pub start: Timestamp,
    /// Its end.
    pub end: Timestamp,
    /// 0 to 100.
    pub score: f64,
    /// What that comes to.
    pub verdict: ScoreVerdict,
    /// Why, where it is not the score alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Every metric, in the config's order.
    pub metrics: Vec<JudgedMetric>,
}

/// What became of one metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JudgedMetric {
    /// Its name in the config.
    pub name: String,
    /// What it is.
    pub classification: Class,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether its failure fails everything.
    pub critical: bool,
    /// What production measured.
    pub control: JudgedSide,
    /// What the canary measured.
    pub experiment: JudgedSide,
}

/// Samples of one side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JudgedSide {
    /// How many.
    pub count: usize,
    /// Their mean; absent without samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
}

impl Judged {
    /// What an execution came to.
    pub(super) fn of(number: u64, execution: &Execution, thresholds: ScoreThresholds) -> Self {
        let total = &execution.judgement.score;
        let verdict = if total.is_undecided {
            ScoreVerdict::Undecided
        } else if stops(total.score, thresholds.marginal) {
            ScoreVerdict::Fail
        } else if total.classification == ScoreClass::Pass {
            ScoreVerdict::Pass
        } else {
            ScoreVerdict::Marginal
        };
        let at = |millis: i64| Timestamp::from_unix_micros(millis.saturating_mul(1000));
        Self {
            number,
            start: at(execution.window.start_millis),
            end: at(execution.window.end_millis),
            score: total.score,
            verdict,
            reason: total.classification_reason.clone(),
            metrics: execution.judgement.results.iter().map(JudgedMetric::of).collect(),
        }
    }

    /// In one line: the score, and what is wrong.
    #[must_use]
    pub fn headline(&self) -> String {
        let verdict = match self.verdict {
            ScoreVerdict::Pass => "passes",
            ScoreVerdict::Marginal => "marginal",
            ScoreVerdict::Fail => "fails",
            ScoreVerdict::Undecided => "not decided",
        };
        let mut text = format!("score {:.0} of 100 {verdict}", self.score);
        let wrong: Vec<&JudgedMetric> =
            self.metrics.iter().filter(|metric| metric.classification != Class::Pass).collect();
        // Writing to a String cannot fail.
        for (number, metric) in wrong.iter().take(NAMED).enumerate() {
            let before = if number == 0 { ": " } else { ", " };
            let _ = write!(text, "{before}{} {:?}", metric.name, metric.classification);
        }
        if wrong.len() > NAMED {
            let _ = write!(text, " and {} more", wrong.len() - NAMED);
        }
        text
    }
}

impl JudgedMetric {
    fn of(result: &MetricResult) -> Self {
        Self {
            name: result.name.clone(),
            classification: result.classification,
            reason: result.classification_reason.clone(),
            critical: result.critical,
            control: JudgedSide::of(&result.control_metadata.stats),
            experiment: JudgedSide::of(&result.experiment_metadata.stats),
        }
    }
}

impl JudgedSide {
    fn of(summary: &Summary) -> Self {
        Self { count: summary.count, mean: (summary.count > 0).then_some(summary.mean) }
    }
}
