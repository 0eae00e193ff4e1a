//! The blocks that the judge was given for one release, in order: what it takes to judge the release again. Pure and bounded.
//!
//! Invariant: until blocks are joined, a judge that is given them decides where the release's own did. Joined are neighbours under the same weight only: the sum
//! of others would compare another mixture of requests.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_api::{Share, Timestamp};
use weir_judge::replay::{Answers, replay};
use weir_judge::{Block, Criteria, Threshold};

use traced::Traced;

pub(super) use traced::sum;

mod traced;

/// Blocks that are kept; of more, neighbours are joined.
pub(crate) const MOST: usize = 600;

/// The blocks of one release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Trace {
    /// When the first block ended.
    since: Option<Timestamp>,
    /// Looks that one block may hold: twice as many whenever there are too many blocks, so that all are about as wide.
    width: u64,
    blocks: Vec<Traced>,
}

/// What is read: a trace, or the blocks that an older checkpoint kept until thresholds were known.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Trace { since: Option<Timestamp>, width: u64, blocks: Vec<Traced> },
    Pending(Vec<Block>),
}

impl From<Stored> for Trace {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Trace { since, width, blocks } => Self { since, width, blocks },
            Stored::Pending(blocks) => {
                // Their times are not known: they count as of the first block to come.
                let of = |block| Traced { millis: 0, weight: Share::ZERO, looks: 1, block };
                Self { since: None, width: 1, blocks: blocks.into_iter().map(of).collect() }
            }
        }
    }
}

impl Trace {
    /// Adds a block that ended `now`.
    pub(super) fn push(&mut self, now: Timestamp, weight: Share, block: Block) {
        let since = *self.since.get_or_insert(now);
        self.width = self.width.max(1);
        let millis = u64::try_from(now.since(since).as_millis()).unwrap_or(u64::MAX);
        self.add(Traced { millis, weight, looks: 1, block });
        if self.blocks.len() > MOST {
            self.thin();
        }
    }

    /// Adds a block, or joins it to one with room for it.
    fn add(&mut self, traced: Traced) {
        let room = self.width.saturating_sub(traced.looks);
        // Blocks of copies and of requests take turns: the last one may be of the other kind.
        let near = self.blocks.iter().rev().take(2).take_while(|last| last.weight == traced.weight);
        let found = near.enumerate().find(|(_, last)| last.is_like(&traced) && last.looks <= room);
        let found = found.map(|(back, _)| self.blocks.len().saturating_sub(back.saturating_add(1)));
        let traced = match found {
            Some(index) => self.blocks.remove(index).joined(&traced),
            None => traced,
        };
        self.blocks.push(traced);
    }

    fn thin(&mut self) {
        self.width = self.width.saturating_mul(2);
        for traced in std::mem::take(&mut self.blocks) {
            self.add(traced);
        }
        if self.blocks.len() > MOST / 4 * 3 {
            // Weights change at nearly every look: to be bounded is worth more than to compare like with like.
            let pairs = self.blocks.chunks(2);
            let join = |pair: &[Traced]| pair.iter().cloned().reduce(|first, second| first.joined(&second));
            self.blocks = pairs.filter_map(join).collect();
        }
    }

    /// Thresholds came later than these blocks: their errors count, and their latencies were counted against nothing.
    pub(super) fn forget_latencies(&mut self) {
        for Traced { block: Block { control, canary, stable }, .. } in &mut self.blocks {
            for side in [control, canary].into_iter().chain(stable) {
                (side.timed, side.above) = (0, Vec::new());
            }
        }
    }

    /// Each block with when it ended.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (Timestamp, &Block)> {
        let since = self.since.unwrap_or(Timestamp::from_unix_micros(0));
        self.blocks
            .iter()
            .map(move |traced| (since.plus(Duration::from_millis(traced.millis)), &traced.block))
    }

    /// Number of the blocks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether the judge was given nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// What the judge would have said with these criteria.
    #[must_use]
    pub fn replay(&self, criteria: &Criteria, thresholds: &[Threshold]) -> Answers<Timestamp> {
        replay(criteria, thresholds, self.blocks())
    }
}

#[cfg(test)]
mod tests;
