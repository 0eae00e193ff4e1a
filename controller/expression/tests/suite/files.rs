//! YAML files of pipelines, and templates of which a part is evaluated before there is a run.

use serde_json::json;
use weir_expression::{Limits, Scope, YamlError, evaluate_about, yaml_documents};

#[test]
fn a_file_is_read_with_all_its_documents() {
    let text = "a: &x [1, two]\nb: *x\n---\n- 1.5\n";
    let read = yaml_documents(text, &Limits::default()).unwrap();
    assert_eq!(read, [json!({"a": [1, "two"], "b": [1, "two"]}), json!([1.5])]);
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_line() {
    let read = |text: &str| yaml_documents(text, &Limits::default()).unwrap_err();
    let twin = read("stages:\n- name: a\n  step: {}\n  name: b\n");
    assert_eq!(twin, YamlError::Twin { line: 4, key: "name".to_owned() });
    assert!(read("a: [1").to_string().starts_with("it is no YAML: "), "{}", read("a: [1"));
    let small = Limits { total_bytes: 100, ..Limits::default() };
    let text = format!("a: {}\nb: {}\n", "x".repeat(80), "y".repeat(80));
    assert!(yaml_documents(&text, &small).is_err());
}

#[test]
fn only_expressions_about_a_name_are_evaluated() {
    let values = json!({"name": "shop", "env": {"A": "1"}, "on": true});
    let scope = Scope::new(jiff::Timestamp::UNIX_EPOCH, 0).with("templateVariables", &values);
    let document = json!({
        "image": "${ templateVariables.name }:${ trigger.commit }",
        "env": "${ templateVariables.env }",
        "when": "${ trigger.branch == 'main' }",
        "both": "${ #toBase64(templateVariables.name) } ${ other.templateVariables }",
        "on": "${ templateVariables.on ? 'yes' : 'no' }",
    });
    let evaluated = evaluate_about("templateVariables", &document, &scope, &Limits::default()).unwrap();
    let expected = json!({
        "image": "shop:${ trigger.commit }",
        "env": {"A": "1"},
        "when": "${ trigger.branch == 'main' }",
        "both": "c2hvcA== ${ other.templateVariables }",
        "on": "yes",
    });
    assert_eq!(evaluated.value, expected);
}

#[test]
fn an_expression_about_a_name_sees_nothing_that_comes_later() {
    let scope = Scope::new(jiff::Timestamp::UNIX_EPOCH, 0).with("templateVariables", &json!({"a": 1}));
    let about = |text: &str| {
        evaluate_about("templateVariables", &json!({"x": text}), &scope, &Limits::default())
            .map(|made| made.value)
    };
    let failures = about("${ templateVariables.a + trigger.number }").unwrap_err();
    assert!(failures.to_string().contains("trigger"), "{failures}");
    assert!(about("${ templateVariables.b }").unwrap_err().to_string().contains("templateVariables"));
    // An expression that cannot be read is told now, whatever it is about.
    assert!(about("${ trigger. }").is_err());
}
