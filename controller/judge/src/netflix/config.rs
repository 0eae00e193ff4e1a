//! A canary config: the JSON document that Kayenta stores, unchanged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::score::ScoreThresholds;

/// The name under which upstream registers this judge.
pub const JUDGE: &str = "NetflixACAJudge-v1.0";

/// A config. What upstream does not know is ignored, as it does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CanaryConfig {
    /// Given by who stores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Text or a number; nobody reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_version: Option<Value>,
    /// Who uses it.
    #[serde(default)]
    pub applications: Vec<String>,
    /// Who judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<Judge>,
    /// What is compared.
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// Filters by name.
    #[serde(default)]
    pub templates: BTreeMap<String, String>,
    /// How metrics become a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classifier: Option<Classifier>,
}

/// Who judges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judge {
    /// [`JUDGE`] where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Upstream reads nothing of it.
    #[serde(default)]
    pub judge_configurations: Value,
}

/// One metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metric {
    /// By this name data and config are joined.
    pub name: String,
    /// Where the data come from; its `type` says which fields it has.
    #[serde(default)]
    pub query: Value,
    /// It counts in each of them. Absent is an error where a score is asked for; none is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// Which of the request's scopes it is measured in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_name: Option<String>,
    /// Under `canary`: see [`super::options::Options`].
    #[serde(default)]
    pub analysis_configurations: Value,
}

/// How metrics become a score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Classifier {
    /// Of groups, in percent; the others share what is left.
    #[serde(default)]
    pub group_weights: Option<BTreeMap<String, f64>>,
    /// For who asks; the judge is given its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_thresholds: Option<ScoreThresholds>,
}

/// What is wrong with a config.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is no JSON.
    #[error("{0}")]
    Syntax(String),
    /// Something in it has another type than it must have.
    #[error("{path}: {message}")]
    Type {
        /// Where: `metrics[0].groups`.
        path: String,
        /// What, with line and column.
        message: String,
    },
    /// It can be read and not be judged by.
    #[error("{path} {message}")]
    Unusable {
        /// Where.
        path: String,
        /// What is wrong, and what helps.
        message: String,
    },
}

impl ConfigError {
    pub(super) fn unusable(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Unusable { path: path.into(), message: message.into() }
    }
}

impl CanaryConfig {
    /// Reads a config.
    ///
    /// # Errors
    /// It is no JSON, or something in it has another type than it must have.
    pub fn parse(json: &str) -> Result<Self, ConfigError> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let config = serde_path_to_error::deserialize(&mut reader).map_err(wrong)?;
        reader.end().map_err(|error| ConfigError::Syntax(error.to_string()))?;
        Ok(config)
    }

    /// A config that is no text any more.
    ///
    /// # Errors
    /// Something in it has another type than it must have.
    pub fn of(document: Value) -> Result<Self, ConfigError> {
        serde_path_to_error::deserialize(document).map_err(wrong)
    }

    /// Whether it can be judged by at all: what [`judge`](super::judgement::judge) would refuse, whatever is measured.
    ///
    /// # Errors
    /// The first place that cannot be used.
    pub fn check(&self) -> Result<(), ConfigError> {
        let thresholds = ScoreThresholds { pass: 100.0, marginal: 0.0 };
        super::judgement::judge(self, &[], thresholds, super::quirks::Quirks::FIXED).map(drop)
    }
}

fn wrong(error: serde_path_to_error::Error<serde_json::Error>) -> ConfigError {
    let (path, cause) = (error.path().to_string(), error.into_inner());
    if cause.is_data() {
        ConfigError::Type { path, message: cause.to_string() }
    } else {
        ConfigError::Syntax(cause.to_string())
    }
}
