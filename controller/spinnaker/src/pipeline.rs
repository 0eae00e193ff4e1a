//! A pipeline's own fields: how many runs at once, parameters, windows; and its stages.

mod artifact;
mod parameter;
mod window;

use serde_json::{Map, Value, json};
use weir_pipeline::Problem;

use crate::graph::Graph;
use crate::part::Part;
use crate::report::Report;
use crate::{stage, trigger};

pub(crate) use artifact::Artifacts;
pub(crate) use parameter::variable;
pub(crate) use window::{Windows, ZONE};

/// The `spec` of a pipeline.
pub(crate) fn spec(part: &Part<'_>, report: &mut Report) -> Result<Map<String, Value>, Problem> {
    let mut spec = Map::new();
    described(part, &mut spec, report);
    let triggers = trigger::all(part, report);
    if !triggers.is_empty() {
        spec.insert("triggers".to_owned(), triggers.into());
    }
    let parameters: Vec<Value> = part
        .parts("parameterConfig")
        .iter()
        .map(|one| Value::Object(parameter::parameter(one, report)))
        .collect();
    if !parameters.is_empty() {
        spec.insert("parameters".to_owned(), parameters.into());
    }
    spec.insert("concurrency".to_owned(), concurrency(part, report));
    let graph = Graph::of(part)?;
    let mut windows = Windows::default();
    let artifacts = Artifacts::of(part, report);
    let stages = stage::all(part, &graph, &mut windows, &artifacts, report);
    if !artifacts.written.is_empty() {
        spec.insert("artifacts".to_owned(), artifacts.written.into());
    }
    spec.insert("stages".to_owned(), stages.into());
    windows.put(&mut spec);
    rest(part, report);
    Ok(spec)
}

fn described(part: &Part<'_>, spec: &mut Map<String, Value>, report: &mut Report) {
    part.carry_text("description", "spec.description", spec, report);
    if let (None, Some(name)) = (spec.get("description"), part.text("name")) {
        spec.insert("description".to_owned(), name.into());
    }
    part.needless(&["application"], "a pipeline has a name of its own, and no application", report);
}

/// Where it says nothing, Spinnaker runs as many as are asked for.
fn concurrency(part: &Part<'_>, report: &mut Report) -> Value {
    let is_limited = part.flag("limitConcurrent").unwrap_or(false);
    let most = part.whole("maxConcurrentExecutions").and_then(|most| u32::try_from(most).ok());
    let limit = if is_limited { 1 } else { most.unwrap_or(0) };
    let waiting = if part.flag("keepWaitingPipelines").unwrap_or(false) { "all" } else { "newest" };
    if part.flag("limitConcurrent").is_some() {
        report.mapped(part.at("limitConcurrent"), "spec.concurrency.limit");
    }
    if is_limited {
        part.needless(&["maxConcurrentExecutions"], "limitConcurrent says one", report);
    } else if most.is_some() {
        report.mapped(part.at("maxConcurrentExecutions"), "spec.concurrency.limit");
    }
    if part.flag("keepWaitingPipelines").is_some() {
        report.mapped(part.at("keepWaitingPipelines"), "spec.concurrency.waiting");
    }
    if limit == 0 {
        let what = "runs are not limited, as there: `concurrency: {limit: 1}` keeps two of them from deploying at once";
        report.hint(part.at("limitConcurrent"), what);
    }
    json!({"limit": limit, "waiting": waiting})
}

/// What has no place in a document, or needs none.
fn rest(part: &Part<'_>, report: &mut Report) {
    for (key, what) in [
        (
            "notifications",
            "a document has no notifications: `status` and `comment` stages tell the forge, a `webhook` stage tells others",
        ),
        ("roles", "who may start runs and decide is said where runs are served"),
        ("email", "write to whom it belongs where the file is kept"),
        ("tags", "write them as labels of the document's metadata"),
    ] {
        part.by_hand(key, what, report);
    }
    if part.flag("respectQuietPeriod") == Some(true) {
        report.by_hand(part.at("respectQuietPeriod"), "there is no quiet period: give the stages a `window`");
    }
    match part.text("spelEvaluator").as_deref() {
        Some("v4") => report.needless(
            part.at("spelEvaluator"),
            "expressions are evaluated when their stage starts, as in v4",
        ),
        Some(_) => {
            let why = "expressions are evaluated when their stage starts, and not earlier; one without a value fails it";
            report.changed(part.at("spelEvaluator"), "spec", why);
        }
        None => {}
    }
    part.needless(
        &["locked", "respectQuietPeriod", "appConfig", "stageCounter", "type", "parallel", "isNew"],
        "it is about Spinnaker's page",
        report,
    );
}
