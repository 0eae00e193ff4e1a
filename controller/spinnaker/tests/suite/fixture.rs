//! Pipelines of Spinnaker, in few words.

use serde_json::{Value, json};
use weir_pipeline::Problem;
use weir_spinnaker::{Imported, Outcome, import};
use weir_trigger::{Subscription, Trigger};

/// The deck's pipeline: baseline, canary, analysis, clean-up, check, deployment.
pub(crate) const SEED: &str = include_str!("../data/seed.json");
/// A stage of each type and a trigger of each.
pub(crate) const EVERY: &str = include_str!("../data/every.json");
pub(crate) const TEMPLATE: &str = include_str!("../data/template.json");
pub(crate) const CALL: &str = include_str!("../data/call.json");

/// Imports it; what comes of it is read without a problem, triggers as well.
pub(crate) fn imported(json: &Value) -> Imported {
    let made = import(&json.to_string()).unwrap();
    assert_sound(&made);
    made
}

pub(crate) fn assert_sound(made: &Imported) {
    let (file, problems) = weir_stages::read(&made.yaml);
    assert!(problems.is_empty(), "{}\n{}", told(&problems), made.yaml);
    assert_eq!(file.pipelines.len() + file.templates.len(), made.documents.len(), "{}", made.yaml);
    for written in file.pipelines.iter().flat_map(|one| &one.triggers) {
        let trigger: Trigger = serde_json::from_value(written.clone()).unwrap();
        assert!(Subscription::new(&trigger, "").is_ok(), "{written}");
    }
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// A pipeline with these stages.
pub(crate) fn pipeline(stages: &Value) -> Value {
    json!({"name": "shop", "limitConcurrent": true, "stages": stages})
}

/// The only stage of a pipeline, and what is said of it without its place.
pub(crate) fn stage(stage: &Value) -> (Value, Vec<String>) {
    let made = imported(&pipeline(&json!([stage])));
    let said = made.report.entries.iter().filter_map(|entry| {
        let place = entry.place.strip_prefix("stages[0]")?;
        Some(format!("{}{}", place.trim_start_matches('.'), word(&entry.outcome)))
    });
    (made.documents[0]["spec"]["stages"][0].clone(), said.collect())
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Mapped { to } => format!(" -> {to}"),
        Outcome::Changed { to, why } => format!(" ~> {to}: {why}"),
        Outcome::ByHand { what } => format!(" by hand: {what}"),
        Outcome::Needless { why } => format!(" needless: {why}"),
    }
}

/// The only trigger of a pipeline, and whether anything is to do by hand.
pub(crate) fn trigger(trigger: &Value) -> (Value, String) {
    let mut given =
        pipeline(&json!([{"refId": "1", "requisiteStageRefIds": [], "type": "wait", "waitTime": 1}]));
    given["triggers"] = json!([trigger]);
    let made = imported(&given);
    (made.documents[0]["spec"]["triggers"][0].clone(), made.report.text(false))
}
