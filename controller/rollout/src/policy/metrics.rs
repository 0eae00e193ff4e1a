//! Which metrics have a say beside requests, read from `spec.analysis.metrics`.

use std::time::Duration;

use weir_api::metric_analysis::{MetricAnalysis, MetricScope, MetricThresholds};

use super::PolicyError;
use super::steps::duration;

const FIELD: &str = "spec.analysis.metrics";
const INTERVAL: Duration = Duration::from_mins(5);
/// Upstream's.
const STEP: Duration = Duration::from_mins(1);

/// Metrics of other programs, judged by a canary config at intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Name of the `CanaryConfig`, in the Canary's own namespace.
    pub canary_config: String,
    /// Time between two judgements; never nothing.
    pub interval: Duration,
    /// Left out at the beginning.
    pub delay: Duration,
    /// Length of the window; `None`: it grows.
    pub lookback: Option<Duration>,
    /// Time between two samples: whole seconds, at least one.
    pub step: Duration,
    /// From which scores on a judgement passes, and does not fail; `None`: as the config says.
    pub score_thresholds: Option<MetricThresholds>,
    /// What the variables of queries stand for.
    pub scope: MetricScope,
}

pub(super) fn parse(given: &MetricAnalysis) -> Result<Metrics, PolicyError> {
    let MetricAnalysis { canary_config, interval, delay, lookback, step, score_thresholds, scope } = given;
    let of = |name: &str| format!("{FIELD}.{name}");
    if canary_config.is_empty() {
        return Err(PolicyError::new(of("canaryConfig"), "is empty: name a CanaryConfig of this namespace"));
    }
    let interval = duration(interval.as_ref(), INTERVAL, || of("interval"))?;
    let delay = duration(delay.as_ref(), Duration::ZERO, || of("delay"))?;
    let step = duration(step.as_ref(), STEP, || of("step"))?;
    if step.is_zero() || step.subsec_nanos() > 0 {
        return Err(PolicyError::new(of("step"), "must be whole seconds, such as 10s"));
    }
    if interval < step {
        return Err(PolicyError::new(
            of("interval"),
            "is shorter than step: there would be no new sample to judge",
        ));
    }
    let lookback = lookback
        .as_ref()
        .map(|given| duration(Some(given), Duration::ZERO, || of("lookback")))
        .transpose()?;
    if lookback.is_some_and(|lookback| lookback < step) {
        return Err(PolicyError::new(of("lookback"), "is shorter than step: there would be no sample in it"));
    }
    if let Some(thresholds) = score_thresholds {
        self::thresholds(*thresholds, &of("scoreThresholds"))?;
    }
    Ok(Metrics {
        canary_config: canary_config.clone(),
        interval,
        delay,
        lookback,
        step,
        score_thresholds: *score_thresholds,
        scope: scope.clone(),
    })
}

fn thresholds(given: MetricThresholds, field: &str) -> Result<(), PolicyError> {
    let MetricThresholds { pass, marginal } = given;
    for (name, score) in [("pass", pass), ("marginal", marginal)] {
        if !(0.0..=100.0).contains(&score) {
            return Err(PolicyError::new(
                format!("{field}.{name}"),
                format!("{score} is no score: give 0 to 100"),
            ));
        }
    }
    if marginal >= pass {
        return Err(PolicyError::new(
            format!("{field}.marginal"),
            format!("is {marginal}, and pass is {pass}: give less, or what passes would fail"),
        ));
    }
    Ok(())
}
