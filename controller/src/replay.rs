//! Releases of before, judged again by other settings, and how often each settings are wrong. Pure.
//!
//! What a release was worth is not measured: it is good where it was promoted and bad where it was aborted, unless somebody knows better.

use serde::Serialize;
use weir_api::canary::Analysis;
use weir_api::status::ReleaseOutcome;
use weir_judge::Decision;
use weir_rollout::policy::{PolicyError, parse_criteria};

use crate::report::{Report, Said};

/// What a release was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Truth {
    /// It should have been promoted.
    Good,
    /// It should have been aborted.
    Bad,
}

impl Truth {
    /// Of a release that ended so.
    #[must_use]
    pub fn of(outcome: ReleaseOutcome) -> Self {
        match outcome {
            ReleaseOutcome::Promoted => Self::Good,
            ReleaseOutcome::Aborted => Self::Bad,
        }
    }
}

/// Why a release cannot be judged again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Nothing to judge.
    #[error("it has no trace of what the judge was given: it was written by an older version")]
    NoTrace,
    /// Settings that no judge can follow.
    #[error(transparent)]
    Settings(#[from] PolicyError),
}

/// What the judge would have said of a release with these settings.
///
/// # Errors
/// The report has no trace, or the settings cannot be followed.
pub fn replay(report: &Report, analysis: &Analysis) -> Result<Said, ReplayError> {
    let criteria = parse_criteria(analysis)?;
    let trace = report.trace.as_ref().ok_or(ReplayError::NoTrace)?;
    Ok(Said::new(&trace.replay(&criteria, &report.thresholds), report.started_at))
}

/// How often settings are wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rates {
    /// Good releases that fail.
    pub false_aborts: u64,
    /// Good releases.
    pub good: u64,
    /// Bad releases that do not fail.
    pub missed_regressions: u64,
    /// Those of them that do not pass either: their trace ends before anything is shown.
    pub undecided: u64,
    /// Bad releases.
    pub bad: u64,
}

impl Rates {
    /// Over these releases.
    #[must_use]
    pub fn of(releases: impl IntoIterator<Item = (Truth, Decision)>) -> Self {
        let mut rates = Self::default();
        for (truth, decision) in releases {
            let is_fail = decision == Decision::Fail;
            match truth {
                Truth::Good => {
                    rates.good = rates.good.saturating_add(1);
                    rates.false_aborts = rates.false_aborts.saturating_add(u64::from(is_fail));
                }
                Truth::Bad => {
                    let is_open = matches!(decision, Decision::Insufficient | Decision::NoData);
                    rates.bad = rates.bad.saturating_add(1);
                    rates.missed_regressions = rates.missed_regressions.saturating_add(u64::from(!is_fail));
                    rates.undecided = rates.undecided.saturating_add(u64::from(is_open));
                }
            }
        }
        rates
    }
}

#[cfg(test)]
mod tests {
    use super::{Rates, Truth};
    use weir_judge::Decision;

    #[test]
    fn a_good_release_that_fails_is_a_false_abort_and_a_bad_one_that_does_not_is_missed() {
        let rates = Rates::of([
            (Truth::Good, Decision::Fail),
            (Truth::Good, Decision::Pass),
            (Truth::Good, Decision::Insufficient),
            (Truth::Bad, Decision::Fail),
            (Truth::Bad, Decision::Pass),
            (Truth::Bad, Decision::Insufficient),
            (Truth::Bad, Decision::NoData),
        ]);
        assert_eq!(rates, Rates { false_aborts: 1, good: 3, missed_regressions: 3, undecided: 2, bad: 4 });
    }
}
