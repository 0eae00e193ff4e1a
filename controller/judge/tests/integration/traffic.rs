//! Simulated traffic: Poisson arrivals in blocks of one second, independent requests.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Poisson, StandardNormal};
use weir_judge::{Counts, Threshold, TrackBlock};

/// A generator for one simulated release: the same seed and number give the same release.
pub(crate) fn release(seed: u64, number: u64) -> StdRng {
    StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number))
}

/// A Poisson number with this mean; small ones by inversion, from a single random number.
pub(crate) fn poisson(rng: &mut StdRng, mean: f64) -> u64 {
    if mean > 30.0 {
        return Poisson::new(mean).unwrap().sample(rng) as u64;
    }
    let mut left: f64 = rng.random();
    let (mut k, mut mass) = (0, (-mean).exp());
    while left >= mass && mass > 0.0 {
        left -= mass;
        k += 1;
        mass *= mean / k as f64;
    }
    k
}

/// One track's block: Poisson requests at `rate`, each with the property at `share` (thinned: hits and misses are independent).
pub(crate) fn counts(rng: &mut StdRng, rate: f64, share: f64) -> Counts {
    let k = poisson(rng, rate * share);
    Counts::new(k + poisson(rng, rate * (1.0 - share)), k)
}

/// Latency: lognormal around 20 ms, and a share of requests whose latency is multiplied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    pub(crate) sigma: f64,
    pub(crate) slow_share: f64,
    pub(crate) slow_factor: f64,
}

impl Latency {
    pub(crate) const HEALTHY: Self = Self { sigma: 0.6, slow_share: 0.0, slow_factor: 1.0 };

    /// One request's latency in microseconds.
    pub(crate) fn draw(self, rng: &mut StdRng) -> u64 {
        let normal: f64 = StandardNormal.sample(rng);
        let body = 20_000.0 * (self.sigma * normal).exp();
        let slow = self.slow_share > 0.0 && rng.random_bool(self.slow_share);
        (if slow { body * self.slow_factor } else { body }) as u64
    }
}

/// Thresholds from a window of `requests` of the control, as the controller takes them before a release.
pub(crate) fn thresholds(rng: &mut StdRng, latency: Latency, requests: usize) -> Vec<Threshold> {
    let mut window: Vec<u64> = (0..requests).map(|_| latency.draw(rng)).collect();
    window.sort_unstable();
    let at = |quantile: f64| window[((quantile * requests as f64) as usize).min(requests - 1)];
    Threshold::QUANTILES.map(|quantile| Threshold { quantile, micros: at(quantile) }).to_vec()
}

/// One track in one second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) rate: f64,
    pub(crate) errors: f64,
    pub(crate) latency: Latency,
}

impl Load {
    pub(crate) fn healthy(rate: f64) -> Self {
        Self { rate, errors: 0.005, latency: Latency::HEALTHY }
    }

    pub(crate) fn block(self, rng: &mut StdRng, thresholds: &[Threshold]) -> TrackBlock {
        let Counts { n, k } = counts(rng, self.rate, self.errors);
        let mut above = vec![0; thresholds.len()];
        for _ in 0..n {
            let micros = self.latency.draw(rng);
            for (count, threshold) in above.iter_mut().zip(thresholds) {
                *count += u64::from(micros > threshold.micros);
            }
        }
        TrackBlock { requests: n, errors: k, timed: n, above }
    }

    /// Without latencies: for stable, whose latency is never compared.
    pub(crate) fn errors_only(self, rng: &mut StdRng) -> TrackBlock {
        let Counts { n, k } = counts(rng, self.rate, self.errors);
        TrackBlock { requests: n, errors: k, timed: 0, above: Vec::new() }
    }
}

/// The smallest value that at least `share` of the releases reached; `None` counts as never.
pub(crate) fn quantile<T: Copy + PartialOrd>(values: &[Option<T>], share: f64) -> Option<T> {
    let mut sorted: Vec<Option<T>> = values.to_vec();
    sorted.sort_by(|left, right| match (left, right) {
        (Some(left), Some(right)) => left.partial_cmp(right).unwrap(),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => std::cmp::Ordering::Equal,
    });
    let index = ((share * sorted.len() as f64).ceil() as usize).max(1) - 1;
    sorted[index]
}

/// A quantile for people.
pub(crate) fn show<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "never".to_owned(), |value| format!("{value:.1}"))
}
