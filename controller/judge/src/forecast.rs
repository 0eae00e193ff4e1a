//! What a release is going to tell at a rate of requests: how small a regression fails it in the time it has, and how long an equal one takes to pass.
//!
//! The judge itself is asked, with the counts that are expected: each block has what the shares come to so far, rounded down, less what earlier blocks had.
//! That is a typical release, without luck of either kind; half of all take longer.

use crate::{Block, Criteria, Decision, Sequential, Threshold, TrackBlock};

/// Requests that a block has at least on the smaller of both sides: a block with less than one request tells nothing, and many of them take long.
const FEWEST: f64 = 5.0;
/// A block is no longer than this part of the time before it, so that a day is some thousand blocks.
const FINEST: f64 = 500.0;
/// Halvings of a share: a hundredth of a percent of it.
const HALVINGS: u8 = 14;

/// Requests a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// What the canary is compared with: baseline, or stable.
    pub control: f64,
    /// The release.
    pub canary: f64,
    /// Stable beside a baseline; 0: it is the control.
    pub stable: f64,
}

/// How a track's requests end, fractions.
#[derive(Clone, Copy)]
struct Behaviour {
    /// Those that end in an upstream error.
    errors: f64,
    /// Those that are slower than every threshold, beside what the control has above each.
    slow: f64,
}

/// A release to come.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// What counts as worse.
    pub criteria: Criteria,
    /// How many requests there are.
    pub rates: Rates,
    /// Share of errors of what runs now.
    pub errors: f64,
}

impl Forecast {
    /// Least share of errors of the canary, all in all, that fails a typical release within `seconds`; `None`: not even if every request fails.
    #[must_use]
    pub fn least_errors(&self, seconds: f64) -> Option<f64> {
        least(self.errors, |errors| self.fails(Behaviour { errors, slow: 0.0 }, seconds))
    }

    /// Least share of the canary's requests that has to become slower than nearly all of the control's to fail a typical release within `seconds`.
    #[must_use]
    pub fn least_slow(&self, seconds: f64) -> Option<f64> {
        least(0.0, |slow| self.fails(Behaviour { slow, ..self.equal() }, seconds))
    }

    /// Seconds until a typical release that is as good as its control passes; `None`: not within `most` seconds.
    #[must_use]
    pub fn seconds_until_pass(&self, most: f64) -> Option<f64> {
        self.until(Decision::Pass, self.equal(), most)
    }

    fn fails(&self, canary: Behaviour, seconds: f64) -> bool {
        self.until(Decision::Fail, canary, seconds).is_some()
    }

    const fn equal(&self) -> Behaviour {
        Behaviour { errors: self.errors, slow: 0.0 }
    }

    /// Seconds until the judge says so of such a canary.
    fn until(&self, wanted: Decision, canary: Behaviour, most: f64) -> Option<f64> {
        let Rates { control: control_rate, canary: canary_rate, stable: stable_rate } = self.rates;
        let smaller = control_rate.min(canary_rate);
        if smaller.is_nan() || smaller <= 0.0 {
            return None;
        }
        let shortest = (FEWEST / smaller).ceil().max(1.0);
        let thresholds = Threshold::QUANTILES.map(|quantile| Threshold { quantile, micros: 0 }).to_vec();
        let mut judge = Sequential::without_intervals(self.criteria.clone(), thresholds);
        let mut at = 0.0;
        while at < most {
            let (from, to) = (at, at + shortest.max((at / FINEST).floor()));
            let track =
                |rate, behaviour| less(&expected(rate, behaviour, to), &expected(rate, behaviour, from));
            let stable = Some(track(stable_rate, self.equal())).filter(|stable| stable.requests > 0);
            let (control, canary) = (track(control_rate, self.equal()), track(canary_rate, canary));
            judge.observe(&Block { control, canary, stable });
            at = to;
            if judge.decision() == wanted {
                return Some(at);
            }
        }
        None
    }
}

/// What a track has had by then.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates and times are not negative, and small"
)]
fn expected(rate: f64, behaviour: Behaviour, seconds: f64) -> TrackBlock {
    let requests = rate * seconds;
    let of = |share: f64| (requests * share.clamp(0.0, 1.0)).floor() as u64;
    let above =
        Threshold::QUANTILES.map(|quantile| of((1.0 - quantile) * (1.0 - behaviour.slow) + behaviour.slow));
    TrackBlock { requests: of(1.0), errors: of(behaviour.errors), timed: of(1.0), above: above.to_vec() }
}

fn less(now: &TrackBlock, before: &TrackBlock) -> TrackBlock {
    TrackBlock {
        requests: now.requests.saturating_sub(before.requests),
        errors: now.errors.saturating_sub(before.errors),
        timed: now.timed.saturating_sub(before.timed),
        above: now.above.iter().zip(&before.above).map(|(now, before)| now.saturating_sub(*before)).collect(),
    }
}

/// The least share above `low` of which it is true, where it is true of all above it, too.
fn least(mut low: f64, is_so: impl Fn(f64) -> bool) -> Option<f64> {
    let mut high = 1.0;
    if !is_so(high) {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if is_so(middle) { high = middle } else { low = middle }
    }
    Some(high)
}
