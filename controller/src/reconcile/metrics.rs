//! What metrics of other programs say about one release. Pure: answers come in as values, and what is to be asked goes out as values.

use weir_api::{Share, Timestamp};

use super::{Managed, Subject};
use crate::scores::{Answer, Ask, Of, Standing, compared};

/// Takes in what was answered, says what is to be asked now, and what is known; `None` where metrics have no say. `answered` are the canary's requests so far.
pub(super) fn standing(
    subject: &Subject,
    managed: &mut Managed,
    answers: &[Answer],
    answered: u64,
    now: Timestamp,
    asks: &mut Vec<Ask>,
) -> Option<Standing> {
    let metrics = subject.policy.metrics()?;
    let Managed { state, record, .. } = managed;
    let release = state.release()?;
    let is_of = |answer: &&Answer| answer.canary == subject.key && answer.release == release.started_at;
    for answer in answers.iter().filter(is_of) {
        if let Some(text) = record.scores.take(answer, now) {
            if answer.judged.is_ok() {
                tracing::info!(canary = %subject.key, "{text}");
            } else {
                tracing::warn!(canary = %subject.key, "{text}");
            }
            record.history.tell(now, "MetricsJudged", text);
        }
    }
    // Where everything goes to the canary there is nothing beside it to be compared with.
    let Some(at) = state.stage.at_step().filter(|at| at.split.canary.weight != Share::FULL) else {
        return record.scores.concluded();
    };
    if answered > 0 {
        record.scores.begin(now);
    }
    let config = match subject.config.as_ref()? {
        Ok(config) => config,
        Err(problem) => return Some(Standing::Waits(problem.clone())),
    };
    if let Some((number, window)) = record.scores.due(metrics, now) {
        let of = Of {
            canary: &subject.key,
            deployment: &subject.deployment,
            service: subject.policy.service(),
            release: &release.name,
            split: &at.split,
        };
        asks.push(Ask {
            canary: subject.key.clone(),
            release: release.started_at,
            number,
            window,
            compared: compared(config, metrics, &of),
        });
    }
    Some(record.scores.standing(metrics, at.since))
}
