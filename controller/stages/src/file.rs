//! Files with pipelines and templates.
//!
//! A document has the form of a Kubernetes object, so that the same file serves both: `apiVersion`, `kind`, `metadata.name`, `spec`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weir_expression::{Limits, yaml_documents};
use weir_pipeline::{Pipeline, Problem};

use crate::template::{Call, Template};
use crate::work::Work;

/// Group and version of the documents.
pub const API_VERSION: &str = "weir.dev/v1alpha1";
/// Largest file, bytes: an object of Kubernetes holds 1.5 million.
pub const MOST_BYTES: usize = 1 << 20;

/// A pipeline as it stands in a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// Its name, by which others and triggers know it.
    pub name: String,
    /// What starts it, as it is written.
    pub triggers: Vec<Value>,
    /// The template that it is made of, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<Call>,
    /// What it does; without stages of its own where it is made of a template.
    pub pipeline: Option<Pipeline<Work>>,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// Pipelines.
    pub pipelines: Vec<Definition>,
    /// Templates.
    pub templates: Vec<Template>,
}

/// Reads a file. What is sound in it is read, whatever else there is.
#[must_use]
pub fn read(text: &str) -> (File, Vec<Problem>) {
    let (mut file, mut problems) = (File::default(), Vec::new());
    if text.len() > MOST_BYTES {
        let what = format!("the file has {} bytes", text.len());
        problems.push(Problem::new("", what, format!("{MOST_BYTES} are the most: make several files")));
        return (file, problems);
    }
    let documents = match yaml_documents(text, &Limits::default()) {
        Ok(documents) => documents,
        Err(error) => {
            problems.push(Problem::new("", error.to_string(), "mend the file there".to_owned()));
            return (file, problems);
        }
    };
    let several = documents.len() > 1;
    for (index, document) in documents.into_iter().enumerate().filter(|(_, document)| !document.is_null()) {
        let place =
            |problem: Problem| if several { problem.within(&format!("documents[{index}]")) } else { problem };
        if let Err(found) = object(document, &mut file) {
            problems.extend(found.into_iter().map(place));
        }
    }
    (file, problems)
}

/// The form that both kinds have.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Object {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: Map<String, Value>,
    /// Written by a cluster; nothing of it is read.
    #[serde(default, rename = "status")]
    _status: Value,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

fn object(document: Value, file: &mut File) -> Result<(), Vec<Problem>> {
    let Object { api_version, kind, metadata, spec, _status: _ } = typed(document, "")?;
    if api_version != API_VERSION {
        let what = format!("{api_version:?} is not known");
        return Err(vec![Problem::new("apiVersion", what, format!("write {API_VERSION}"))]);
    }
    if !is_name(&metadata.name) {
        let what = format!("{:?} is no name of an object", metadata.name);
        let mend = "use up to 63 lower-case letters, digits and `-`, with a letter or digit at both ends";
        return Err(vec![Problem::new("metadata.name", what, mend)]);
    }
    let within =
        |found: Vec<Problem>| found.into_iter().map(|problem| problem.within("spec")).collect::<Vec<_>>();
    match kind.as_str() {
        "Pipeline" => file.pipelines.push(definition(metadata.name, spec).map_err(within)?),
        "PipelineTemplate" => file.templates.push(Template::new(metadata.name, spec).map_err(within)?),
        _ => {
            let what = format!("{kind:?} is neither a pipeline nor a template");
            return Err(vec![Problem::new("kind", what, "write Pipeline or PipelineTemplate")]);
        }
    }
    Ok(())
}

/// A pipeline's `spec`.
///
/// # Errors
/// What cannot be read. Whether its stages fit together is asked by [`weir_pipeline::validate()`].
fn definition(name: String, mut spec: Map<String, Value>) -> Result<Definition, Vec<Problem>> {
    let triggers = match spec.remove("triggers") {
        None => Vec::new(),
        Some(Value::Array(triggers)) => triggers,
        Some(_) => {
            return Err(vec![Problem::new("triggers", "it is no list", "begin each trigger with `- `")]);
        }
    };
    let template: Option<Call> = match spec.remove("template") {
        None => None,
        Some(call) => Some(typed(call, "template")?),
    };
    if template.is_some() && spec.contains_key("stages") {
        let mend = "leave out one of the two: what a template makes is its own";
        return Err(vec![Problem::new("stages", "there is a template too", mend)]);
    }
    let pipeline = match template {
        Some(_) if spec.is_empty() => None,
        Some(_) => {
            let key = spec.keys().next().cloned().unwrap_or_default();
            let mend = "a pipeline that is made of a template has `triggers` and `template` only";
            return Err(vec![Problem::new(key, "it is the template's to say", mend)]);
        }
        None => Some(pipeline(Value::Object(spec))?),
    };
    Ok(Definition { name, triggers, template, pipeline })
}

/// A pipeline without its name: what it does.
pub(crate) fn pipeline(spec: Value) -> Result<Pipeline<Work>, Vec<Problem>> {
    let pipeline: Pipeline<Work> = typed(spec, "")?;
    let problems = weir_pipeline::validate(&pipeline);
    if problems.is_empty() { Ok(pipeline) } else { Err(problems) }
}

pub(crate) fn typed<T: serde::de::DeserializeOwned>(value: Value, under: &str) -> Result<T, Vec<Problem>> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = match error.path().to_string() {
            path if path == "." => String::new(),
            path => path,
        };
        let problem = Problem::new(path, error.inner().to_string(), "mend this field");
        vec![if under.is_empty() { problem } else { problem.within(under) }]
    })
}

/// A label of RFC 1123, as names of objects are.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 63
        && text.starts_with(plain)
        && text.ends_with(plain)
        && text.chars().all(|c| plain(c) || c == '-')
}
