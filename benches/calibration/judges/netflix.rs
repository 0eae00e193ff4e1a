//! Kayenta's: a sample each ten seconds of three metrics (share of errors, mean and 99th percentile of the latency) in two groups of equal weight, judged each two minutes, growing.

use std::collections::BTreeMap;

use weir_judge::kayenta::decision::stops;
use weir_judge::netflix::config::CanaryConfig;
use weir_judge::netflix::judgement::{Pair, Total, judge};
use weir_judge::netflix::quirks::Quirks;
use weir_judge::netflix::score::ScoreThresholds;

use super::{Judge, Outcome, quantile};
use crate::second::{Second, Track};

const STEP: u32 = 10;
const INTERVAL: u32 = 120;
/// What a stage begins with.
const THRESHOLDS: ScoreThresholds = ScoreThresholds { pass: 75.0, marginal: 50.0 };
const CONFIG: &str = r#"{
  "name": "calibration", "applications": ["bench"],
  "metrics": [
    {"name": "errors", "groups": ["errors"], "analysisConfigurations": {"canary": {"direction": "increase"}}},
    {"name": "mean", "groups": ["latency"], "analysisConfigurations": {"canary": {"direction": "increase"}}},
    {"name": "p99", "groups": ["latency"], "analysisConfigurations": {"canary": {"direction": "increase"}}}
  ],
  "classifier": {"groupWeights": {"errors": 50, "latency": 50}}
}"#;
const METRICS: [&str; 3] = ["errors", "mean", "p99"];

pub(super) struct Netflix {
    config: CanaryConfig,
    quirks: Quirks,
    seconds: u32,
    /// Since the last sample, of control and experiment.
    now: [Track; 2],
    /// Samples by metric.
    samples: [[Vec<f64>; 3]; 2],
}

impl Netflix {
    pub(super) fn kayenta(seconds: u32) -> Self {
        Self::new(Quirks::KAYENTA, seconds)
    }

    pub(super) fn fixed(seconds: u32) -> Self {
        Self::new(Quirks::FIXED, seconds)
    }

    fn new(quirks: Quirks, seconds: u32) -> Self {
        let config = CanaryConfig::parse(CONFIG).expect("a config");
        Self { config, quirks, seconds, now: Default::default(), samples: Default::default() }
    }

    fn total(&self) -> Total {
        let pairs: Vec<Pair> = METRICS
            .iter()
            .enumerate()
            .map(|(index, name)| Pair {
                name: (*name).to_owned(),
                id: String::new(),
                tags: BTreeMap::new(),
                control: self.samples[0][index].clone(),
                experiment: self.samples[1][index].clone(),
            })
            .collect();
        judge(&self.config, &pairs, THRESHOLDS, self.quirks).expect("a judgement").score
    }
}

impl Judge for Netflix {
    fn look(&mut self, second: &Second, at: u32) -> Option<Outcome> {
        for (now, track) in self.now.iter_mut().zip([&second.baseline, &second.canary]) {
            now.requests += track.requests;
            now.errors += track.errors;
            now.latencies.extend(&track.latencies);
        }
        if at.is_multiple_of(STEP) {
            for (now, samples) in self.now.iter_mut().zip(&mut self.samples) {
                // In percent, so that upstream's search for the bounds has something to find.
                samples[0].push(100.0 * now.errors as f64 / now.requests as f64);
                samples[1].push(now.latencies.iter().sum::<u64>() as f64 / now.latencies.len() as f64);
                samples[2].push(quantile(&mut now.latencies, 0.99));
                *now = Track::default();
            }
        }
        if !at.is_multiple_of(INTERVAL) && at != self.seconds {
            return None;
        }
        let Total { score, is_undecided, .. } = self.total();
        if is_undecided {
            return None;
        }
        if stops(score, THRESHOLDS.marginal) {
            return Some(Outcome::Abort);
        }
        let last = if score >= THRESHOLDS.pass { Outcome::Promote } else { Outcome::Abort };
        (at == self.seconds).then_some(last)
    }
}
