//! Executions and analyses: what is answered is what is kept. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::analysis::instant::iso;

/// How something stands: `executionStatus` of upstream in capital letters, `status` in small ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    NotStarted,
    Running,
    Succeeded,
    /// It failed: an execution technically, an analysis also by its score.
    Terminal,
}

impl Status {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Terminal => "terminal",
        }
    }

    pub(super) const fn is_complete(self) -> bool {
        matches!(self, Self::Succeeded | Self::Terminal)
    }
}

/// Who asks, for what, and with which accounts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asker {
    pub(super) application: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent_pipeline_execution_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) metrics_account_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) configuration_account_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) storage_account_name: Option<String>,
}

/// When it was asked for, begun and ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span {
    pub(super) build_time_millis: i64,
    build_time_iso: String,
    start_time_millis: i64,
    start_time_iso: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_time_millis: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_time_iso: Option<String>,
}

impl Span {
    pub(super) fn from(millis: i64) -> Self {
        Self {
            build_time_millis: millis,
            build_time_iso: iso(millis),
            start_time_millis: millis,
            start_time_iso: iso(millis),
            end_time_millis: None,
            end_time_iso: None,
        }
    }

    pub(super) fn end(&mut self, millis: i64) {
        (self.end_time_millis, self.end_time_iso) = (Some(millis), Some(iso(millis)));
    }
}

/// What went wrong, as upstream's engine has it.
pub(super) fn exception(message: &str) -> Value {
    json!({"details": {"error": message, "errors": [message]}})
}

/// One judgement: the answer to `GET /canary/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CanaryExecution {
    #[serde(flatten)]
    pub(super) asker: Asker,
    pub(super) pipeline_id: String,
    pub(super) stage_status: BTreeMap<String, String>,
    pub(super) complete: bool,
    pub(super) status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exception: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<Value>,
    pub(super) config: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) canary_config_id: Option<String>,
    #[serde(rename = "canaryExecutionRequest")]
    pub(super) request: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) metric_set_pair_list_id: Option<String>,
    /// The analysis whose judgement it is; no part of upstream's document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) analysis_id: Option<String>,
    #[serde(flatten)]
    pub(super) times: Span,
}

impl CanaryExecution {
    pub(super) fn set(&mut self, status: Status, metrics: usize) {
        (self.complete, self.status) = (status.is_complete(), status.word().to_owned());
        let of = |part: &str, number: usize| format!("{part}{number}");
        let fetches =
            (0..metrics).flat_map(|number| [of("fetchControl", number), of("fetchExperiment", number)]);
        let parts = ["setupContext", "mixMetrics", "judge"].into_iter().map(str::to_owned).chain(fetches);
        self.stage_status = parts.map(|part| (part, status.word().to_owned())).collect();
    }
}

/// A stage of an analysis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stage {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) execution_id: Option<String>,
}

/// Several judgements: the answer to `GET /standalone_canary_analysis/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CanaryAnalysis {
    #[serde(flatten)]
    pub(super) asker: Asker,
    pub(super) pipeline_id: String,
    pub(super) stage_status: Vec<Stage>,
    pub(super) complete: bool,
    pub(super) execution_status: Status,
    pub(super) status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exception: Option<Value>,
    #[serde(rename = "canaryAnalysisExecutionRequest")]
    pub(super) request: Value,
    pub(super) canary_config: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) canary_config_id: Option<String>,
    #[serde(rename = "canaryAnalysisExecutionResult", default, skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<Value>,
    #[serde(flatten)]
    pub(super) times: Span,
}

impl CanaryAnalysis {
    pub(super) fn set(&mut self, status: Status) {
        (self.complete, self.execution_status, self.status) =
            (status.is_complete(), status, status.word().to_owned());
    }
}
