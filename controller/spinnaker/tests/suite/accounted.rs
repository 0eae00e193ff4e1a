//! Nothing is dropped without a word, and nothing is said to be there that is not.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use weir_spinnaker::{ImportError, Imported, Outcome, import};

use crate::fixture::{CALL, EVERY, SEED, TEMPLATE, assert_sound};

/// Every value that has none in it: its place, and the way to it.
fn leaves(value: &Value, place: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &format!("{place}[{index}]"), &format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            for (key, item) in fields {
                let is_plain =
                    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
                let inner = match (place, is_plain) {
                    ("", true) => key.clone(),
                    (_, true) => format!("{place}.{key}"),
                    _ => format!("{place}[{key:?}]"),
                };
                let key = key.replace('~', "~0").replace('/', "~1");
                leaves(item, &inner, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            found.push((place.to_owned(), pointer.to_owned()));
        }
    }
}

fn all(value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    leaves(value, "", "", &mut found);
    found
}

fn assert_accounted(value: &Value, made: &Imported) {
    for (place, _) in all(value) {
        assert!(!made.report.of(&place).is_empty(), "nothing is said of {place}");
    }
}

#[test]
fn every_leaf_of_the_pipelines_is_accounted_for() {
    for text in [SEED, EVERY, TEMPLATE, CALL] {
        let value: Value = serde_json::from_str(text).unwrap();
        assert_accounted(&value, &import(text).unwrap());
    }
}

/// Something else of the same kind.
fn other(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => json!(!flag),
        Value::Number(number) => json!(number.as_i64().unwrap_or(0) + 1),
        Value::String(text) => {
            text.parse::<i64>().map_or_else(|_| json!(format!("{text}x")), |n| json!((n + 1).to_string()))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => json!(["other"]),
    }
}

/// Fields that only say how others are to be read, and references that no other stage has.
const WITHOUT_EFFECT: [&str; 9] = [
    "expectedArtifacts[0].id",
    "Artifact.id",
    ".refId",
    ".source",
    ".mode",
    ".stageEnabled.type",
    ".scopeName",
    ".analysisType",
    ".failOnFailedExpressions",
];

/// A field that is said to be mapped decides about the document: another value makes another one, or another report.
#[test]
fn what_is_said_to_be_mapped_has_an_effect() {
    for text in [SEED, EVERY, TEMPLATE] {
        let value: Value = serde_json::from_str(text).unwrap();
        let made = import(text).unwrap();
        for (place, pointer) in all(&value) {
            let is_mapped =
                made.report.of(&place).iter().all(|entry| matches!(entry.outcome, Outcome::Mapped { .. }));
            if !is_mapped || WITHOUT_EFFECT.iter().any(|end| place.ends_with(end)) {
                continue;
            }
            let mut changed = value.clone();
            let leaf = changed.pointer_mut(&pointer).unwrap();
            if leaf.as_array().is_some_and(Vec::is_empty) || leaf == &json!("") {
                continue;
            }
            *leaf = other(leaf);
            let is_default = ["failPipeline", "continuePipeline", "completeOtherBranchesThenFail", "enabled"];
            match import(&changed.to_string()) {
                Ok(again) => assert!(
                    again.documents != made.documents
                        || again.report != made.report
                        || is_default.iter().any(|key| place.ends_with(key)),
                    "{place} is said to be mapped, and changes nothing"
                ),
                Err(error) => assert!(matches!(error, ImportError::Unusable(_)), "{place}: {error}"),
            }
        }
    }
}

#[test]
fn secrets_of_the_json_are_in_neither_document_nor_report() {
    let made = import(EVERY).unwrap();
    assert!(EVERY.contains("do-not-print"));
    assert!(!made.yaml.contains("do-not-print") && !made.report.text(true).contains("do-not-print"));
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        prop::sample::select(vec![
            "${ parameters.a }",
            "${",
            "${ #stage('A')['context']['b'] }",
            "deployment api",
            "1",
            "true",
            "",
            "ü",
            "a\nb",
            "text",
            "static",
            "expression",
            "$.a",
            "https://example.com",
            "PT1H",
            "99999999999999999999",
        ])
        .prop_map(str::to_owned),
    ]
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(texts(), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// One of the pipelines, with values in the place of some of its leaves and fields that nobody knows.
fn bent() -> impl Strategy<Value = Value> {
    let texts_of_stages = prop::sample::select(vec![SEED, EVERY, TEMPLATE, CALL]);
    let changes = prop::collection::vec((any::<prop::sample::Index>(), anything()), 0..6);
    (texts_of_stages, changes, texts(), anything()).prop_map(|(text, changes, key, extra)| {
        let mut value: Value = serde_json::from_str(text).unwrap();
        let places = all(&value);
        for (index, new) in changes {
            let (_, pointer) = &places[index.index(places.len())];
            if let Some(leaf) = value.pointer_mut(pointer) {
                *leaf = new;
            }
        }
        let stages = value.pointer_mut("/stages/0").and_then(Value::as_object_mut);
        if let Some(fields) = stages.filter(|_| !key.is_empty()) {
            fields.entry(format!("new {key}")).or_insert(extra);
        }
        value
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn whatever_is_bent_is_accounted_for_and_reads_clean(value in bent()) {
        match import(&value.to_string()) {
            Ok(made) => {
                assert_sound(&made);
                assert_accounted(&value, &made);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_stage_of_any_type_is_answered(
        kind in prop::sample::select(vec![
            "deployManifest", "scaleManifest", "undoRolloutManifest", "deleteManifest", "findArtifactFromResource",
            "kayentaCanary", "manualJudgment", "wait", "checkPreconditions", "evaluateVariables", "webhook", "pipeline",
            "runJobManifest", "unheardOf",
        ]),
        fields in prop::collection::btree_map("[a-zA-Z]{1,8}", anything(), 0..6),
    ) {
        let mut stage: Map<String, Value> = fields.into_iter().collect();
        stage.insert("type".to_owned(), json!(kind));
        let value = json!({"name": "p", "stages": [stage]});
        if let Ok(made) = import(&value.to_string()) {
            assert_sound(&made);
            assert_accounted(&value, &made);
        }
    }

    #[test]
    fn garbage_is_refused_or_imported_and_never_panics(text in "[\\[\\]{}:,\"a-z0-9 $]{0,80}") {
        if let Ok(made) = import(&text) {
            assert_sound(&made);
        }
    }
}
