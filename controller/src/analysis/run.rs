//! One window after another, until it is decided.

use serde::Serialize;
use weir_judge::kayenta::decision::{decide, stops};
use weir_judge::kayenta::plan::{Plan, Window};
use weir_judge::netflix::score::ScoreClass;

use super::AnalysisError;
use super::execution::Execution;
use super::sides::Compared;
use crate::sources::Sources;

/// What an analysis came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Analysed {
    /// Whether the canary passes.
    pub did_pass_thresholds: bool,
    /// Why, in upstream's words.
    pub canary_score_message: String,
    /// Of each judgement.
    pub canary_scores: Vec<f64>,
    /// The judgements, in their order.
    pub executions: Vec<Execution>,
    /// Why the last window has none. It says nothing about the canary, and no canary passes by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
}

impl Analysed {
    /// What one judgement by itself comes to: what it says.
    #[must_use]
    pub fn once(execution: Execution) -> Self {
        let total = &execution.judgement.score;
        Self {
            did_pass_thresholds: total.classification == ScoreClass::Pass,
            canary_score_message: String::new(),
            canary_scores: vec![total.score],
            executions: vec![execution],
            exception: None,
        }
    }

    /// What these judgements come to.
    #[must_use]
    pub fn of(compared: &Compared, executions: Vec<Execution>, exception: Option<String>) -> Self {
        let scores: Vec<f64> = executions.iter().map(|execution| execution.judgement.score.score).collect();
        let decision = decide(&scores, Some(compared.thresholds.pass), Some(compared.thresholds.marginal));
        let last = executions.last().map(|last| &last.judgement.score);
        let doubt = last.filter(|total| total.is_undecided);
        let doubt = doubt.map(|total| format!("Not decided: {}", total.classification_reason));
        Self {
            did_pass_thresholds: decision.passed && exception.is_none() && doubt.is_none(),
            canary_score_message: doubt.unwrap_or(decision.message),
            canary_scores: scores,
            executions,
            exception,
        }
    }
}

/// What is told while it goes on.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Until then nothing is judged: what has just started is not itself yet.
    WarmsUp {
        /// Milliseconds since 1970.
        until_millis: i64,
    },
    /// The next window ends in the future.
    Waits {
        /// Which judgement, from 1 on.
        number: usize,
        /// Of so many.
        of: usize,
        /// What it will be about.
        window: Window,
    },
    /// A window was judged.
    Judged {
        /// Which judgement, from 1 on.
        number: usize,
        /// Of so many.
        of: usize,
        /// The judgement.
        execution: &'a Execution,
    },
}

/// Judges the plan's windows in their order, and ends at the first score that is not above the marginal threshold. `until` waits until an instant
/// (milliseconds since 1970).
///
/// # Errors
/// The first window has no judgement. Where a later one has none, that is said in what comes back, and fails.
pub async fn run<U: Future<Output = ()>>(
    compared: &Compared,
    sources: &Sources,
    plan: &Plan,
    until: impl Fn(i64) -> U,
    mut tell: impl FnMut(Progress<'_>),
) -> Result<Analysed, AnalysisError> {
    let of = plan.windows.len();
    let mut executions: Vec<Execution> = Vec::new();
    let mut exception = None;
    let begins = plan.windows.first().map_or(0, |window| window.end_millis);
    if let (Some(_), Some(wait)) = (plan.warm_up_millis, plan.wait_millis) {
        let until_millis = begins.saturating_sub(wait);
        tell(Progress::WarmsUp { until_millis });
        until(until_millis).await;
    }
    for (index, &window) in plan.windows.iter().enumerate() {
        let number = index.saturating_add(1);
        if plan.wait_millis.is_some() {
            tell(Progress::Waits { number, of, window });
            until(window.end_millis).await;
        }
        match Execution::of(compared, sources, window).await {
            Ok(execution) => {
                tell(Progress::Judged { number, of, execution: &execution });
                let total = &execution.judgement.score;
                let ends = !total.is_undecided && stops(total.score, compared.thresholds.marginal);
                executions.push(execution);
                if ends {
                    break;
                }
            }
            Err(error) if executions.is_empty() => return Err(error),
            Err(error) => {
                exception = Some(error.to_string());
                break;
            }
        }
    }
    Ok(Analysed::of(compared, executions, exception))
}
