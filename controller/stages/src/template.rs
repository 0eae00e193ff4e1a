//! A pipeline with holes, and what fills them.
//!
//! Expressions about `templateVariables` are evaluated when the template is called, all others when the run is there. So a call's values decide how many
//! services a step has or whether a stage is run, and a run's trigger decides which image is built.

pub mod builtin;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weir_expression::{Limits, Scope, evaluate_about};
use weir_pipeline::definition::{Concurrency, Parameter};
use weir_pipeline::{Pipeline, Problem, arguments};

use crate::work::{Work, texts};
use crate::{file, render, scripts};

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
    /// Spinnaker's word for a template whose calls change nothing but values. All are so.
    #[serde(default = "yes")]
    protect: bool,
    #[serde(default)]
    variables: Vec<Parameter>,
    pipeline: Map<String, Value>,
}

const fn yes() -> bool {
    true
}

impl Template {
    pub(crate) fn new(name: String, spec: Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let Spec { description, protect, variables, pipeline } =
            file::typed(&Value::Object(spec)).map_err(|problem| vec![problem])?;
        let mut problems = check_variables(&variables);
        if !protect {
            let what = "a call changes nothing of a template but its values";
            problems.push(Problem::new("protect", what, "leave it out"));
        }
        for key in ["triggers", "template"].iter().filter(|key| pipeline.contains_key(**key)) {
            let what = "it is not the template's to say";
            problems.push(Problem::new(format!("pipeline.{key}"), what, "give it where it is called"));
        }
        let pipeline = Value::Object(pipeline);
        problems.extend(texts::check("pipeline", &pipeline));
        problems.extend(scripts::paths(&pipeline).into_iter().filter_map(|(path, script)| {
            let what = format!("a script is not evaluated, so {VARIABLES} means nothing in it");
            let mend = "give the value by `env`";
            script.contains(VARIABLES).then(|| Problem::new(format!("pipeline.{path}"), what, mend))
        }));
        if problems.is_empty() { Ok(Self { name, description, variables, pipeline }) } else { Err(problems) }
    }

    /// The pipeline that a call stands for.
    ///
    /// # Errors
    /// Values that it does not take, expressions about them without a value, and whatever is wrong with the pipeline that comes of it.
    pub fn call(&self, values: &Map<String, Value>) -> Result<Pipeline<Work>, Vec<Problem>> {
        let bound = self.bind(values)?;
        // Neither the time nor anything random may decide what a pipeline is: the same call is the same pipeline.
        let scope = Scope::new(jiff::Timestamp::UNIX_EPOCH, 0).with(VARIABLES, &Value::Object(bound));
        let within = |problem: Problem| problem.within(&format!("template {}", self.name));
        let evaluated = scripts::apart(&self.pipeline, |texts| {
            evaluate_about(VARIABLES, texts, &scope, &Limits::default()).map(|evaluated| evaluated.value)
        });
        let evaluated = evaluated.map_err(|failures| {
            let mend = "mend the template or the call";
            let problem = |failure: weir_expression::Failure| {
                within(Problem::new(failure.path, failure.error.to_string(), mend))
            };
            failures.0.into_iter().map(problem).collect::<Vec<_>>()
        })?;
        let Value::Object(spec) = evaluated else { return Err(Vec::new()) };
        file::pipeline(spec).map_err(|found| found.into_iter().map(within).collect())
    }

    /// The pipeline that a call stands for, as a document of YAML: to be looked at, or kept instead of the call.
    ///
    /// # Errors
    /// As [`Template::call`].
    pub fn render(&self, values: &Map<String, Value>) -> Result<String, Vec<Problem>> {
        self.call(values).map(|pipeline| render::document(&self.name, &[], &pipeline))
    }

    fn bind(&self, values: &Map<String, Value>) -> Result<Map<String, Value>, Vec<Problem>> {
        arguments::bind(&self.variables, values).map_err(|problems| {
            let renamed = |problem: Problem| Problem {
                path: format!("template.{}", problem.path.replacen("parameters", "values", 1)),
                what: problem.what.replacen(
                    "pipeline has no such parameter",
                    "template has no such variable",
                    1,
                ),
                ..problem
            };
            problems.into_iter().map(renamed).collect()
        })
    }
}

/// Variables are parameters, and checked as those of a pipeline.
fn check_variables(variables: &[Parameter]) -> Vec<Problem> {
    let pipeline: Pipeline<Work> = Pipeline {
        description: None,
        parameters: variables.to_vec(),
        concurrency: Concurrency::default(),
        time_zone: None,
        windows: BTreeMap::new(),
        timeout: None,
        notifications: Vec::new(),
        artifacts: Vec::new(),
        stages: Vec::new(),
    };
    let found = weir_pipeline::validate(&pipeline).into_iter();
    let of_variables = found.filter_map(|problem| {
        let rest = problem.path.strip_prefix("parameters")?;
        Some(Problem { path: format!("variables{rest}"), ..problem })
    });
    of_variables.collect()
}
