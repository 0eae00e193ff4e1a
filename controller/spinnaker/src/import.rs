//! A text of JSON as documents.

use std::collections::BTreeSet;

use serde_json::Value;
use weir_pipeline::Problem;
use weir_stages::render;

use crate::part::Part;
use crate::report::Report;
use crate::{configs, expression, form, sound, unread};

/// Longest text, bytes. Spinnaker's pipelines have some tens of thousands.
const MOST_BYTES: usize = 4 << 20;

/// What became of a text.
#[derive(Clone, Debug)]
pub struct Imported {
    /// A document for each pipeline and template.
    pub documents: Vec<Value>,
    /// The same as a file, in which [`weir_stages::read()`] finds nothing to mend.
    pub yaml: String,
    /// What became of each field.
    pub report: Report,
}

/// Why a text cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nobody has written that.
    #[error("it has {0} bytes, and {MOST_BYTES} are the most: import one pipeline at a time")]
    TooLong(usize),
    /// It is something else, or was cut off.
    #[error("it is no JSON: {0}: give what Spinnaker shows as the pipeline's JSON")]
    NotJson(#[from] serde_json::Error),
    /// It is no pipeline, or one whose stages could never run in Spinnaker either.
    #[error("{0}")]
    Unusable(Problem),
    /// Nothing that could be taken out makes the document sound.
    #[error("what it says has no form here: {}", told(.0))]
    Unsound(Vec<Problem>),
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; ")
}

impl From<Problem> for ImportError {
    fn from(problem: Problem) -> Self {
        Self::Unusable(problem)
    }
}

/// Imports a pipeline, a template (of `schema` v2), a call of one, or a list of these.
///
/// # Errors
/// It is none of them, or its stages need each other in a way in which some never start.
pub fn import(json: &str) -> Result<Imported, ImportError> {
    import_with(json, &[])
}

/// The same, with canary configs as Kayenta stores them: stages that name one, by its `id` or `name`, have it in them.
///
/// # Errors
/// As [`import`].
pub fn import_with(json: &str, configs: &[Value]) -> Result<Imported, ImportError> {
    if json.len() > MOST_BYTES {
        return Err(ImportError::TooLong(json.len()));
    }
    let root: Value = serde_json::from_str(json)?;
    let (mut documents, mut report, mut names) = (Vec::new(), Report::default(), BTreeSet::new());
    for (place, value) in given(&root) {
        let part = Part::of(place, value)?;
        let mut document = form::document(&part, &mut names, &mut report)?;
        configs::put(configs, &mut document, &part, &mut report);
        sound::make(&mut document, &part, &mut report)?;
        unread::tell(&part, &mut report);
        expression::look(&part, &mut report);
        documents.push(document);
    }
    configs::tell(configs, &documents, &mut report);
    let yaml: String = documents.iter().map(render::object).collect();
    let (_, problems) = weir_stages::read(&yaml);
    if problems.is_empty() {
        Ok(Imported { documents, yaml, report })
    } else {
        Err(ImportError::Unsound(problems))
    }
}

/// A list of pipelines, as Spinnaker's API gives those of an application, or the only one.
fn given(root: &Value) -> Vec<(String, &Value)> {
    match root.as_array() {
        Some(all) => all.iter().enumerate().map(|(index, one)| (format!("[{index}]"), one)).collect(),
        None => vec![(String::new(), root)],
    }
}
