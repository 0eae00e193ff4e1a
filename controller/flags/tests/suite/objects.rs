//! All objects at once: a bad one stops no other, and a key is one object's.

use serde_json::{Value, json};
use weir_flags::{Flags, Object, ObjectName};

use crate::fixture::{flags, name, nowhere, user};

fn valid(key: &str, value: i64) -> Value {
    json!({ "key": key, "variants": { "a": value }, "defaultVariant": "a" })
}

fn value_of(flags: &Flags, key: &str) -> Result<Value, String> {
    let evaluation = flags
        .evaluate(key, &user("u"), nowhere)
        .map_err(|failure| format!("{}: {failure}", failure.code()))?;
    Ok(evaluation.value().cloned().unwrap_or_default())
}

fn problems_of(flags: &Flags, object: &str) -> Vec<String> {
    flags.problems().get(&name(object)).into_iter().flatten().map(ToString::to_string).collect()
}

#[test]
fn a_bad_object_stops_no_other() {
    let flags = flags([
        ("good", valid("good", 1)),
        (
            "unreadable",
            json!({ "key": "broken", "variants": { "a": 1 }, "rules": [{ "variant": "a" }, { "varaint": "a" }] }),
        ),
        ("no-object", json!("x")),
        ("wrong", json!({ "variants": {}, "defaultVariant": "a" })),
    ]);
    assert_eq!(value_of(&flags, "good"), Ok(json!(1)));
    assert_eq!(flags.len(), 4);
    let unreadable = problems_of(&flags, "unreadable");
    assert!(
        unreadable[0].starts_with("rules[1].varaint: unknown field `varaint`, expected one of"),
        "{unreadable:?}"
    );
    let told = value_of(&flags, "broken").unwrap_err();
    assert!(
        told.starts_with(
            "PARSE_ERROR: FeatureFlag shop/unreadable has a problem: rules[1].varaint: unknown field"
        ),
        "{told}"
    );
    // Without a key of its own it is known by the object's name.
    assert!(value_of(&flags, "no-object").unwrap_err().starts_with("PARSE_ERROR"), "a text is no spec");
    let told = value_of(&flags, "wrong").unwrap_err();
    assert!(
        told.starts_with("PARSE_ERROR: FeatureFlag shop/wrong has 2 problems, the first: variants"),
        "{told}"
    );
    assert_eq!(problems_of(&flags, "good"), Vec::<String>::new());
    assert_eq!(value_of(&flags, "none"), Err("FLAG_NOT_FOUND: no FeatureFlag has this key".to_owned()));
}

#[test]
fn a_mistake_in_the_form_of_one_rule_does_not_hide_those_of_others() {
    let rules = json!([
        { "variant": "a" },
        { "varaint": "a" },
        { "if": [{ "attribute": "x", "equals": 1 }], "variant": false },
        { "rollout": { "portions": [{ "variant": "a", "percent": 1 }, { "variant": "a", "percent": 101 }] } },
        7,
    ]);
    let flags = flags([
        ("f", json!({ "variants": { "a": 1 }, "state": "maybe", "rules": rules })),
        ("g", json!({ "variants": { "a": 1 }, "rules": 7 })),
        ("h", json!({ "rules": [] })),
    ]);
    let begins = |object: &str, expected: &[&str]| {
        let found = problems_of(&flags, object);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    };
    begins(
        "f",
        &[
            "state: unknown variant `maybe`, expected `enabled` or `disabled`: correct",
            "rules[1].varaint: unknown field `varaint`",
            "rules[2].variant: invalid type: boolean `false`, expected a string: some readers of YAML",
            "rules[3].rollout.portions[1].percent: 101 is no share: give percent from 0 to 100",
            "rules[4]: invalid type: integer `7`, expected struct Rule",
        ],
    );
    begins("g", &["rules: invalid type: integer `7`, expected a sequence"]);
    begins("h", &["missing field `variants`: correct"]);
}

#[test]
fn yaml_that_made_a_boolean_of_a_word_is_recognised() {
    let flags = flags([("f", json!({ "variants": { "on": true, "off": false }, "defaultVariant": false }))]);
    assert_eq!(
        problems_of(&flags, "f"),
        [
            "defaultVariant: invalid type: boolean `false`, expected a string: some readers of YAML make true and false of on, off, yes and no: put it in quotes"
        ]
    );
}

#[test]
fn of_two_objects_with_a_key_the_older_keeps_it_and_both_are_told() {
    let object = |object: &str, created_seconds, spec| Object { name: name(object), created_seconds, spec };
    let mut newer = valid("k", 2);
    newer["aliases"] = json!(["l"]);
    let objects = [object("newer", 20, newer), object("older", 10, valid("k", 1))];
    for objects in [objects.clone(), {
        let [a, b] = objects;
        [b, a]
    }] {
        let flags = Flags::new(objects);
        assert_eq!(value_of(&flags, "k"), Ok(json!(1)), "whatever the order they come in");
        assert_eq!(value_of(&flags, "l"), Ok(json!(2)), "its other keys are served");
        assert_eq!(
            problems_of(&flags, "older"),
            [
                r#"key: FeatureFlag shop/newer has the key "k" too, and is not served under it: give one of them another key"#
            ]
        );
        assert_eq!(
            problems_of(&flags, "newer"),
            [
                r#"key: "k" is already the key of FeatureFlag shop/older, which is older and keeps it: give one of them another key"#
            ]
        );
    }
}

#[test]
fn a_broken_object_keeps_its_key_too() {
    let flags = flags([("older", json!({ "key": "k", "variants": {} })), ("newer", valid("k", 2))]);
    assert!(value_of(&flags, "k").unwrap_err().starts_with("PARSE_ERROR: FeatureFlag shop/older"));
}

#[test]
fn objects_of_one_age_are_in_the_order_of_their_names() {
    let object = |namespace: &str, value| Object {
        name: ObjectName { namespace: namespace.to_owned(), name: "f".to_owned() },
        created_seconds: 5,
        spec: valid("k", value),
    };
    let flags = Flags::new([object("b", 2), object("a", 1)]);
    assert_eq!(value_of(&flags, "k"), Ok(json!(1)));
    assert_eq!(flags.get("k").unwrap().0.to_string(), "a/f");
}

#[test]
fn all_are_evaluated_in_the_order_of_their_keys() {
    let flags = flags([
        ("one", valid("z", 1)),
        ("two", valid("a", 2)),
        ("three", json!({ "key": "m", "variants": {} })),
    ]);
    let context = user("u");
    let found: Vec<(&str, bool)> =
        flags.evaluate_all(&context, nowhere).map(|(key, result)| (key, result.is_ok())).collect();
    assert_eq!(found, [("a", true), ("m", false), ("z", true)]);
    assert!(Flags::new([]).is_empty());
}
