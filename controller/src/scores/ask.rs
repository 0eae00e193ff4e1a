//! A release and its config -> what is compared. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use weir_api::status::Split;
use weir_api::{CanaryConfig as Object, Timestamp};
use weir_judge::kayenta::plan::Window;
use weir_judge::kayenta::query::Scope;
use weir_judge::netflix::config::{CanaryConfig, Classifier, ConfigError};
use weir_judge::netflix::quirks::Quirks;
use weir_judge::netflix::score::ScoreThresholds;
use weir_rollout::policy::Metrics;

use crate::analysis::{Compared, Place, Times, scope_of};
use crate::catalog::Key;

/// As Spinnaker's stage begins with.
const THRESHOLDS: ScoreThresholds = ScoreThresholds { pass: 75.0, marginal: 50.0 };

/// A window that is to be judged.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The Canary.
    pub canary: Key,
    /// When the release began that it is about.
    pub release: Timestamp,
    /// Which of its windows, from 1 on.
    pub number: u64,
    /// The window.
    pub window: Window,
    /// What is compared.
    pub compared: Compared,
}

/// What a release is called where its metrics are.
pub(crate) struct Of<'a> {
    pub(crate) canary: &'a Key,
    pub(crate) deployment: &'a Key,
    pub(crate) service: &'a str,
    pub(crate) release: &'a str,
    pub(crate) split: &'a Split,
}

/// The config that an object holds.
pub(crate) fn read(object: &Object) -> Result<CanaryConfig, ConfigError> {
    let config = CanaryConfig::of(Value::Object(object.spec.document.clone()))?;
    config.check()?;
    Ok(config)
}

/// What is compared.
pub(crate) fn compared(config: &CanaryConfig, metrics: &Metrics, of: &Of<'_>) -> Compared {
    let given =
        metrics.score_thresholds.map(|given| ScoreThresholds { pass: given.pass, marginal: given.marginal });
    let own = config.classifier.as_ref().and_then(|Classifier { score_thresholds, .. }| *score_thresholds);
    // Who names upstream's judge wants its verdicts; who names none has no verdict of before to keep.
    let names_a_judge = config.judge.as_ref().is_some_and(|judge| judge.name.is_some());
    let place = place(metrics, of);
    Compared {
        places: config.metrics.iter().map(|metric| (scope_of(metric).to_owned(), place.clone())).collect(),
        thresholds: given.or(own).unwrap_or(THRESHOLDS),
        quirks: if names_a_judge { Quirks::KAYENTA } else { Quirks::FIXED },
        config: config.clone(),
    }
}

fn place(metrics: &Metrics, of: &Of<'_>) -> Place {
    let (control, track) = match &of.split.baseline {
        Some(baseline) => (baseline.service.as_str(), "baseline"),
        None => (of.service, "stable"),
    };
    let scope = |given: &Option<String>, service: &str, track: &str| Scope {
        scope: Some(given.clone().unwrap_or_else(|| service.to_owned())),
        location: Some(metrics.scope.location.clone().unwrap_or_else(|| of.canary.namespace.clone())),
        extended_scope_params: Some(variables(metrics, of, track)),
    };
    Place {
        control: scope(&metrics.scope.control, control, track),
        experiment: scope(&metrics.scope.experiment, &of.split.canary.service, "canary"),
        times: Times::Judged { control_earlier_millis: 0 },
        step_seconds: i64::try_from(metrics.step.as_secs()).unwrap_or(i64::MAX),
    }
}

fn variables(metrics: &Metrics, of: &Of<'_>, track: &str) -> BTreeMap<String, String> {
    let own = [
        ("namespace", of.canary.namespace.as_str()),
        ("service", of.service),
        ("deployment", &of.deployment.name),
        ("release", of.release),
        ("track", track),
    ];
    let mut variables: BTreeMap<String, String> =
        own.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    variables.extend(metrics.scope.parameters.clone());
    variables
}
