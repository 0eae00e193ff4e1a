//! A release judged again: the blocks of before, under any criteria, and where the judge first said what.
//!
//! Invariant: under the criteria of the release itself the answers come at the blocks at which they came then.

use serde::{Deserialize, Serialize};

use crate::{Block, Criteria, Decision, Sequential, Threshold};

/// What the judge said about one release, and when first. `At` is how the caller marks a block: its number, or its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answers<At> {
    /// When it first said fail; a fail is final.
    pub fail: Option<Moment<At>>,
    /// When it first said pass; a fail may come after it.
    pub pass: Option<Moment<At>>,
    /// Requests of the canary that it was told about.
    pub canary_requests: u64,
    /// Those of them that ended in an error.
    pub canary_errors: u64,
}

/// The block with which an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment<At> {
    /// The block.
    pub at: At,
    /// Requests of the canary until then, with those of this block.
    pub canary_requests: u64,
    /// Those of them that ended in an error.
    pub canary_errors: u64,
}

impl<At> Default for Answers<At> {
    /// Nothing was said yet.
    fn default() -> Self {
        Self { fail: None, pass: None, canary_requests: 0, canary_errors: 0 }
    }
}

impl<At> Answers<At> {
    /// Takes in what the judge says once it has seen `block`.
    pub fn see(&mut self, decision: Decision, at: At, block: &Block) {
        self.canary_requests = self.canary_requests.saturating_add(block.canary.requests);
        self.canary_errors = self.canary_errors.saturating_add(block.canary.errors);
        let Self { canary_requests, canary_errors, .. } = *self;
        let first = match decision {
            Decision::Fail => &mut self.fail,
            Decision::Pass => &mut self.pass,
            Decision::Insufficient | Decision::NoData => return,
        };
        first.get_or_insert(Moment { at, canary_requests, canary_errors });
    }

    /// All of it in one word: a fail whatever came before, then a pass.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match (&self.fail, &self.pass) {
            (Some(_), _) => Decision::Fail,
            (None, Some(_)) => Decision::Pass,
            (None, None) if self.canary_requests == 0 => Decision::NoData,
            (None, None) => Decision::Insufficient,
        }
    }
}

/// What the judge would have said with these criteria. `thresholds` are those that the blocks were counted against.
pub fn replay<'b, At>(
    criteria: &Criteria,
    thresholds: &[Threshold],
    blocks: impl IntoIterator<Item = (At, &'b Block)>,
) -> Answers<At> {
    let mut judge = Sequential::without_intervals(criteria.clone(), thresholds.to_vec());
    let mut answers = Answers::default();
    for (at, block) in blocks {
        judge.observe(block);
        answers.see(judge.decision(), at, block);
    }
    answers
}
