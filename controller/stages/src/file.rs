//! Files with pipelines, templates and freezes.
//!
//! A document has the form of a Kubernetes object, so that the same file serves both: `apiVersion`, `kind`, `metadata.name`, `spec`.

mod stage;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weir_expression::{Limits, yaml_documents};
use weir_pipeline::problem::did_you_mean;
use weir_pipeline::{Pipeline, Problem};

use crate::expected;
use crate::freeze::Freeze;
use crate::notification;
use crate::source::Source;
use crate::template::{Call, Template, builtin};
use crate::typed;
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
    /// Where a repository says what of it is done otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The template that it is made of, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<Call>,
    /// Who is told of its runs besides those whom its template names, where it is made of one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notifications: Vec<Value>,
    /// What it does; without stages of its own where it is made of a template.
    pub pipeline: Option<Pipeline<Work>>,
    /// Where it stands in its file, as paths of problems begin: `documents[1]`, or nothing where the file has one document.
    #[serde(skip)]
    pub place: String,
}

impl Definition {
    /// What it does: its own stages, or those of its template, which is one of `templates` or comes with Weir.
    ///
    /// # Errors
    /// There is no such template, or it does not take the call.
    pub fn made(&self, templates: &[Template]) -> Result<Pipeline<Work>, Vec<Problem>> {
        let Some(call) = &self.template else {
            let nothing = || vec![Problem::new("spec.stages", "there is none", "give at least one")];
            return self.pipeline.clone().ok_or_else(nothing);
        };
        let given = templates.iter().find(|template| template.name == call.name).cloned();
        let Some(template) = given.or_else(|| builtin(&call.name)) else {
            let known = templates.iter().map(|template| template.name.as_str()).chain(builtin::NAMES);
            let what = format!("there is no template {:?}", call.name);
            let mend = did_you_mean(&call.name, known.collect::<Vec<_>>());
            return Err(vec![Problem::new("spec.template.name", what, mend)]);
        };
        let within = |problem: Problem| problem.within("spec");
        let made = template.call(&call.values);
        let mut made = made.map_err(|found| found.into_iter().map(within).collect::<Vec<_>>())?;
        made.notifications.extend(self.notifications.iter().cloned());
        Ok(made)
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// Pipelines.
    pub pipelines: Vec<Definition>,
    /// Templates.
    pub templates: Vec<Template>,
    /// Freezes.
    pub freezes: Vec<Freeze>,
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
    let mut names = BTreeMap::new();
    for (index, document) in documents.iter().enumerate().filter(|(_, document)| !document.is_null()) {
        let place = if several { format!("documents[{index}]") } else { String::new() };
        let before = file.pipelines.len();
        let found = object(document, &mut file, |kind, name| {
            match names.insert((kind.to_owned(), name.to_owned()), index) {
                Some(first) => Err(Problem::new(
                    "metadata.name",
                    format!("documents[{first}] is called {name:?} too"),
                    "name each of them otherwise",
                )),
                None => Ok(()),
            }
        });
        let placed = |problem: Problem| if several { problem.within(&place) } else { problem };
        problems.extend(found.err().into_iter().flatten().map(placed));
        file.pipelines.iter_mut().skip(before).for_each(|one| one.place.clone_from(&place));
    }
    (file, problems)
}

/// The form that all kinds have.
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

fn object(
    document: &Value,
    file: &mut File,
    mut is_first: impl FnMut(&str, &str) -> Result<(), Problem>,
) -> Result<(), Vec<Problem>> {
    let object: Object = typed(document).map_err(|problem| vec![problem])?;
    let Object { api_version, kind, metadata, spec, _status: _ } = object;
    if api_version != API_VERSION {
        let what = format!("{api_version:?} is not known");
        return Err(vec![Problem::new("apiVersion", what, format!("write {API_VERSION}"))]);
    }
    if !KINDS.contains(&kind.as_str()) {
        let what = format!("{kind:?} is neither a pipeline nor a template nor a freeze");
        return Err(vec![Problem::new("kind", what, "write Pipeline, PipelineTemplate or Freeze")]);
    }
    if !is_name(&metadata.name) {
        let what = format!("{:?} is no name of an object", metadata.name);
        let mend = "use up to 63 lower-case letters, digits and `-`, with a letter or digit at both ends";
        return Err(vec![Problem::new("metadata.name", what, mend)]);
    }
    is_first(&kind, &metadata.name).map_err(|problem| vec![problem])?;
    let within = |found: Vec<Problem>| found.into_iter().map(|problem| problem.within("spec")).collect();
    let name = metadata.name;
    if kind == KINDS[0] {
        definition(name, spec).map(|definition| file.pipelines.push(definition)).map_err(within)
    } else if kind == KINDS[1] {
        Template::new(name, spec).map(|template| file.templates.push(template)).map_err(within)
    } else {
        Freeze::new(&name, spec).map(|freeze| file.freezes.push(freeze)).map_err(within)
    }
}

/// What a file may hold.
const KINDS: [&str; 3] = ["Pipeline", "PipelineTemplate", "Freeze"];

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
    let source: Option<Source> = match spec.remove("source") {
        None => None,
        Some(source) => Some(typed(&source).map_err(|problem| vec![problem.within("source")])?),
    };
    if let Some(problems) = source.as_ref().map(Source::check).filter(|problems| !problems.is_empty()) {
        return Err(problems);
    }
    let template: Option<Call> = match spec.remove("template") {
        None => None,
        Some(call) => Some(typed(&call).map_err(|problem| vec![problem.within("template")])?),
    };
    if template.is_some() && spec.contains_key("stages") {
        let mend = "leave out one of the two: what a template makes is its own";
        return Err(vec![Problem::new("stages", "there is a template too", mend)]);
    }
    let notifications = if template.is_some() { called(&mut spec)? } else { Vec::new() };
    let pipeline = match template {
        Some(_) if spec.is_empty() => None,
        Some(_) => {
            let mend = "a pipeline that is made of a template has `triggers`, `source`, `notifications` and `template` only";
            let told = |key: &String| Problem::new(key, "it is the template's to say", mend);
            return Err(spec.keys().map(told).collect());
        }
        None => Some(pipeline(spec)?),
    };
    Ok(Definition { name, triggers, source, template, notifications, pipeline, place: String::new() })
}

