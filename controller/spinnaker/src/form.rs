//! What the JSON is: a pipeline, a template, or a call of one.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use weir_pipeline::Problem;
use weir_stages::file::API_VERSION;

use crate::part::Part;
use crate::report::Report;
use crate::{name, pipeline, trigger};

/// What Spinnaker writes for itself.
const BOOKKEEPING: &str = "Spinnaker's own bookkeeping";

/// The document of what stands at a place. `names` are taken by others of the same file.
pub(crate) fn document(
    part: &Part<'_>,
    names: &mut BTreeSet<String>,
    report: &mut Report,
) -> Result<Value, Problem> {
    part.needless(
        &[
            "schema",
            "updateTs",
            "createTs",
            "lastModified",
            "lastModifiedBy",
            "index",
            "executionEngine",
            "digest",
        ],
        BOOKKEEPING,
        report,
    );
    let (kind, key, spec) = if part.part("pipeline").is_some() && part.fields.contains_key("variables") {
        ("PipelineTemplate", "id", template(part, report)?)
    } else if part.part("template").is_some() {
        ("Pipeline", "name", call(part, report))
    } else if part.get("stages").is_some_and(Value::is_array) {
        part.needless(&["id"], BOOKKEEPING, report);
        ("Pipeline", "name", Value::Object(pipeline::spec(part, report)?))
    } else {
        let what = "it has neither stages nor a template";
        let mend = "give the JSON of a pipeline, or of a template of schema v2";
        return Err(Problem::new(part.place.clone(), what, mend));
    };
    let name = named(part, key, names, report);
    Ok(json!({"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}))
}

fn named(part: &Part<'_>, key: &str, names: &mut BTreeSet<String>, report: &mut Report) -> String {
    let written = part.text(key).unwrap_or_default();
    let name = name::free(&name::slug(&written), names);
    names.insert(name.clone());
    if part.fields.contains_key(key) {
        if name == written {
            report.mapped(part.at(key), "metadata.name");
        } else {
            let why = format!("{name}: names of objects have lower-case letters, digits and `-`");
            report.changed(part.at(key), "metadata.name", why);
        }
    }
    name
}

/// A template of schema v2.
fn template(part: &Part<'_>, report: &mut Report) -> Result<Value, Problem> {
    let mut spec = Map::new();
    if let Some(metadata) = part.part("metadata") {
        metadata.carry_text("description", "spec.description", &mut spec, report);
        if !spec.contains_key("description") {
            metadata.carry_text("name", "spec.description", &mut spec, report);
        }
        metadata.needless(
            &["name", "owner", "scopes"],
            "a template has a name and a description here",
            report,
        );
    }
    match part.flag("protect") {
        Some(true) => report.mapped(part.at("protect"), "spec: calls give values and nothing else"),
        Some(false) => {
            report.changed(
                part.at("protect"),
                "spec",
                "calls give values and nothing else, whatever it says",
            );
        }
        None => {}
    }
    let variables: Vec<Value> =
        part.parts("variables").iter().map(|one| Value::Object(pipeline::variable(one, report))).collect();
    spec.insert("variables".to_owned(), variables.into());
    if let Some(inner) = part.part("pipeline") {
        let mut made = pipeline::spec(&inner, report)?;
        if made.remove("triggers").is_some() {
            report.retract(&inner.at("triggers"), &[]);
            report.by_hand(inner.at("triggers"), "give triggers where the template is called");
        }
        inner.needless(&["name", "application", "id"], "a call has its own", report);
        spec.insert("pipeline".to_owned(), Value::Object(made));
    }
    Ok(Value::Object(spec))
}

/// A call of a template.
fn call(part: &Part<'_>, report: &mut Report) -> Value {
    part.needless(&["id", "application", "type"], BOOKKEEPING, report);
    let mut spec = Map::new();
    let triggers = trigger::all(part, report);
    if !triggers.is_empty() {
        spec.insert("triggers".to_owned(), triggers.into());
    }
    let mut made = json!({"name": "unnamed"});
    if let Some(template) = part.part("template") {
        template.needless(
            &["artifactAccount", "type"],
            "templates are documents beside the pipeline",
            report,
        );
        let reference = template.text("reference").unwrap_or_default();
        let id = reference.trim_start_matches("spinnaker://").split(['@', ':']).next().unwrap_or_default();
        let name = name::slug(id);
        if template.get("reference").is_some() {
            if name.is_empty() {
                report.by_hand(template.at("reference"), "name the template in `spec.template.name`");
            } else if reference.contains('@') || reference.trim_start_matches("spinnaker://").contains(':') {
                let why = format!(
                    "{name}: a call takes the template as it is now: keep its file where versions are kept"
                );
                report.changed(template.at("reference"), "spec.template.name", why);
            } else {
                report.mapped(template.at("reference"), "spec.template.name");
            }
        }
        if let Some(called) = made.get_mut("name").filter(|_| !name.is_empty()) {
            *called = name.into();
        }
    }
    if let (Some(values), Some(call)) =
        (part.get("variables").filter(|given| given.is_object()), made.as_object_mut())
    {
        call.insert("values".to_owned(), values.clone());
        report.mapped(part.at("variables"), "spec.template.values");
    }
    spec.insert("template".to_owned(), made);
    report.hint(part.at("template"), "import the template's JSON too, and put both documents into one file");
    let mend = "a call gives values and nothing else: write it into the template, or keep `weir pipeline render`'s answer instead of the call";
    for key in [
        "exclude",
        "inherit",
        "stages",
        "parameterConfig",
        "parameters",
        "notifications",
        "expectedArtifacts",
    ] {
        part.by_hand(key, mend, report);
    }
    Value::Object(spec)
}
