//! Whole pipelines against what is expected of them, to the letter.

use serde_json::Value;
use weir_spinnaker::import;

use crate::fixture::{CALL, EVERY, SEED, TEMPLATE, assert_sound};

fn assert_golden(json: &str, yaml: &str, report: &str) {
    let made = import(json).unwrap();
    assert_sound(&made);
    assert_eq!(made.yaml, yaml);
    assert_eq!(made.report.text(true), report);
}

#[test]
fn the_decks_pipeline_is_imported_stage_by_stage() {
    assert_golden(SEED, include_str!("../data/seed.yaml"), include_str!("../data/seed.txt"));
}

#[test]
fn each_type_of_stage_and_trigger_has_its_form() {
    assert_golden(EVERY, include_str!("../data/every.yaml"), include_str!("../data/every.txt"));
}

#[test]
fn a_template_and_its_call_are_imported() {
    assert_golden(TEMPLATE, include_str!("../data/template.yaml"), include_str!("../data/template.txt"));
    assert_golden(CALL, include_str!("../data/call.yaml"), include_str!("../data/call.txt"));
}

/// A template and its call in one file are a pipeline, as far as it could be imported.
#[test]
fn a_call_of_an_imported_template_is_made() {
    let list = format!("[{TEMPLATE}, {CALL}]");
    let made = import(&list).unwrap();
    let (file, problems) = weir_stages::read(&made.yaml);
    assert!(problems.is_empty(), "{problems:?}");
    let pipeline = file.pipelines[0].made(&file.templates).unwrap();
    let written = serde_json::to_value(&pipeline.stages[0]).unwrap();
    assert_eq!(written["scale"]["deployment"], "shop");
    assert_eq!(written["scale"]["replicas"], 3);
    assert!(made.report.entries.iter().any(|entry| entry.place == "[0].pipeline.stages[1]"));
}

/// The gate of the deck: its expression, its names and its order are those of the JSON.
#[test]
fn the_decks_check_still_asks_for_the_analysis() {
    let made = import(SEED).unwrap();
    let stages = made.documents[0]["spec"]["stages"].as_array().unwrap();
    let named = |name: &str| stages.iter().find(|stage| stage["name"] == name).unwrap();
    assert_eq!(named("Canary Analysis")["onFailure"], "ignore");
    assert_eq!(named("Check")["needs"], serde_json::json!(["Delete canary", "Delete baseline"]));
    assert_eq!(
        named("Check")["preconditions"][0]["expression"],
        "${ #stage('Canary Analysis')['status'].toString() == 'SUCCEEDED' }"
    );
    assert_eq!(named("Check").get("onFailure"), None::<&Value>);
    assert_eq!(named("Deploy production")["needs"], serde_json::json!(["Check"]));
}
