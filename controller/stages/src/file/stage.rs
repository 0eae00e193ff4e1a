//! Stages as they stand in a file: every problem of what they do, with its own field.

use serde_json::{Map, Value, json};
use weir_pipeline::Problem;
use weir_pipeline::definition::stage::FIELDS;
use weir_pipeline::problem::{closest, did_you_mean};

use crate::notification;
use crate::work::{KINDS, Work, texts};

/// What is wrong with what the stages do. A stage that has something does nothing afterwards, so that the rest of the pipeline can be read and checked.
pub(super) fn check(pipeline: &mut Value) -> Vec<Problem> {
    let stages = pipeline.get_mut("stages").and_then(Value::as_array_mut);
    let mut problems = Vec::new();
    for (index, stage) in stages.into_iter().flatten().enumerate() {
        let Some(stage) = stage.as_object_mut() else { continue };
        let mut found = work(stage);
        if !found.is_empty() {
            stage.retain(|key, _| FIELDS.contains(&key.as_str()));
            stage.insert("variables".to_owned(), json!([]));
        }
        let when = stage.get("when").and_then(Value::as_str).filter(|when| !when.trim().is_empty());
        found.extend(when.and_then(|text| texts::check_condition("when", text)));
        found.extend(notification::check(stage.get("notifications")));
        problems.extend(found.into_iter().map(|problem| problem.within(&format!("stages[{index}]"))));
    }
    problems
}

/// Problems of the one key that is not the engine's.
fn work(stage: &Map<String, Value>) -> Vec<Problem> {
    let all = stage.iter().filter(|(key, _)| !FIELDS.contains(&key.as_str()));
    let (kinds, strangers): (Vec<_>, Vec<_>) = all.partition(|(key, _)| KINDS.contains(&key.as_str()));
    let known = || FIELDS.into_iter().chain(KINDS).collect::<Vec<_>>();
    let mut problems: Vec<Problem> = strangers
        .iter()
        .map(|(key, _)| Problem::new(*key, "a stage has no such key", did_you_mean(key, known())))
        .collect();
    match kinds.as_slice() {
        [(kind, fields)] => {
            problems.extend(Work::new(kind, (*fields).clone()).err().into_iter().flatten());
        }
        // A slip of the pen in the key of the work says it already.
        [] if strangers.iter().any(|(key, _)| closest(key, KINDS).is_some()) => {}
        [] => {
            let mend = format!("give it one key that says what: {}", KINDS.join(", "));
            problems.push(Problem::new("", "the stage does nothing", mend));
        }
        several => {
            let keys: Vec<String> = several.iter().map(|(key, _)| format!("`{key}`")).collect();
            let what = format!("the stage does more than one thing: {}", keys.join(", "));
            problems.push(Problem::new("", what, "make a stage of each"));
        }
    }
    problems
}
