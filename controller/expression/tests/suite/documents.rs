//! Documents: manifests, fields of stages, parameters.

use serde_json::json;
use weir_expression::{Level, Limits, Strictness, evaluate_all};

use crate::fixture::scope;

#[test]
fn every_text_and_key_is_evaluated_with_its_type() {
    let document = json!({
        "manifests": [{
            "kind": "Deployment",
            "metadata": {"name": "${ trigger.properties[\"application\"] }-canary", "labels": {"${ label }": "x"}},
            "spec": {"replicas": "${ replicas }", "paused": false, "ports": [80, "${ replicas * 10 }"], "nothing": null},
            "env": "${ trigger.properties.environment.production }",
        }],
        "${ 1 + 1 }": "two",
    });
    let evaluated = evaluate_all(&document, &scope(), &Limits::default()).unwrap();
    assert_eq!(
        evaluated.value,
        json!({
            "manifests": [{
                "kind": "Deployment",
                "metadata": {"name": "shop-canary", "labels": {"own": "x"}},
                "spec": {"replicas": 3, "paused": false, "ports": [80, 30], "nothing": null},
                "env": {"LOG_LEVEL": "warn"},
            }],
            "2": "two",
        })
    );
    assert!(evaluated.summary.is_empty());
}

#[test]
fn every_failing_place_is_named_and_not_only_the_first() {
    let document = json!({
        "manifests": [{"metadata": {"name": "${ trigger.properties[\"aplication\"] }", "labels": {"a.b/c": "${ x }"}}}],
        "${ y }": 1,
        "fine": "${ replicas }",
        "z": ["a", ["${ 1 + }"]],
    });
    let failures = evaluate_all(&document, &scope(), &Limits::default()).unwrap_err();
    let lines: Vec<String> = failures.0.iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(lines[0].starts_with("[\"${ y }\"]: ${ y }: nothing is called \"y\" here"), "{}", lines[0]);
    assert!(lines[1].starts_with("manifests[0].metadata.labels[\"a.b/c\"]: ${ x }: nothing"), "{}", lines[1]);
    assert_eq!(
        lines[2],
        "manifests[0].metadata.name: ${ trigger.properties[\"aplication\"] }: no key \"aplication\" in trigger.properties; did you mean \"application\"?"
    );
    assert!(lines[3].starts_with("z[1][0]: ${ 1 + }: } stands here"), "{}", lines[3]);
    assert_eq!(failures.to_string(), lines.join("\n"));
}

#[test]
fn lenient_documents_keep_what_has_no_value_and_say_so() {
    let document = json!({"a": "${ nope }", "b": "x ${ nope } ${ replicas }", "c": "${ nope.x }", "d": "${ 1 + }", "e": "${ replicas }"});
    let lenient = scope().with_strictness(Strictness::Lenient);
    let evaluated = evaluate_all(&document, &lenient, &Limits::default()).unwrap();
    assert_eq!(
        evaluated.value,
        json!({"a": "${ nope }", "b": "x ${ nope } 3", "c": "${ nope.x }", "d": "${ 1 + }", "e": 3})
    );
    let summary: Vec<(&str, Level)> =
        evaluated.summary.iter().map(|entry| (entry.failure.path.as_str(), entry.level)).collect();
    assert_eq!(summary, [("a", Level::Info), ("b", Level::Info), ("c", Level::Error), ("d", Level::Error)]);
    assert!(evaluated.summary[0].failure.to_string().contains("nothing is called \"nope\" here"));
}

#[test]
fn two_keys_that_become_one_are_refused() {
    let document = json!({"own": 1, "${ label }": 2});
    let failures = evaluate_all(&document, &scope(), &Limits::default()).unwrap_err();
    assert!(failures.to_string().contains("two keys become \"own\""), "{failures}");
}

#[test]
fn what_an_expression_makes_is_not_evaluated_again() {
    let scope = scope().with("evil", &json!("${ T(Math).random() }"));
    let document = json!({"a": "${ evil }", "b": "x ${ evil }", "c": "${ {evil} }"});
    let evaluated = evaluate_all(&document, &scope, &Limits::default()).unwrap();
    let kept = "${ T(Math).random() }";
    assert_eq!(evaluated.value, json!({"a": kept, "b": format!("x {kept}"), "c": [kept]}));
}

#[test]
fn a_document_draws_other_random_values_for_each_text() {
    let document = json!(["${ T(UUID).randomUUID() }", "${ T(UUID).randomUUID() }"]);
    let value = || evaluate_all(&document, &scope(), &Limits::default()).unwrap().value;
    assert_ne!(value()[0], value()[1]);
    assert_eq!(value(), value(), "a second look at the same run makes the same document");
}
