//! The point on the null's boundary that a bet is measured against.
//!
//! For shares `q_b`, `q_c` it is `x = argmin n_b KL(q_b || x) + n_c KL(q_c || h(x))`. The objective is strictly
//! convex, and its derivative times `x (1-x) y (1-y)` is a cubic with exactly one root between `q_b` and the `x` whose
//! `h(x)` is `q_c`; Newton steps inside that bracket, bisection where a step would leave it. No logarithms, no overflow.
//!
//! Why it matters: with this `x` the bet's expectation is 1 at `(x, h(x))` and at most 1 everywhere else in the null,
//! because the null is convex. With any other `x` only the first half holds.

use crate::Margin;

/// Shares stay this far from 0 and 1, so that no logarithm is infinite.
pub(crate) const EDGE: f64 = 1e-9;
/// Bisection alone would need about this many steps; Newton needs about five.
const STEPS: u32 = 60;

/// A point on the null's boundary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boundary {
    /// Share of the control.
    pub control: f64,
    /// Share of the canary: `h(control)`.
    pub canary: f64,
}

/// Projects shares on the boundary `canary = h(control)`; `weights` are the block's requests (control, canary).
///
/// `None` where the boundary does not cross the square of possible shares. The absolute part of `margin` may be negative
/// here, for the interval.
#[must_use]
pub fn project(margin: Margin, control: f64, canary: f64, weights: (f64, f64)) -> Option<Boundary> {
    let slope = 1.0 + margin.relative;
    let lowest = (-margin.absolute / slope).max(0.0);
    let highest = ((1.0 - margin.absolute) / slope).min(1.0);
    // The open interval's ends, as far inside as its width allows.
    let rim = (EDGE * 1e-3).min((highest - lowest) * 1e-6);
    let (first, last) = (lowest + rim, highest - rim);
    // Written so that a not-a-number is refused too.
    if !(rim > 0.0 && first < last && slope > 0.0) {
        return None;
    }
    let inverse = (canary - margin.absolute) / slope;
    let mut low = control.min(inverse).clamp(first, last);
    let mut high = control.max(inverse).clamp(first, last);
    let cubic = Cubic { margin, slope, control, canary, control_weight: weights.0, canary_weight: weights.1 };
    let mut x = start(low, high, weights, control < inverse);
    for _ in 0..STEPS {
        let (value, derivative) = cubic.at(x);
        if value > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - value / derivative;
        // False for a not-a-number, too: then bisect.
        let inside = newton > low && newton < high;
        let next = if inside { newton } else { f64::midpoint(low, high) };
        let step = (next - x).abs();
        x = next;
        // Newton squares the error, so a small step of it leaves nothing behind; bisection only halves it.
        if step <= if inside { 1e-9 * x.min(1.0 - x) } else { f64::EPSILON * x } {
            break;
        }
    }
    Some(Boundary { control: x, canary: margin.limit(x).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON) })
}

/// The exact answer for `h(x) = x`, and close to it for small margins: the weighted mean of the bracket's two ends.
fn start(low: f64, high: f64, (control, canary): (f64, f64), control_is_low: bool) -> f64 {
    let share = control / (control + canary);
    let at_low = if control_is_low { share } else { 1.0 - share };
    if at_low.is_finite() { low * at_low + high * (1.0 - at_low) } else { f64::midpoint(low, high) }
}

/// The objective's derivative, freed of its denominators.
struct Cubic {
    margin: Margin,
    slope: f64,
    control: f64,
    canary: f64,
    control_weight: f64,
    canary_weight: f64,
}

impl Cubic {
    /// Value (same sign as the derivative of the objective) and slope at `x`.
    fn at(&self, x: f64) -> (f64, f64) {
        let y = self.margin.limit(x);
        let (spread_x, spread_y) = (x * (1.0 - x), y * (1.0 - y));
        let (off_x, off_y) = (x - self.control, y - self.canary);
        let canary_weight = self.slope * self.canary_weight;
        let value = self.control_weight * off_x * spread_y + canary_weight * off_y * spread_x;
        let derivative = self.control_weight * (spread_y + off_x * (1.0 - 2.0 * y) * self.slope)
            + canary_weight * (self.slope * spread_x + off_y * (1.0 - 2.0 * x));
        (value, derivative)
    }
}
