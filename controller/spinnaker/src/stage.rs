//! One stage, by its type; and what all types have: failure options, conditions, windows, timeouts.
//!
//! ```text
//! deploy    manifests           object    single objects of a cluster      job     a container
//! canary    an analysis         check     preconditions, variables         hold    a judgment, a wait
//! webhook   a call by HTTP      call      another pipeline                 foreign types that have no form here
//! ```

mod call;
mod canary;
mod check;
mod deploy;
mod foreign;
mod hold;
mod job;
mod object;
mod rules;
mod webhook;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::graph::{Graph, Node};
use crate::part::Part;
use crate::pipeline::{Artifacts, Windows};
use crate::report::Report;
use crate::sound;

pub(crate) use call::is_id;

/// What a stage does here.
#[derive(Debug)]
struct Work {
    /// The key that says it.
    key: &'static str,
    /// What stands under it.
    fields: Value,
    /// What its failure means, where its type decides about that.
    on_failure: Option<&'static str>,
}

impl Work {
    const fn new(key: &'static str, fields: Value) -> Self {
        Self { key, fields, on_failure: None }
    }
}

/// What becomes of the fields of a type, or why it has no form here.
type Mapped = Result<Work, String>;

/// All stages of a pipeline, in their order.
pub(crate) fn all(
    pipeline: &Part<'_>,
    graph: &Graph,
    windows: &mut Windows,
    artifacts: &Artifacts,
    report: &mut Report,
) -> Vec<Value> {
    let parts = pipeline.parts("stages");
    let one = |(part, node)| one(part, node, windows, artifacts, report);
    let made = parts.iter().zip(&graph.nodes).map(one).collect();
    accounts(&parts, report);
    canary::hint(&parts, report);
    made
}

fn one(
    part: &Part<'_>,
    node: &Node,
    windows: &mut Windows,
    artifacts: &Artifacts,
    report: &mut Report,
) -> Value {
    let mut made = head(part, node, report);
    let kind = part.text("type").unwrap_or_default();
    let work = work(&kind, part, artifacts, report);
    let ruled = work.and_then(|work| {
        rules::put(part, &work, windows, &mut made, report)?;
        Ok(work)
    });
    match ruled {
        Ok(Work { key, fields, on_failure: _ }) => {
            report.mapped(part.at("type"), key);
            made.insert(key.to_owned(), fields);
            Value::Object(made)
        }
        Err(why) => {
            let mut made = Value::Object(made);
            sound::replace(&mut made, &part.place, &why, report);
            made
        }
    }
}

fn head(part: &Part<'_>, node: &Node, report: &mut Report) -> Map<String, Value> {
    let mut made = Map::from_iter([("name".to_owned(), node.name.as_str().into())]);
    match part.text("name") {
        Some(name) if name == node.name => report.mapped(part.at("name"), "name"),
        Some(_) => {
            report.changed(part.at("name"), "name", format!("it is {:?} here: names are unique", node.name));
        }
        None => {}
    }
    if let Some(id) = &node.id {
        made.insert("id".to_owned(), id.as_str().into());
    }
    if part.get("refId").is_some() {
        report.mapped(part.at("refId"), if node.id.is_some() { "id" } else { "name" });
    }
    if let Some(needs) = &node.needs {
        made.insert("needs".to_owned(), needs.clone().into());
    }
    if !part.fields.contains_key("requisiteStageRefIds") {
        return made;
    }
    if node.dangling.is_empty() {
        report.mapped(part.at("requisiteStageRefIds"), "needs");
    } else {
        let why = format!(
            "there is no stage with the refId {}, which Spinnaker ignores beside others",
            node.dangling.join(", ")
        );
        report.changed(part.at("requisiteStageRefIds"), "needs", why);
    }
    made
}

fn work(kind: &str, part: &Part<'_>, artifacts: &Artifacts, report: &mut Report) -> Mapped {
    match kind {
        "deployManifest" => deploy::deploy(part, artifacts, report),
        "scaleManifest" => object::scale(part, report),
        "undoRolloutManifest" => object::undo(part, report),
        "deleteManifest" => object::delete(part, report),
        "findArtifactFromResource" => object::find(part, report),
        "kayentaCanary" => canary::analysis(part, report),
        "manualJudgment" => Ok(hold::judgment(part, report)),
        "wait" => hold::wait(part, report),
        "checkPreconditions" => check::preconditions(part, report),
        "evaluateVariables" => Ok(check::variables(part, report)),
        "webhook" => webhook::webhook(part, report),
        "pipeline" => call::pipeline(part, report),
        "runJobManifest" => job::job(part, report),
        other => Err(foreign::mend(other)),
    }
}

/// Accounts are clusters; here a runner has one.
fn accounts(stages: &[Part<'_>], report: &mut Report) {
    let with = || stages.iter().filter(|stage| stage.get("account").is_some());
    let names: BTreeSet<String> = with().filter_map(|stage| stage.text("account")).collect();
    for stage in with().filter(|stage| report.of(&stage.at("account")).is_empty()).collect::<Vec<_>>() {
        if names.len() > 1 {
            let what = "stages deploy to the cluster of whoever runs them, and this pipeline has several: run its parts in theirs, and start one after the other (`pipeline` trigger)";
            report.by_hand(stage.at("account"), what);
        } else {
            report.needless(stage.at("account"), "stages deploy to the cluster of whoever runs them");
        }
    }
}
