//! Events to runs.

use serde_json::{Map, Value};
use weir_expression::{Limits, Scope, evaluate_all};
use weir_trigger::{Event, Trigger};

use super::{Defined, Triggers};
use crate::clock;
use crate::request::Request;

/// What an event did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Runs that it started.
    pub(super) runs: Vec<String>,
    /// Why pipelines that listen to such things did not start.
    pub(super) declined: Vec<String>,
    /// Runs that could not be made, though they should be: whoever told of it shall tell it again.
    pub(super) failed: Vec<String>,
}

impl Triggers {
    /// Starts every pipeline that wants this event, once, however often it is told.
    pub(super) async fn start(&self, event: &Event, token: &str) -> Outcome {
        let mut outcome = Outcome::default();
        for defined in self.defined().iter() {
            for (trigger, subscription) in &defined.triggers {
                match subscription.wants(event) {
                    Ok(()) => self.start_one(defined, trigger, event, token, &mut outcome).await,
                    Err(weir_trigger::subscription::Declined::Elsewhere) => {}
                    Err(declined) => outcome.declined.push(format!("{}: {declined}", defined.name)),
                }
            }
        }
        outcome
    }

    pub(super) async fn start_one(
        &self,
        defined: &Defined,
        trigger: &Trigger,
        event: &Event,
        token: &str,
        outcome: &mut Outcome,
    ) {
        let name = &defined.name;
        let parameters = match parameters(trigger, event) {
            Ok(parameters) => parameters,
            Err(error) => {
                tracing::warn!(pipeline = %name, %error, "a trigger gives no parameters");
                outcome.declined.push(format!("{name}: {error}"));
                return;
            }
        };
        let request = Request {
            pipeline: name.clone(),
            definition: defined.pipeline.clone(),
            trigger: event.trigger(&parameters),
            parameters,
            manual: false,
            // Two triggers that want the same event start one run of their pipeline.
            token: Some(format!("{token}/{name}")),
        };
        match self.runner.start(request).await {
            Ok(run) => outcome.runs.push(run),
            Err(crate::runner::StartError::Problems(problems)) => {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                tracing::warn!(pipeline = %name, problems = %problems.join("; "), "an event starts nothing");
                outcome.declined.push(format!("{name}: {}", problems.join("; ")));
            }
            Err(error) => {
                tracing::error!(pipeline = %name, %error, "a run cannot be stored");
                outcome.failed.push(format!("{name}: {error}"));
            }
        }
    }
}

/// The values that a trigger gives to its pipeline's parameters.
fn parameters(trigger: &Trigger, event: &Event) -> Result<Map<String, Value>, String> {
    let written = trigger.parameters.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str())));
    let written = Value::Object(written.collect());
    let scope = Scope::new(clock::now(), 0).with("trigger", &event.trigger(&Map::new()));
    let evaluated = evaluate_all(&written, &scope, &Limits::default()).map_err(|error| error.to_string())?;
    match evaluated.value {
        Value::Object(values) => Ok(values),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Ok(Map::new())
        }
    }
}
