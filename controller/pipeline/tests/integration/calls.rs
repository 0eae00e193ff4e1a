//! Parameters, and the values of a call.

use serde_json::{Map, Value, json};
use weir_pipeline::arguments::bind;
use weir_pipeline::definition::Parameter;

use crate::fixture::whole;

fn parameters(text: &str) -> Vec<Parameter> {
    serde_json::from_str(text).unwrap()
}

fn given(value: Value) -> Map<String, Value> {
    let Value::Object(given) = value else { panic!("no object") };
    given
}

const SHOP: &str = r#"[
    {"name": "image", "required": true, "constraint": "registry/[a-z]+:[0-9a-f]{7,40}"},
    {"name": "replicas", "type": "integer", "default": 2},
    {"name": "environment", "options": ["homolog", "production"], "default": "homolog"},
    {"name": "dryRun", "type": "boolean"}]"#;

#[test]
fn what_is_not_given_gets_its_default_or_null() {
    let bound =
        bind(&parameters(SHOP), &given(json!({"image": "registry/shop:0a1b2c3", "replicas": "5"}))).unwrap();
    let expected =
        json!({"image": "registry/shop:0a1b2c3", "replicas": 5, "environment": "homolog", "dryRun": null});
    assert_eq!(Value::Object(bound), expected);
}

#[test]
fn every_problem_of_a_call_is_told_at_once() {
    let call = json!({"replica": 3, "replicas": "many", "environment": "prod", "dryRun": null});
    let problems = bind(&parameters(SHOP), &given(call)).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "parameters.replica: this pipeline has no such parameter: did you mean \"replicas\"?",
            "parameters.image: is required and missing: give a text",
            "parameters.replicas: \"many\" is not a whole number: give a whole number",
            "parameters.environment: \"prod\" is not among the options: give one of \"homolog\", \"production\"",
        ]
    );
}

#[test]
fn a_constraint_is_about_the_whole_text() {
    for (image, fits) in [
        ("registry/shop:0a1b2c3", true),
        ("registry/shop:0a1b2c3\nrm", false),
        ("xregistry/shop:0a1b2c3", false),
        ("registry/shop:latest", false),
        ("", false),
    ] {
        let bound = bind(&parameters(SHOP), &given(json!({ "image": image })));
        assert_eq!(bound.is_ok(), fits, "{image:?}: {bound:?}");
    }
    let either = r#"[{"name": "x", "constraint": "a|b"}]"#;
    assert!(
        bind(&parameters(either), &given(json!({"x": "ac"}))).is_err(),
        "the bar does not split the anchors"
    );
}

#[test]
fn parameters_that_no_call_could_meet_are_problems_of_the_definition() {
    let text = r#"{"stages": [{"name": "a", "step": "x"}], "parameters": [
        {"name": "1st"}, {"name": "a"}, {"name": "a"},
        {"name": "n", "type": "integer", "default": "two"},
        {"name": "o", "type": "integer", "options": [1, "x"], "default": 3},
        {"name": "c", "constraint": "(", "default": "x"},
        {"name": "d", "constraint": "[0-9]+", "default": "x"},
        {"name": "e", "type": "boolean", "constraint": "true"}]}"#;
    let problems = weir_pipeline::validate(&whole(text));
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "parameters[0].name: \"1st\" is no name that an expression could use: give letters, digits, `_` and `-`, beginning with a letter or `_`",
            "parameters[2].name: there are two \"a\": rename one of them",
            "parameters[3].default: \"two\" is not a whole number: give a whole number",
            "parameters[4].options[1]: \"x\" is not a whole number: give a whole number, or another `type`",
            "parameters[4].default: 3 is not among the options: give one of 1, \"x\"",
            "parameters[5].constraint: is no regular expression: unclosed group",
            "parameters[6].default: \"x\" does not match \"[0-9]+\": give a text that matches as a whole",
            "parameters[7].constraint: is about texts, and the parameter is true or false: remove it, or list `options`",
        ]
    );
}
