//! What starts a run.

use serde_json::{Map, Value};
use weir_pipeline::{Pipeline, Problem, arguments};
use weir_stages::Work;

/// A run that somebody, or something, asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Name of the pipeline.
    pub pipeline: String,
    /// What it does: kept with the run, whatever becomes of the pipeline.
    pub definition: Pipeline<Work>,
    /// What expressions see as `trigger`; an object.
    pub trigger: Value,
    /// Values of the parameters, as they were given.
    pub parameters: Map<String, Value>,
    /// Whether somebody started it by hand.
    pub manual: bool,
    /// What tells the request from others: a second one with the same token is the first one's run. Default: each is a new one.
    pub token: Option<String>,
}

impl Request {
    /// The values that the run gets.
    ///
    /// # Errors
    /// Each value that does not fit.
    pub(crate) fn bound(&self) -> Result<Map<String, Value>, Vec<Problem>> {
        arguments::bind(&self.definition.parameters, &self.parameters)
    }
}
