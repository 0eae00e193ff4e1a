//! Where a function crosses zero: Brent's method, step for step as in R's `zeroin`.
//!
//! A rank statistic is a step function, so that which point near a step is returned is decided by the path of the search. Verdicts follow from that
//! point, and that is why it is the same search to the letter. Source: R. P. Brent, Algorithms for Minimization without Derivatives (1973), chapter 4, in the
//! form of R's `zeroin.c`.

/// Steps after which the best point so far is taken.
const MAX_STEPS: u32 = 1001;

/// A point of the search: the argument and the function's value there.
#[derive(Clone, Copy, Debug)]
struct Point {
    at: f64,
    value: f64,
}

/// A point between `lower` and `upper` within `tolerance` of which `function` changes its sign. Where it does not change its sign there, an end.
#[must_use]
pub fn root(mut function: impl FnMut(f64) -> f64, lower: f64, upper: f64, tolerance: f64) -> f64 {
    let mut a = Point { at: lower, value: function(lower) };
    if a.value == 0.0 {
        return a.at;
    }
    let mut b = Point { at: upper, value: function(upper) };
    if b.value == 0.0 {
        return b.at;
    }
    let mut c = a;
    for _ in 0..MAX_STEPS {
        let previous = b.at - a.at;
        if c.value.abs() < b.value.abs() {
            a = b;
            b = c;
            c = a;
        }
        let enough = 2.0 * f64::EPSILON * b.at.abs() + tolerance / 2.0;
        let half = (c.at - b.at) / 2.0;
        if half.abs() <= enough || b.value == 0.0 {
            return b.at;
        }
        let step = if previous.abs() >= enough && a.value.abs() > b.value.abs() {
            interpolated((a, b, c), previous, enough).unwrap_or(half)
        } else {
            half
        };
        a = b;
        b.at += if step.abs() >= enough {
            step
        } else if step > 0.0 {
            enough
        } else {
            -enough
        };
        b.value = function(b.at);
        if (b.value > 0.0 && c.value > 0.0) || (b.value < 0.0 && c.value < 0.0) {
            c = a;
        }
    }
    b.at
}

/// The step to where a line or an inverse parabola through the points crosses zero; `None` where halving is safer.
#[expect(clippy::many_single_char_names, reason = "the names that the method has in every text about it")]
fn interpolated((a, b, c): (Point, Point, Point), previous: f64, enough: f64) -> Option<f64> {
    let width = c.at - b.at;
    let (mut p, mut q);
    #[expect(clippy::float_cmp, reason = "the very same point, or another one")]
    if a.at == c.at {
        let ratio = b.value / a.value;
        p = width * ratio;
        q = 1.0 - ratio;
    } else {
        q = a.value / c.value;
        let (first, second) = (b.value / c.value, b.value / a.value);
        p = second * (width * q * (q - first) - (b.at - a.at) * (first - 1.0));
        q = (q - 1.0) * (first - 1.0) * (second - 1.0);
    }
    if p > 0.0 {
        q = -q;
    } else {
        p = -p;
    }
    (p < 0.75 * width * q - (enough * q).abs() / 2.0 && p < (previous * q / 2.0).abs()).then(|| p / q)
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn a_smooth_function_is_found_to_its_tolerance() {
        let cube = root(|x| x * x * x - 2.0, 0.0, 2.0, 1e-12);
        assert!((cube - 2f64.cbrt()).abs() < 1e-11, "{cube}");
        let steep = root(|x| (x - 0.25).exp() - 1.0, -10.0, 10.0, 1e-12);
        assert!((steep - 0.25).abs() < 1e-11, "{steep}");
    }

    #[test]
    fn an_end_that_is_a_root_is_it() {
        assert!((root(|x| x, 0.0, 1.0, 1e-4)).abs() < f64::EPSILON);
        assert!((root(|x| x - 1.0, 0.0, 1.0, 1e-4) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_step_is_found_within_the_tolerance_from_either_side() {
        for at in [-3.0, 0.1, 4.9] {
            let found = root(|x| if x < at { 1.0 } else { -1.0 }, -5.0, 5.0, 1e-4);
            assert!((found - at).abs() <= 1e-4, "{found} for {at}");
        }
    }

    #[test]
    fn what_never_crosses_ends() {
        assert!(root(|_| 1.0, 0.0, 1.0, 1e-4).is_finite());
        assert!(root(|_| f64::NAN, 0.0, 1.0, 1e-4).is_nan() || root(|_| f64::NAN, 0.0, 1.0, 1e-4) <= 1.0);
    }
}
