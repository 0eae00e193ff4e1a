//! One level of a windowed draw.
//!
//! For a share w, the j-th turn falls on a random slot of its own window [floor(j/w), floor((j+1)/w)). So every prefix of n requests has more than
//! n w - 1 and less than n w + 1 of them, and the order has no period. For w > 1/2 the windows are those of the complement. All integers: j/w is
//! j * denominator / numerator, and after `numerator` windows the requests are exactly `denominator`, where counting starts from zero again.

use crate::fraction::Fraction;
use crate::random::Random;

/// State of one level.
#[derive(Clone, Debug)]
pub struct Draw {
    share: Fraction,
    plan: Plan,
}

#[derive(Clone, Debug)]
enum Plan {
    /// Share 0 or 1: always the same.
    Always(bool),
    Windows(Windows),
}

#[derive(Clone, Debug)]
struct Windows {
    /// What the drawn slot means; the others mean the opposite.
    drawn: bool,
    /// The share of drawn slots, at most 1/2.
    share: Fraction,
    /// Index of the current window, less than the share's numerator.
    window: u64,
    /// Requests since the cycle began.
    at: u64,
    /// The drawn slot of the current window.
    slot: u64,
    /// First slot after the current window.
    end: u64,
}

impl Draw {
    /// Starts at the beginning of a window.
    #[must_use]
    pub fn new(share: Fraction, random: &mut Random) -> Self {
        let plan = match (share.numerator(), share.rest().numerator()) {
            (0, _) => Plan::Always(false),
            (_, 0) => Plan::Always(true),
            (parts, rest) if parts <= rest => Plan::Windows(Windows::new(true, share, random)),
            _ => Plan::Windows(Windows::new(false, share.rest(), random)),
        };
        Self { share, plan }
    }

    /// The draw in `place`, begun anew where its share is another one.
    pub(crate) fn of<'d>(place: &'d mut Option<Self>, share: Fraction, random: &mut Random) -> &'d mut Self {
        if place.as_ref().is_none_or(|draw| draw.share != share) {
            *place = None;
        }
        place.get_or_insert_with(|| Self::new(share, random))
    }

    /// Whether the next request is one of the share.
    pub fn next(&mut self, random: &mut Random) -> bool {
        match &mut self.plan {
            Plan::Always(answer) => *answer,
            Plan::Windows(windows) => windows.next(random),
        }
    }
}

impl Windows {
    fn new(drawn: bool, share: Fraction, random: &mut Random) -> Self {
        let mut windows = Self { drawn, share, window: 0, at: 0, slot: 0, end: 0 };
        windows.open(random);
        windows
    }

    /// Opens the window number `self.window`, which begins at `self.at`, and draws its slot.
    fn open(&mut self, random: &mut Random) {
        let (parts, whole) = (u64::from(self.share.numerator()), u64::from(self.share.denominator()));
        self.end = ((self.window + 1) * whole).checked_div(parts).unwrap_or(u64::MAX);
        self.slot = self.at + random.below(self.end - self.at);
    }

    fn next(&mut self, random: &mut Random) -> bool {
        let hit = self.at == self.slot;
        self.at += 1;
        if self.at >= self.end {
            self.window += 1;
            if self.window >= u64::from(self.share.numerator()) {
                (self.window, self.at) = (0, 0);
            }
            self.open(random);
        }
        hit == self.drawn
    }
}
