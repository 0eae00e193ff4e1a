//! One block of a trace, and its text.
//!
//! It is a text because the files that traces stand in give every number of an array a line of its own:
//! `<milliseconds> <basis points> <looks> <control> <canary> [<stable>]`, and a side is `requests,errors[,timed,above,above..]`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use weir_api::Share;
use weir_judge::{Block, TrackBlock};

/// One block, with when it ended and under which weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Traced {
    /// Time since the first block.
    pub(super) millis: u64,
    /// Share of the canary.
    pub(super) weight: Share,
    /// Looks that it holds.
    pub(super) looks: u64,
    pub(super) block: Block,
}

impl Traced {
    /// Whether both compare the same: blocks of copies have no stable beside them.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.weight == other.weight && self.block.stable.is_some() == other.block.stable.is_some()
    }

    /// Both as one that ended when the later one did.
    pub(super) fn joined(self, later: &Self) -> Self {
        let stable = match (&self.block.stable, &later.block.stable) {
            (Some(first), Some(second)) => Some(sum(first, second)),
            (some, None) | (None, some) => some.clone(),
        };
        Self {
            millis: later.millis,
            weight: later.weight,
            looks: self.looks.saturating_add(later.looks),
            block: Block {
                control: sum(&self.block.control, &later.block.control),
                canary: sum(&self.block.canary, &later.block.canary),
                stable,
            },
        }
    }
}

/// Both together; a side without latencies adds none.
pub(in crate::evidence) fn sum(a: &TrackBlock, b: &TrackBlock) -> TrackBlock {
    let above = match (a.above.is_empty(), b.above.is_empty()) {
        (true, _) => b.above.clone(),
        (_, true) => a.above.clone(),
        _ => a.above.iter().zip(&b.above).map(|(a, b)| a.saturating_add(*b)).collect(),
    };
    TrackBlock {
        requests: a.requests.saturating_add(b.requests),
        errors: a.errors.saturating_add(b.errors),
        timed: a.timed.saturating_add(b.timed),
        above,
    }
}

impl fmt::Display for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { millis, weight, looks, block: Block { control, canary, stable } } = self;
        write!(f, "{millis} {} {looks}", weight.basis_points())?;
        for TrackBlock { requests, errors, timed, above } in [control, canary].into_iter().chain(stable) {
            write!(f, " {requests},{errors}")?;
            if *timed > 0 {
                write!(f, ",{timed}")?;
                above.iter().try_for_each(|above| write!(f, ",{above}"))?;
            }
        }
        Ok(())
    }
}

impl From<Traced> for String {
    fn from(traced: Traced) -> Self {
        traced.to_string()
    }
}

/// A text that is no block of a trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no block: it is written `<milliseconds> <basis points> <looks> <control> <canary> [<stable>]`"
)]
pub(super) struct InvalidTraced(String);

impl TryFrom<String> for Traced {
    type Error = InvalidTraced;

    fn try_from(text: String) -> Result<Self, InvalidTraced> {
        text.parse()
    }
}

impl FromStr for Traced {
    type Err = InvalidTraced;

    fn from_str(text: &str) -> Result<Self, InvalidTraced> {
        read(text).ok_or_else(|| InvalidTraced(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Traced> {
    let mut words = text.split(' ');
    let mut word = || words.next();
    let millis = word()?.parse().ok()?;
    let weight = Share::from_basis_points(word()?.parse().ok()?)?;
    let looks = word()?.parse().ok()?;
    let (control, canary) = (side(word()?)?, side(word()?)?);
    let stable = match word() {
        Some(stable) => Some(side(stable)?),
        None => None,
    };
    word().is_none().then_some(Traced { millis, weight, looks, block: Block { control, canary, stable } })
}

fn side(text: &str) -> Option<TrackBlock> {
    let mut numbers = text.split(',').map(|number| number.parse::<u64>().ok());
    let (requests, errors) = (numbers.next()??, numbers.next()??);
    let timed = match numbers.next() {
        Some(timed) => timed?,
        None => 0,
    };
    Some(TrackBlock { requests, errors, timed, above: numbers.collect::<Option<_>>()? })
}
