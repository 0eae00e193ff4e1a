//! What the judge said of a release, and when first, whether or not anybody acted on it.

use serde::{Deserialize, Serialize};
use weir_api::status::ReleaseOutcome;
use weir_api::{Duration, Timestamp};
use weir_judge::Decision;
use weir_judge::replay::{Answers, Moment};

use super::Report;

/// What the judge said of a release.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// All of it in one word: a fail whatever came before, then a pass.
    pub decision: Decision,
    /// When it first said fail.
    pub fail: Option<First>,
    /// When it first said pass.
    pub pass: Option<First>,
    /// Requests of the canary that it was told about.
    pub canary_requests: u64,
}

/// When an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct First {
    /// With which request of the canary, from 1 on.
    pub canary_request: u64,
    /// Those until then that ended in an error.
    pub canary_errors: u64,
    /// So long after the release began.
    pub after_seconds: f64,
}

impl Said {
    /// Answers in a release that began at `began`.
    pub(crate) fn new(answers: &Answers<Timestamp>, began: Timestamp) -> Self {
        let first = |moment: Moment<Timestamp>| {
            // A trace has milliseconds.
            let millis = u64::try_from(moment.at.since(began).as_millis()).unwrap_or(u64::MAX);
            First {
                canary_request: moment.canary_requests,
                canary_errors: moment.canary_errors,
                after_seconds: std::time::Duration::from_millis(millis).as_secs_f64(),
            }
        };
        Self {
            decision: answers.decision(),
            fail: answers.fail.map(first),
            pass: answers.pass.map(first),
            canary_requests: answers.canary_requests,
        }
    }
}

impl First {
    /// `at request 412, after 37s`.
    fn words(self) -> String {
        let span = std::time::Duration::try_from_secs_f64(self.after_seconds.round()).unwrap_or_default();
        format!("at request {}, after {}", self.canary_request, Duration::from(span))
    }
}

impl Report {
    /// What the judge would have done, in one sentence, where something else decided: a dry run, a command, a breaker, a budget, a deadline. `None` where it tells nothing
    /// that the outcome does not.
    #[must_use]
    pub fn otherwise(&self) -> Option<String> {
        let said = self.counterfactual.filter(|said| said.canary_requests > 0)?;
        let is_dry = self.settings.analysis.dry_run;
        if let Some(fail) = said.fail {
            // The guard acts on a fail within the look, so only a dry run goes on after one, or a promotion that came with it.
            let is_told = is_dry || self.outcome == Some(ReleaseOutcome::Promoted);
            return is_told.then(|| format!("the judge would have stopped it {}", fail.words()));
        }
        match self.outcome {
            Some(ReleaseOutcome::Promoted) if is_dry || self.unproven => Some(match said.pass {
                Some(pass) => format!("the judge would have let it pass {}", pass.words()),
                None => format!(
                    "the judge had decided nothing by then, after {} requests of the canary",
                    said.canary_requests
                ),
            }),
            Some(ReleaseOutcome::Aborted) => Some(match said.pass {
                Some(pass) => {
                    format!("the judge would not have stopped it: it let it pass {}", pass.words())
                }
                None => format!(
                    "the judge would not have stopped it by then: it had decided nothing after {} requests of the canary",
                    said.canary_requests
                ),
            }),
            Some(ReleaseOutcome::Promoted) | None => None,
        }
    }
}
