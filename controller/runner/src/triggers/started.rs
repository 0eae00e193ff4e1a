//! Events to runs.

use jiff::Timestamp;
use serde_json::{Map, Value};
use weir_expression::{Limits, Scope, evaluate_all};
use weir_trigger::{Event, Trigger};

use super::pushed::Made;
use super::{Defined, Triggers};
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
                    Ok(()) => self.start_one(defined, trigger, event, token, None, &mut outcome).await,
                    Err(weir_trigger::subscription::Declined::Elsewhere) => {}
                    Err(declined) => outcome.declined.push(format!("{}: {declined}", defined.name)),
                }
            }
        }
        outcome
    }

    /// Starts one pipeline; with a `failure` a run that fails at once, and says why.
    pub(super) async fn start_one(
        &self,
        defined: &Defined,
        trigger: &Trigger,
        event: &Event,
        token: &str,
        failure: Option<&str>,
        outcome: &mut Outcome,
    ) {
        let name = &defined.name;
        // Two triggers that want the same event start one run of their pipeline.
        let token = format!("{token}/{name}");
        if let Some(run) = self.runner.by_token(&token) {
            outcome.runs.push(run);
            return;
        }
        let made = match failure {
            Some(why) => Made::failing(&defined.pipeline, why),
            None => self.made(defined, event, &token).await,
        };
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                outcome.failed.push(format!("{name}: {error}"));
                return;
            }
        };
        // One that fails at once has none: they may be made of what is missing.
        let wanted = if made.fails { Ok(Map::new()) } else { parameters(trigger, event, self.runner.now()) };
        let parameters = match wanted {
            Ok(parameters) => parameters,
            Err(error) => {
                tracing::warn!(pipeline = %name, %error, "a trigger gives no parameters");
                outcome.declined.push(format!("{name}: {error}"));
                return;
            }
        };
        let mut trigger = event.trigger(&parameters);
        if let Some(trigger) = trigger.as_object_mut() {
            trigger.extend(made.told.into_iter().map(|(key, value)| (key.to_owned(), value)));
        }
        let request = Request {
            pipeline: name.clone(),
            definition: made.definition,
            trigger,
            parameters,
            manual: false,
            token: Some(token),
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
fn parameters(trigger: &Trigger, event: &Event, now: Timestamp) -> Result<Map<String, Value>, String> {
    let written = trigger.parameters.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str())));
    let written = Value::Object(written.collect());
    let scope = Scope::new(now, 0).with("trigger", &event.trigger(&Map::new()));
    let evaluated = evaluate_all(&written, &scope, &Limits::default()).map_err(|error| error.to_string())?;
    match evaluated.value {
        Value::Object(values) => Ok(values),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Ok(Map::new())
        }
    }
}
