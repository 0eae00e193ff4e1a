//! What starts a run.

use serde_json::{Map, Value};
use weir_pipeline::{Pipeline, Problem, arguments};
use weir_stages::{Definition, File, Work};

use crate::serve::asked::StartRun;

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

/// Why a file does not say what to run.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// It is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
    /// It does not have one pipeline, or not the one that is asked for.
    #[error("{0}")]
    Which(String),
}

/// The pipeline of a file: as it is written, and with its template filled in.
///
/// # Errors
/// The file is wrong, or says not which.
pub fn rendered(file: &str, pipeline: Option<&str>) -> Result<(Definition, Pipeline<Work>), RequestError> {
    let (read, problems) = weir_stages::read(file);
    if !problems.is_empty() {
        return Err(RequestError::Problems(problems));
    }
    // A freeze is for whoever serves the folder that it is in.
    let File { pipelines, templates, freezes: _ } = read;
    let definition = chosen(pipelines, pipeline)?;
    let made = definition.made(&templates).map_err(RequestError::Problems)?;
    Ok((definition, made))
}

/// A run as somebody asks for it, by hand.
pub(crate) fn of(asked: StartRun) -> Result<Request, RequestError> {
    let StartRun { file, pipeline, parameters, mut trigger, token } = asked;
    let (written, definition) = rendered(&file, pipeline.as_deref())?;
    trigger.entry("type").or_insert_with(|| "manual".into());
    trigger.insert("parameters".to_owned(), Value::Object(parameters.clone()));
    Ok(Request {
        definition,
        pipeline: written.name,
        trigger: Value::Object(trigger),
        parameters,
        manual: true,
        token,
    })
}

fn chosen(pipelines: Vec<Definition>, wanted: Option<&str>) -> Result<Definition, RequestError> {
    let names: Vec<String> = pipelines.iter().map(|one| one.name.clone()).collect();
    let mut fitting = pipelines.into_iter().filter(|one| wanted.is_none_or(|wanted| one.name == wanted));
    match (fitting.next(), fitting.next(), wanted) {
        (Some(one), None, _) => Ok(one),
        (None, _, None) => Err(RequestError::Which("there is no pipeline in the file".to_owned())),
        (None, _, Some(wanted)) => {
            let which = format!("there is no pipeline {wanted:?} in the file: there is {}", names.join(", "));
            Err(RequestError::Which(which))
        }
        (Some(_), Some(_), _) => {
            let which = format!("there are several pipelines in the file: say which of {}", names.join(", "));
            Err(RequestError::Which(which))
        }
    }
}
