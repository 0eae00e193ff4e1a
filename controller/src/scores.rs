//! What metrics of other programs say about one release: judged by a canary config at intervals, beside the looks. Pure but for `runner`.
//!
//! ```text
//! ask      a release and its config -> what is compared, and in which window   pure
//! judged   a judgement, as it is remembered and told                           pure
//! join     the answers of both judges as one                                   pure
//! runner   asks the sources                                                    I/O
//! ```
//! Rules: windows begin with the canary's first answered request; after an outage only the latest window is judged; a step passes by a judgement that ended in it; what cannot be
//! asked fails nobody, and nobody passes by it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_api::Timestamp;
use weir_judge::kayenta::plan::Window;
use weir_rollout::policy::Metrics;

mod ask;
mod join;
mod judged;
mod runner;

pub use ask::Ask;
pub(crate) use ask::{Of, compared, read};
pub(crate) use join::{Standing, join};
pub use judged::{Judged, JudgedMetric, JudgedSide, ScoreVerdict};
pub use runner::Answer;
pub(crate) use runner::Runner;

/// Judgements that are remembered.
const MOST: usize = 30;
/// A window that has no judgement is asked for again after this long.
const AGAIN: Duration = Duration::from_secs(10);
/// So is one of which nothing was heard.
const UNHEARD: Duration = Duration::from_mins(2);

/// What is known about one release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Scores {
    /// When the canary had answered its first request.
    began: Option<Timestamp>,
    /// Judgements, oldest first.
    judged: Vec<Judged>,
    /// Why the window that was asked for last has none.
    failure: Option<String>,
    #[serde(skip)]
    asked: Option<Asked>,
}

/// A window that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Asked {
    number: u64,
    at: Timestamp,
    has_failed: bool,
}

impl Scores {
    /// The canary has answered a request.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.began.get_or_insert(now);
    }

    /// The window that is to be judged now, and its number, from 1 on; the same one is not given twice while it may still be answered.
    pub(crate) fn due(&mut self, metrics: &Metrics, now: Timestamp) -> Option<(u64, Window)> {
        let began = self.began?;
        let passed = now.since(began).checked_sub(metrics.delay)?;
        let number = passed.as_nanos().checked_div(metrics.interval.as_nanos())?;
        let number = u64::try_from(number).ok()?;
        if number <= self.judged.last().map_or(0, |last| last.number) {
            return None;
        }
        let is_waited_for = |asked: Asked| {
            let patience = if asked.has_failed { AGAIN } else { UNHEARD };
            asked.number == number && now.since(asked.at) < patience
        };
        if self.asked.is_some_and(is_waited_for) {
            return None;
        }
        self.asked = Some(Asked { number, at: now, has_failed: false });
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let start = began.unix_micros().div_euclid(1000).saturating_add(millis(metrics.delay));
        let spans = i64::try_from(number).unwrap_or(i64::MAX);
        let end_millis = start.saturating_add(millis(metrics.interval).saturating_mul(spans));
        let sliding = metrics.lookback.map(|length| end_millis.saturating_sub(millis(length)).max(start));
        Some((number, Window { start_millis: sliding.unwrap_or(start), end_millis }))
    }

    /// Takes an answer in. What is to be told about it; a failure is told once.
    pub(crate) fn take(&mut self, answer: &Answer, now: Timestamp) -> Option<String> {
        match &answer.judged {
            Ok(judged) if judged.number > self.judged.last().map_or(0, |last| last.number) => {
                self.failure = None;
                self.judged.push(judged.clone());
                if self.judged.len() > MOST {
                    self.judged.remove(0);
                }
                Some(format!("metrics, judgement {}: {}", judged.number, judged.headline()))
            }
            Ok(_) => None,
            Err(failure) => {
                self.asked = Some(Asked { number: answer.number, at: now, has_failed: true });
                let is_news = self.failure.as_ref() != Some(failure);
                self.failure = Some(failure.clone());
                is_news.then(|| format!("metrics, judgement {} is missing: {failure}", answer.number))
            }
        }
    }

    /// What they say at a step that began then.
    pub(crate) fn standing(&self, metrics: &Metrics, since: Timestamp) -> Standing {
        let Some(last) = self.judged.last() else {
            let first = weir_api::Duration::from(metrics.delay.saturating_add(metrics.interval));
            return Standing::Waits(match &self.failure {
                Some(failure) => failure.clone(),
                None => format!("they are judged for the first time after {first} of the canary's requests"),
            });
        };
        match (last.verdict, &self.failure) {
            (ScoreVerdict::Fail, _) => Standing::Fails(last.headline()),
            (_, Some(failure)) => Standing::Waits(failure.clone()),
            (ScoreVerdict::Pass, None) if last.end >= since => Standing::Passes(last.headline()),
            (ScoreVerdict::Pass, None) => Standing::Waits(format!(
                "they passed before this step, and are judged every {}",
                weir_api::Duration::from(metrics.interval)
            )),
            (ScoreVerdict::Marginal | ScoreVerdict::Undecided, None) => Standing::Waits(last.headline()),
        }
    }

    /// What they said at last where they have no say any more; only a pass is worth telling.
    pub(crate) fn concluded(&self) -> Option<Standing> {
        let last = self.judged.last().filter(|last| last.verdict == ScoreVerdict::Pass)?;
        self.failure.is_none().then(|| Standing::Passes(last.headline()))
    }

    /// Judgements, oldest first.
    pub(crate) fn judged(&self) -> &[Judged] {
        &self.judged
    }
}

#[cfg(test)]
mod tests;
