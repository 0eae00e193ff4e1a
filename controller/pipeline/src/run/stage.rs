//! What is kept of one stage.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::STOP_PATIENCE;
use super::decision::Decision;
use super::standing::Standing;
use super::thaw::Thaw;
use crate::event::Fault;

/// Attempts of a stage that are remembered; the oldest go first.
pub const MOST_ATTEMPTS: usize = 10;
/// Most bytes of a stage's outputs as JSON: they are written with every change, and an object holds 1.5 million.
pub const MOST_OUTPUT_BYTES: usize = 16_384;
/// Most bytes of a text for people; what is longer is cut.
const MOST_WORDS: usize = 2_048;

/// One stage of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StageRun {
    /// Id in the graph.
    pub id: String,
    /// Where it stands.
    pub standing: Standing,
    /// Number of the last attempt; it counts on after a restart, so that no two have the same key. 0: there was none.
    #[serde(default)]
    pub attempt: u32,
    /// Attempts in this life of the run that failed.
    #[serde(default)]
    pub failures: u32,
    /// When it began, or its last attempt did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// When that has taken too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Who wants to do without it, while it waits for its turn to be skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped_by: Option<String>,
    /// Where it stands, in its work's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What later stages may read.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub outputs: Map<String, Value>,
    /// What somebody decided, where the stage waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// That somebody let it through a freeze.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thaw: Option<Thaw>,
    /// Attempts before the last one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
}

/// An attempt that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attempt {
    /// Its number.
    pub number: u32,
    /// When it began, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// When it was over.
    pub ended: Timestamp,
    /// How it failed; nothing: it did not, and the stage was run again by a restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// What somebody decided in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// That somebody let it through a freeze.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thaw: Option<Thaw>,
}

impl StageRun {
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            standing: Standing::Waiting,
            attempt: 0,
            failures: 0,
            began: None,
            deadline: None,
            skipped_by: None,
            message: None,
            outputs: Map::new(),
            decision: None,
            thaw: None,
            attempts: Vec::new(),
        }
    }

    /// When something happens to it by itself.
    pub(super) fn next_wake(&self, paused: bool) -> Option<Timestamp> {
        let own = match &self.standing {
            Standing::Window { until, .. } | Standing::BackingOff { until } => {
                Some(*until).filter(|_| !paused)
            }
            Standing::Frozen { by } => by.iter().filter_map(|hold| hold.until).min().filter(|_| !paused),
            Standing::Running { done_at } => *done_at,
            Standing::Stopping { since, own: true, .. } => Some(STOP_PATIENCE.after(*since)),
            Standing::Stopping { own: false, .. }
            | Standing::Waiting
            | Standing::Asking
            | Standing::Ready
            | Standing::Before
            | Standing::Starting
            | Standing::After
            | Standing::Recovering { .. }
            | Standing::Ended(_) => None,
        };
        let deadline = self.deadline.filter(|_| self.standing.is_timed());
        own.into_iter().chain(deadline).min()
    }

    /// Keeps what there is to know of the attempt that is over, and forgets the oldest one where they get too many.
    pub(crate) fn remember(&mut self, fault: Option<Fault>, now: Timestamp) {
        // Another attempt is let through by the same word; it is told once.
        let (decision, thaw) = (self.decision.take(), self.thaw.clone());
        let attempt = Attempt { number: self.attempt, began: self.began, ended: now, fault, decision, thaw };
        self.attempts.push(attempt);
        let excess = self.attempts.len().saturating_sub(MOST_ATTEMPTS);
        self.attempts.drain(..excess);
    }

    /// As if it had not run; the attempts stay.
    pub(crate) fn reset(&mut self, now: Timestamp) {
        if self.attempt > 0 && self.attempts.last().is_none_or(|last| last.number != self.attempt) {
            let ended = self.standing.end().map_or(now, |end| end.at);
            self.remember(None, ended);
        }
        let Self { id, attempt, attempts, .. } = self;
        *self = Self { attempt: *attempt, attempts: std::mem::take(attempts), ..Self::new(id) };
    }
}

/// The text, cut where it is too long to be kept with every change.
pub(crate) fn words(mut text: String) -> String {
    if text.len() > MOST_WORDS {
        text.truncate(text.floor_char_boundary(MOST_WORDS));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{MOST_ATTEMPTS, StageRun, words};

    #[test]
    fn only_the_last_attempts_are_kept() {
        let mut stage = StageRun::new("build");
        for number in 1..=25 {
            stage.attempt = number;
            stage.remember(None, Timestamp::UNIX_EPOCH);
        }
        assert_eq!((stage.attempts.len(), stage.attempts[0].number), (MOST_ATTEMPTS, 16));
        stage.reset(Timestamp::UNIX_EPOCH);
        assert_eq!((stage.attempt, stage.attempts.len()), (25, MOST_ATTEMPTS), "25 is remembered already");
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        let cut = words("ü".repeat(5_000));
        assert_eq!(cut.chars().count(), 1_025);
        assert_eq!(words("short".to_owned()), "short");
    }
}
