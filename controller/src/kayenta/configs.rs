//! Canary configs, as they are given: nothing that somebody wrote is lost, also where nobody here reads it. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use weir_judge::netflix::config::CanaryConfig;

use super::Refusal;
use crate::analysis::instant::iso;

/// A config that may be stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Given {
    /// Everything that was given.
    object: Map<String, Value>,
    /// What is read of it.
    config: CanaryConfig,
}

impl Given {
    /// Looks at a config as upstream does where one is stored: the first thing that is wrong is told.
    pub(super) fn check(body: &[u8]) -> Result<Self, Refusal> {
        let text = String::from_utf8_lossy(body);
        let config = CanaryConfig::parse(&text).map_err(|error| Refusal::Argument(error.to_string()))?;
        let Ok(Value::Object(object)) = serde_json::from_str(&text) else {
            return Err(Refusal::Argument("a canary config is a JSON object".to_owned()));
        };
        let refuse = |message: &str| Err(Refusal::Argument(message.to_owned()));
        let Some(name) = config.name.as_deref().filter(|name| !name.is_empty()) else {
            return refuse("Canary config must specify a name.");
        };
        if config.applications.is_empty() {
            return refuse("Canary config must specify at least one application.");
        }
        // Upstream lets commas through as well, though its message says otherwise.
        let is_named = |character: char| character.is_ascii_alphanumeric() || "-_.,".contains(character);
        if !name.chars().all(is_named) {
            return Err(Refusal::Argument(format!(
                "Canary config cannot be named '{name}'. Names must contain only letters, numbers, dashes (-), underscores (_), and periods (.)."
            )));
        }
        let mut names = BTreeSet::new();
        for metric in &config.metrics {
            if metric.name.is_empty() {
                return refuse("Metric config must specify a name.");
            }
            if !names.insert(&metric.name) {
                let message = format!("Metric config name must be unique. '{}' is duplicated.", metric.name);
                return Err(Refusal::Argument(message));
            }
        }
        Ok(Self { object, config })
    }

    /// The id that it asks for.
    pub(super) fn id(&self) -> Option<&str> {
        self.config.id.as_deref().filter(|id| !id.is_empty())
    }

    /// As it is kept under `id`. `created_millis` is when it was first.
    pub(super) fn kept(mut self, id: &str, created_millis: i64, now_millis: i64) -> Value {
        for (name, millis) in [("createdTimestamp", created_millis), ("updatedTimestamp", now_millis)] {
            self.object.insert(name.to_owned(), json!(millis));
            self.object.insert(format!("{name}Iso"), json!(iso(millis)));
        }
        self.object.insert("id".to_owned(), json!(id));
        Value::Object(self.object)
    }
}

/// When a kept config was first stored.
pub(super) fn created(kept: &Value) -> Option<i64> {
    kept.get("createdTimestamp").and_then(Value::as_i64)
}

/// Whether it is one of an application's.
pub(super) fn is_of(kept: &Value, application: &str) -> bool {
    let applications = kept.get("applications").and_then(Value::as_array);
    applications.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(application)))
}

/// What a list shows of it.
pub(super) fn summary(kept: &Value) -> Value {
    let names = ["id", "name", "updatedTimestamp", "updatedTimestampIso", "applications"];
    names.into_iter().map(|name| (name.to_owned(), kept.get(name).cloned().unwrap_or_default())).collect()
}
