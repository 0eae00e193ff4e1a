//! What a run runs, and what for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weir_pipeline::{Pipeline, Plan, Run};
use weir_stages::{Seen, Work};

/// Everything about a run that never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct About {
    /// Name of the pipeline.
    pub pipeline: String,
    /// What it did when the run was asked for.
    pub definition: Pipeline<Work>,
    /// What asked for it.
    pub trigger: Value,
    /// The values of its parameters.
    pub parameters: Map<String, Value>,
    /// What tells the request from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl About {
    /// The run as its expressions see it, where it stands so.
    pub(crate) fn seen<'r>(&'r self, plan: &'r Plan<Work>, run: &'r Run) -> Seen<'r> {
        let Self { pipeline, trigger, parameters, definition: _, token: _ } = self;
        Seen { pipeline, plan, run, trigger, parameters }
    }
}
