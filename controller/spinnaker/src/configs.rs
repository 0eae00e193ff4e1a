//! Canary configs that are given beside a pipeline: each in the stages that name it. A pipeline of Spinnaker has their ids only.

use serde_json::Value;

use crate::part::Part;
use crate::report::Report;

/// Puts them into the document that was made of `part`. One that no stage names is told.
pub(crate) fn put(configs: &[Value], document: &mut Value, part: &Part<'_>, report: &mut Report) {
    let (inner, pointer) = match part.part("pipeline") {
        Some(inner) => (inner, "/spec/pipeline/stages"),
        None => (part.clone(), "/spec/stages"),
    };
    let made = document.pointer_mut(pointer).and_then(Value::as_array_mut);
    for (stage, made) in inner.parts("stages").iter().zip(made.into_iter().flatten()) {
        let Some(written) = stage.part("canaryConfig") else { continue };
        let key = if written.get("canaryConfigId").is_some() { "canaryConfigId" } else { "canaryConfigName" };
        let Some(config) = configs.iter().find(|config| is_named(config, written.text(key).as_deref()))
        else {
            continue;
        };
        if let Some(field) = made.pointer_mut("/analysis/config") {
            *field = config.clone();
            report.retract(&written.at(key), &[]);
            report.mapped(written.at(key), "analysis.config");
        }
    }
}

/// Tells of each config that no stage of any pipeline names.
pub(crate) fn tell(configs: &[Value], documents: &[Value], report: &mut Report) {
    let stages = documents.iter().flat_map(|document| {
        let lists = ["/spec/stages", "/spec/pipeline/stages"].map(|path| document.pointer(path));
        lists.into_iter().flatten().filter_map(Value::as_array).flatten()
    });
    let used: Vec<&Value> = stages.filter_map(|stage| stage.pointer("/analysis/config")).collect();
    for config in configs.iter().filter(|config| !used.contains(config)) {
        let name =
            ["name", "id"].into_iter().find_map(|key| config.get(key)?.as_str()).unwrap_or("without a name");
        report.hint(
            "canaryConfig",
            format!("the canary config {name:?} is given, and no stage names it by its `id` or `name`"),
        );
    }
}

fn is_named(config: &Value, wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted else { return false };
    ["id", "name"].iter().any(|key| config.get(key).and_then(Value::as_str) == Some(wanted))
}
