//! What the reader of documents would refuse is taken out, stage by stage, and told.
//!
//! A stage that cannot be imported stays in the graph as one that fails: what comes after it must not run as if it had succeeded.

use serde_json::{Value, json};
use weir_pipeline::Problem;
use weir_stages::render;

use crate::import::ImportError;
use crate::part::Part;
use crate::report::Report;

/// Keys of a stage of the JSON that stay whatever becomes of it.
const KEPT: [&str; 3] = ["name", "refId", "requisiteStageRefIds"];

/// Takes out of a document what is wrong with it.
pub(crate) fn make(document: &mut Value, of: &Part<'_>, report: &mut Report) -> Result<(), ImportError> {
    loop {
        let (_, problems) = weir_stages::read(&render::object(document));
        if problems.is_empty() {
            return Ok(());
        }
        let mut has_changed = false;
        for problem in &problems {
            has_changed |= mend(document, of, problem, report)?;
        }
        // Each turn has one thing less that could be wrong.
        if !has_changed {
            return Err(ImportError::Unsound(problems));
        }
    }
}

/// Whether something was taken out.
fn mend(
    document: &mut Value,
    of: &Part<'_>,
    problem: &Problem,
    report: &mut Report,
) -> Result<bool, ImportError> {
    let path = problem.path.strip_prefix("spec.").unwrap_or_default();
    let (path, inner) = match path.strip_prefix("pipeline.") {
        Some(path) => (path, "pipeline."),
        None => (path, ""),
    };
    let place = |key: &str| format!("{}{}{inner}{key}", of.place, if of.place.is_empty() { "" } else { "." });
    let spec = format!("/spec/{}", inner.replace('.', "/"));
    if let Some((index, field)) = indexed(path, "stages") {
        if field.starts_with("needs") {
            let Problem { path: _, what, mend } = problem.clone();
            let path = place(&format!("stages[{index}].requisiteStageRefIds"));
            return Err(Problem { path, what, mend }.into());
        }
        let Some(stage) = document.pointer_mut(&format!("{spec}stages/{index}")) else { return Ok(false) };
        if is_replaced(stage) {
            return Ok(false);
        }
        let why = format!("{}: {}; {}", field, problem.what, problem.mend);
        replace(stage, &place(&format!("stages[{index}]")), &why, report);
        return Ok(true);
    }
    for (key, from) in [("parameters", "parameterConfig"), ("variables", "variables")] {
        let Some((index, field)) = indexed(path, key) else { continue };
        let field = field.split(['.', '[']).next().unwrap_or_default();
        let at = document.pointer_mut(&format!("{spec}{key}/{index}")).and_then(Value::as_object_mut);
        if at.and_then(|parameter| parameter.remove(field)).is_some() {
            let why = format!("{field} is left out: {}; {}", problem.what, problem.mend);
            report.by_hand(place(&format!("{from}[{index}]")), why);
            return Ok(true);
        }
    }
    Ok(false)
}

/// The index of `key[3].field`, and what comes after it.
fn indexed<'p>(path: &'p str, key: &str) -> Option<(usize, &'p str)> {
    let (index, field) = path.strip_prefix(key)?.strip_prefix('[')?.split_once(']')?;
    Some((index.parse().ok()?, field.trim_start_matches('.')))
}

/// Begin of what a stage says that was not imported.
const SAYS: &str = "not imported from Spinnaker: ";

/// Puts a stage that fails in the place of one that cannot be imported.
pub(crate) fn replace(stage: &mut Value, place: &str, why: &str, report: &mut Report) {
    let kept =
        ["name", "id", "needs"].into_iter().filter_map(|key| Some((key.to_owned(), stage.get(key)?.clone())));
    let mut replaced: serde_json::Map<String, Value> = kept.collect();
    // A text of the JSON may have expressions in it, and a message is evaluated.
    let message = format!("{SAYS}{}", why.replace("${", "$ {"));
    replaced.insert("preconditions".to_owned(), json!([{"expression": "false", "message": message}]));
    *stage = Value::Object(replaced);
    report.retract(place, &KEPT);
    report.by_hand(place, format!("a stage that fails stands in its place: {why}"));
}

fn is_replaced(stage: &Value) -> bool {
    let message = stage.pointer("/preconditions/0/message").and_then(Value::as_str);
    message.is_some_and(|message| message.starts_with(SAYS))
}
