//! Whether two samples have another shape: what neither ranks nor means see.

use super::percentile::sorted;

/// The greatest distance of the two empirical distributions, and the probability of so large a one, or more, where they are one: the test of Kolmogorov and
/// Smirnov with its limiting distribution, which is a little too careful with few values.
#[must_use]
pub fn distance(x: &[f64], y: &[f64]) -> (f64, f64) {
    let (x, y) = (sorted(x), sorted(y));
    let (nx, ny) = (x.len() as f64, y.len() as f64);
    let (mut i, mut j, mut most) = (0_usize, 0_usize, 0.0_f64);
    while let (Some(&a), Some(&b)) = (x.get(i), y.get(j)) {
        let value = a.min(b);
        i += x.iter().skip(i).take_while(|a| **a <= value).count();
        j += y.iter().skip(j).take_while(|b| **b <= value).count();
        most = most.max((i as f64 / nx - j as f64 / ny).abs());
    }
    (most, probability(most * (nx * ny / (nx + ny)).sqrt()))
}

/// Of more than `k` in Kolmogorov's distribution.
fn probability(k: f64) -> f64 {
    if k < 0.2 {
        return 1.0;
    }
    let terms = (1..=100).map(|j| {
        let j = f64::from(j);
        let sign = if j % 2.0 == 0.0 { -1.0 } else { 1.0 };
        sign * (-2.0 * (j * k).powi(2)).exp()
    });
    (2.0 * terms.sum::<f64>()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::{distance, probability};

    #[test]
    fn distances_are_those_of_the_definition() {
        let (d, p) = distance(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 4.0]);
        assert!(d < 1e-12 && p > 0.999);
        let (d, _) = distance(&[1.0, 2.0], &[3.0, 4.0]);
        assert!((d - 1.0).abs() < 1e-12);
        let (d, _) = distance(&[0.0, 0.0, 5.0], &[0.0, 5.0, 5.0]);
        assert!((d - 1.0 / 3.0).abs() < 1e-12);
    }

    /// Smirnov's table (1948): 1.3581 at 5 %, 1.6276 at 1 %.
    #[test]
    fn probabilities_are_those_of_the_table() {
        assert!((probability(1.3581) - 0.05).abs() < 1e-4 && (probability(1.6276) - 0.01).abs() < 1e-4);
    }
}
