//! What is to be compared, and when: the bodies of requests, read. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use weir_judge::kayenta::plan::{Asked, Plan, PlanError, Window};
use weir_judge::kayenta::query::Scope;
use weir_judge::netflix::config::CanaryConfig;
use weir_judge::netflix::quirks::Quirks;
use weir_judge::netflix::score::ScoreThresholds;

use super::Refusal;
use crate::analysis::{Compared, Place, Times, scope_of};

const MINUTE_MILLIS: i64 = 60_000;

/// A config that is not stored, and what is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AdHoc {
    pub(super) canary_config: Value,
    pub(super) execution_request: Value,
}

/// One judgement.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecutionRequest {
    #[serde(default)]
    scopes: BTreeMap<String, ScopePair>,
    thresholds: Option<ScoreThresholds>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopePair {
    control_scope: Option<TimedScope>,
    experiment_scope: Option<TimedScope>,
}

#[derive(Debug, Deserialize)]
struct TimedScope {
    #[serde(flatten)]
    scope: Scope,
    start: Timestamp,
    end: Timestamp,
    /// Seconds.
    step: i64,
}

impl TimedScope {
    fn window(&self) -> Window {
        Window { start_millis: self.start.as_millisecond(), end_millis: self.end.as_millisecond() }
    }
}

/// Several judgements.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnalysisRequest {
    #[serde(default)]
    scopes: Vec<AnalysisScope>,
    thresholds: Option<ScoreThresholds>,
    lifetime_duration_mins: Option<i64>,
    begin_after_mins: Option<i64>,
    lookback_mins: Option<i64>,
    analysis_interval_mins: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnalysisScope {
    scope_name: Option<String>,
    control_scope: Option<String>,
    control_location: Option<String>,
    experiment_scope: Option<String>,
    experiment_location: Option<String>,
    control_offset_in_minutes: Option<i64>,
    start_time_iso: Option<Timestamp>,
    end_time_iso: Option<Timestamp>,
    step: Option<i64>,
    extended_scope_params: Option<BTreeMap<String, String>>,
}

/// A body as JSON.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| refused(&error))
}

fn part<T: DeserializeOwned>(value: &Value) -> Result<T, Refusal> {
    serde_path_to_error::deserialize(value).map_err(|error| refused(&error))
}

fn refused(error: &serde_path_to_error::Error<serde_json::Error>) -> Refusal {
    let (path, cause) = (error.path().to_string(), error.inner());
    Refusal::Argument(if path == "." { cause.to_string() } else { format!("{path}: {cause}") })
}

/// What one judgement compares, and its window.
pub(super) fn execution(
    config: &Value,
    request: &Value,
    quirks: Quirks,
) -> Result<(Compared, Window), Refusal> {
    let ExecutionRequest { scopes, thresholds } = part(request)?;
    let mut places = BTreeMap::new();
    for (name, pair) in scopes {
        let (Some(control), Some(experiment)) = (pair.control_scope, pair.experiment_scope) else {
            return Err(Refusal::Argument(format!(
                "Canary scope for named scope {name} is missing experimentScope or controlScope keys"
            )));
        };
        if control.step != experiment.step || control.step < 1 {
            return Err(Refusal::Argument(format!(
                "scopes.{name}: step must be the same whole number of seconds on both sides, and at least 1: the control has {}, the experiment {}",
                control.step, experiment.step
            )));
        }
        let times = Times::Own { control: control.window(), experiment: experiment.window() };
        let step_seconds = experiment.step;
        places.insert(
            name,
            Place { control: control.scope, experiment: experiment.scope, times, step_seconds },
        );
    }
    let compared = compared(config, places, thresholds, quirks)?;
    let mut windows =
        compared.places.values().map(|place| place.windows(Window { start_millis: 0, end_millis: 0 }).1);
    let first = windows.next().ok_or_else(|| Refusal::Argument("scopes: there is none".to_owned()))?;
    let (start_millis, end_millis) = windows
        .fold((first.start_millis, first.end_millis), |(start, end), window| {
            (start.min(window.start_millis), end.max(window.end_millis))
        });
    Ok((compared, Window { start_millis, end_millis }))
}