/// Who is told, where a template says the rest.
fn called(spec: &mut Map<String, Value>) -> Result<Vec<Value>, Vec<Problem>> {
    let written = spec.remove("notifications");
    let problems = notification::check(written.as_ref());
    match written {
        _ if !problems.is_empty() => Err(problems),
        None => Ok(Vec::new()),
        Some(Value::Array(entries)) => Ok(entries),
        Some(_) => {
            let mend = "begin each entry with `- `";
            Err(vec![Problem::new("notifications", "it is no list", mend)])
        }
    }
}

/// A pipeline without its name: what it does.
pub(crate) fn pipeline(spec: Map<String, Value>) -> Result<Pipeline<Work>, Vec<Problem>> {
    let mut problems = unknown_keys(&spec);
    let mut sound = Value::Object(spec);
    if let Some(fields) = sound.as_object_mut() {
        fields.retain(|key, _| SPEC.contains(&key.as_str()));
    }
    problems.extend(notification::check(sound.get("notifications")));
    problems.extend(expected::check(sound.get("artifacts")));
    problems.extend(stage::check(&mut sound));
    match typed(&sound) {
        Ok(pipeline) => {
            problems.extend(weir_pipeline::validate(&pipeline));
            if problems.is_empty() { Ok(pipeline) } else { Err(problems) }
        }
        Err(problem) => Err(problems.into_iter().chain([problem]).collect()),
    }
}

/// The keys of a pipeline's `spec`.
const SPEC: [&str; 12] = [
    "description",
    "parameters",
    "triggers",
    "source",
    "concurrency",
    "timeZone",
    "windows",
    "timeout",
    "notifications",
    "artifacts",
    "template",
    "stages",
];

fn unknown_keys(spec: &Map<String, Value>) -> Vec<Problem> {
    let unknown = spec.keys().filter(|key| !SPEC.contains(&key.as_str()));
    unknown.map(|key| Problem::new(key, "a pipeline has no such key", did_you_mean(key, SPEC))).collect()
}

pub(crate) fn typed<'v, T: Deserialize<'v>>(value: &'v Value) -> Result<T, Problem> {
    Ok(typed::read(value)?)
}

/// A label of RFC 1123, as names of objects are.
pub(crate) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 63
        && text.starts_with(plain)
        && text.ends_with(plain)
        && text.chars().all(|c| plain(c) || c == '-')
}
