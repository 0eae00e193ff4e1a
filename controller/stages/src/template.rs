//! A pipeline with holes, and what fills them.
//!
//! Expressions about `templateVariables` are evaluated when the template is called, all others when the run is there. So a call's values decide how many
//! services a step has or whether a stage is run, and a run's trigger decides which image is built.

mod builtin;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weir_expression::{Limits, Scope, evaluate_about};
use weir_pipeline::definition::Parameter;
use weir_pipeline::{Pipeline, Problem, arguments};

use crate::file;
use crate::scripts;
use crate::work::Work;

pub use builtin::builtin;

/// The name by which a template's texts speak of a call's values.
pub const VARIABLES: &str = "templateVariables";

/// A template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// What a call gives.
    pub variables: Vec<Parameter>,
    /// A pipeline as it stands in a file, with expressions.
    pipeline: Value,
}

/// A call of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Call {
    /// Which.
    pub name: String,
    /// The values of its variables.
    #[serde(default)]
    pub values: Map<String, Value>,
}

/// The form in a file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spec {
    description: Option<String>,
    #[serde(default)]
    variables: Vec<Parameter>,
    pipeline: Value,
}

impl Template {
    pub(crate) fn new(name: String, spec: Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let Spec { description, variables, pipeline } = file::typed(Value::Object(spec), "")?;
        Ok(Self { name, description, variables, pipeline })
    }

    /// The pipeline that a call stands for.
    ///
    /// # Errors
    /// Values that it does not take, expressions about them without a value, and whatever is wrong with the pipeline that comes of it.
    pub fn call(&self, values: &Map<String, Value>) -> Result<Pipeline<Work>, Vec<Problem>> {
        let bound = arguments::bind(&self.variables, values).map_err(|problems| {
            let renamed = |problem: Problem| Problem {
                path: format!("template.{}", problem.path.replacen("parameters", "values", 1)),
                ..problem
            };
            problems.into_iter().map(renamed).collect::<Vec<_>>()
        })?;
        // Neither the time nor anything random may decide what a pipeline is: the same call is the same pipeline.
        let scope = Scope::new(jiff::Timestamp::UNIX_EPOCH, 0).with(VARIABLES, &Value::Object(bound));
        let within = |problem: Problem| problem.within(&format!("template {}", self.name));
        let evaluated = scripts::apart(&self.pipeline, |texts| {
            evaluate_about(VARIABLES, texts, &scope, &Limits::default()).map(|evaluated| evaluated.value)
        });
        let evaluated = evaluated.map_err(|failures| {
            let problem = |failure: &weir_expression::Failure| {
                within(Problem::new(
                    failure.path.clone(),
                    failure.error.to_string(),
                    "mend the template or the call",
                ))
            };
            failures.0.iter().map(problem).collect::<Vec<_>>()
        })?;
        file::pipeline(evaluated).map_err(|found| found.into_iter().map(within).collect())
    }
}