/// What several judgements compare, and when, if they are planned at `now_millis`.
pub(super) fn analysis(
    config: &Value,
    request: &Value,
    quirks: Quirks,
    now_millis: i64,
) -> Result<(Compared, Plan), Refusal> {
    let request: AnalysisRequest = part(request)?;
    let Some(first) = request.scopes.first() else {
        return Err(Refusal::Argument(
            "Canary StageExecution configuration must contain at least one scope.".to_owned(),
        ));
    };
    let minutes = |minutes: Option<i64>| minutes.map(|minutes| minutes.saturating_mul(MINUTE_MILLIS));
    let start = first.start_time_iso.map(Timestamp::as_millisecond);
    let end = first.end_time_iso.map(|end| whole_minutes(start.unwrap_or(now_millis), end.as_millisecond()));
    let asked = Asked {
        now_millis,
        start_millis: start,
        end_millis: end,
        lifetime_millis: minutes(request.lifetime_duration_mins),
        begin_after_millis: minutes(request.begin_after_mins).unwrap_or_default(),
        interval_millis: minutes(request.analysis_interval_mins),
        lookback_millis: minutes(request.lookback_mins).unwrap_or_default(),
    };
    let plan = asked.plan().map_err(|error| {
        Refusal::Argument(match error {
            PlanError::NoLifetime => {
                "Canary StageExecution configuration must include either `endTime` or `lifetimeDuration`."
                    .to_owned()
            }
            PlanError::NoTime => error.to_string(),
        })
    })?;
    let step_seconds = first.step.unwrap_or(60);
    if step_seconds < 1 {
        return Err(Refusal::Argument(format!("scopes[0].step: {step_seconds} is no number of seconds")));
    }
    let place = |scope: &AnalysisScope| Place {
        control: side(scope.control_scope.as_ref(), scope.control_location.as_ref(), scope),
        experiment: side(scope.experiment_scope.as_ref(), scope.experiment_location.as_ref(), scope),
        times: Times::Judged {
            control_earlier_millis: minutes(scope.control_offset_in_minutes).unwrap_or_default(),
        },
        step_seconds,
    };
    let name = |scope: &AnalysisScope| scope.scope_name.clone().unwrap_or_else(|| "default".to_owned());
    let places = request.scopes.iter().map(|scope| (name(scope), place(scope))).collect();
    Ok((compared(config, places, request.thresholds, quirks)?, plan))
}

/// Upstream judges whole minutes of what has been; of less than one it has nothing, and here all of it is judged.
fn whole_minutes(start: i64, end: i64) -> i64 {
    let length = end.saturating_sub(start);
    if length < MINUTE_MILLIS { end } else { end.saturating_sub(length.rem_euclid(MINUTE_MILLIS)) }
}

fn side(scope: Option<&String>, location: Option<&String>, of: &AnalysisScope) -> Scope {
    let extended_scope_params = of.extended_scope_params.clone();
    Scope { scope: scope.cloned(), location: location.cloned(), extended_scope_params }
}

fn compared(
    config: &Value,
    places: BTreeMap<String, Place>,
    thresholds: Option<ScoreThresholds>,
    quirks: Quirks,
) -> Result<Compared, Refusal> {
    let config: CanaryConfig = part(config)?;
    let refuse = |message: String| Err(Refusal::Argument(message));
    if config.metrics.is_empty() {
        return refuse(
            "The canary config must specify at least one metric. Perhaps you meant to add metrics, or meant to use another config?"
                .to_owned(),
        );
    }
    let missing: Vec<&str> =
        config.metrics.iter().map(scope_of).filter(|name| !places.contains_key(*name)).collect();
    if !missing.is_empty() {
        let names = missing.join(", ");
        return refuse(format!(
            "Canary metrics require scopes which were not provided in the execution request: [{names}]"
        ));
    }
    let Some(thresholds) = thresholds else {
        return refuse("Execution request must contain thresholds".to_owned());
    };
    Ok(Compared { config, places, thresholds, quirks })
}
