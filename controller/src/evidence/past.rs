//! What stable served before a release, as the control of a version that serves everything. Pure.
//!
//! Invariant: each block of the past is used once, so that the test stays one of independent blocks; when they are used up, there is no more evidence.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use weir_judge::{Block, TrackBlock};

use super::trace::sum;

/// Parts that each block is cut into. They are equal: the evidence is convex in what the control counted, so equal parts say no more than parts drawn
/// at random would.
const PARTS: u64 = 10;

/// What is left of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Past {
    /// Latest last: the nearest past is the likeliest to be like the present.
    left: VecDeque<TrackBlock>,
}

impl Past {
    /// Blocks, oldest first.
    pub(super) fn new(blocks: &VecDeque<TrackBlock>) -> Self {
        Self { left: blocks.iter().flat_map(|block| (0..PARTS).map(|part| cut(block, part))).collect() }
    }

    /// As many requests of the past as were served now; `None` where nothing was served or nothing is left.
    pub(super) fn beside(&mut self, served: TrackBlock) -> Option<Block> {
        let mut control = TrackBlock::default();
        while control.requests < served.requests {
            let Some(part) = self.left.pop_back() else { break };
            control = sum(&control, &part);
        }
        (control.requests > 0).then_some(Block { control, canary: served, stable: None })
    }
}

fn cut(block: &TrackBlock, part: u64) -> TrackBlock {
    let of = |count: u64| (count * (part + 1)) / PARTS - (count * part) / PARTS;
    TrackBlock {
        requests: of(block.requests),
        errors: of(block.errors),
        timed: of(block.timed),
        above: block.above.iter().copied().map(of).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::Past;
    use weir_judge::TrackBlock;

    fn block(requests: u64, errors: u64) -> TrackBlock {
        TrackBlock { requests, errors, timed: requests, above: vec![errors, 0] }
    }

    #[test]
    fn the_past_is_spent_once_and_as_fast_as_the_present_goes() {
        let mut past = Past::new(&(0..40).map(|n| block(1003, n)).collect());
        let mut spent = (0, 0, 0);
        for look in 0..40 * 20 {
            let Some(taken) = past.beside(block(50, 1)) else { break };
            assert!((50..=151).contains(&taken.control.requests) || look > 350, "{taken:?}");
            assert_eq!(taken.control.errors, taken.control.above[0]);
            spent.0 += taken.control.requests;
            spent.1 += taken.control.errors;
            spent.2 += 1;
        }
        assert_eq!(spent, (40 * 1003, (0..40).sum(), 400), "all of it, each part once");
        assert_eq!(Past::default().beside(block(1000, 1000)), None, "no past, no evidence");
    }
}
