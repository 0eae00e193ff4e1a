//! The requests of one second.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Poisson, StandardNormal};
use weir_judge::Threshold;

use crate::scenario::{Behaviour, Common, Scenario};

/// Latencies of the control before the release, from which thresholds are taken.
const BEFORE: usize = 5_000;
/// Median latency, microseconds.
const MEDIAN: f64 = 20_000.0;

/// What one track did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    /// Of each request, microseconds. Empty for stable, whose latency nobody compares.
    pub(crate) latencies: Vec<u64>,
}

/// What all tracks did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Second {
    pub(crate) stable: Track,
    pub(crate) baseline: Track,
    pub(crate) canary: Track,
}

/// A release that never happened.
pub(crate) struct Release {
    scenario: Scenario,
    random: StdRng,
    /// The control's quantiles before it.
    pub(crate) thresholds: Vec<Threshold>,
}

impl Release {
    /// The same seed and number give the same release.
    pub(crate) fn new(scenario: &Scenario, seed: u64, number: usize) -> Self {
        let mut random =
            StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number as u64));
        let mut before: Vec<u64> = (0..BEFORE).map(|_| latency(&mut random, Behaviour::HEALTHY)).collect();
        before.sort_unstable();
        let at = |quantile: f64| before[((quantile * BEFORE as f64) as usize).min(BEFORE - 1)];
        let thresholds =
            Threshold::QUANTILES.map(|quantile| Threshold { quantile, micros: at(quantile) }).to_vec();
        Self { scenario: *scenario, random, thresholds }
    }

    pub(crate) fn second(&mut self, at: u32) -> Second {
        let Scenario { rate, canary, common, .. } = self.scenario;
        let time = f64::from(at);
        let wave = 1.0 + 0.8 * (time / 60.0 * std::f64::consts::TAU).sin();
        let (load, errors, scale) = match common {
            Common::Drift => (wave, wave, wave),
            Common::Diurnal => {
                let grown = 0.2 + 1.6 * time / 600.0;
                (grown, grown, 1.0)
            }
            Common::Calm | Common::Bursts | Common::ColdStart => (1.0, 1.0, 1.0),
        };
        let cold = if common == Common::ColdStart && at <= 30 { 5.0 } else { 1.0 };
        let mut track = |behaviour: Behaviour, rate: f64, fresh: f64, is_timed: bool| {
            let burst = common == Common::Bursts && self.random.random_bool(0.05);
            let errors = if burst { 0.1 } else { behaviour.errors * errors };
            let behaviour = Behaviour { errors, scale: behaviour.scale * scale * fresh, ..behaviour };
            requests(&mut self.random, behaviour, rate * load, is_timed)
        };
        Second {
            stable: track(Behaviour::HEALTHY, rate * 8.0, 1.0, false),
            baseline: track(Behaviour::HEALTHY, rate, cold, true),
            canary: track(canary, rate, cold, true),
        }
    }
}

fn requests(random: &mut StdRng, behaviour: Behaviour, rate: f64, is_timed: bool) -> Track {
    let requests = Poisson::new(rate).map_or(0, |poisson| poisson.sample(random) as u64);
    let errors = (0..requests).filter(|_| random.random_bool(behaviour.errors.min(1.0))).count() as u64;
    let timed = if is_timed { requests } else { 0 };
    Track { requests, errors, latencies: (0..timed).map(|_| latency(random, behaviour)).collect() }
}

fn latency(random: &mut StdRng, behaviour: Behaviour) -> u64 {
    let normal: f64 = StandardNormal.sample(random);
    let body = MEDIAN * behaviour.scale * (behaviour.sigma * normal).exp();
    let is_slow = behaviour.slow_share > 0.0 && random.random_bool(behaviour.slow_share);
    (if is_slow { body * behaviour.slow_factor } else { body }) as u64
}
