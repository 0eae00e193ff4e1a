//! Who gets what, and what is said of why.

use serde_json::{Value, json};
use weir_flags::evaluation::Told;
use weir_flags::spec::Kind;
use weir_flags::{ErrorCode, Reason, evaluate};

use crate::fixture::{context, flag, nowhere, served, user, with_rules};

#[test]
fn a_flag_without_rules_is_static_and_a_disabled_one_says_so() {
    let spec = |state: &str| json!({ "variants": { "on": true, "off": false }, "defaultVariant": "on", "state": state });
    for (state, reason) in [("enabled", Reason::Static), ("disabled", Reason::Disabled)] {
        let flag = flag(spec(state));
        let evaluation = evaluate(&flag, &context(json!({})), nowhere).unwrap();
        assert_eq!((evaluation.value(), evaluation.reason), (Some(&json!(true)), reason), "{state}");
        assert_eq!(evaluation.metadata().count(), 0);
    }
}

#[test]
fn a_disabled_flag_looks_at_no_rule() {
    let mut spec = crate::fixture::spec_with(&json!([{ "variant": "on" }]));
    assert_eq!(served(&flag(spec.clone()), &user("a")), "on");
    spec["state"] = json!("disabled");
    assert_eq!(served(&flag(spec), &user("a")), "off");
}

#[test]
fn without_a_default_the_program_takes_its_own() {
    let flag = flag(
        json!({ "variants": { "on": true }, "rules": [{ "if": [{ "attribute": "beta", "equals": true }], "variant": "on" }] }),
    );
    let evaluation = evaluate(&flag, &context(json!({})), nowhere).unwrap();
    assert_eq!((evaluation.variant, evaluation.value(), evaluation.reason), (None, None, Reason::Default));
    assert_eq!(served(&flag, &context(json!({ "beta": true }))), "on");
}

#[test]
fn the_first_rule_that_holds_decides_and_all_its_conditions_have_to() {
    let flag = flag(json!({
        "variants": { "a": "A", "b": "B", "c": "C" },
        "defaultVariant": "c",
        "rules": [
            { "name": "staff in Berlin", "variant": "a",
              "if": [{ "attribute": "email", "suffix": ["@shop.example"] }, { "attribute": "city", "equals": "Berlin" }] },
            { "variant": "b", "if": [{ "attribute": "email", "suffix": ["@shop.example"] }] },
        ],
    }));
    for (attributes, variant, reason, rule) in [
        (
            json!({ "email": "x@shop.example", "city": "Berlin" }),
            "a",
            Reason::TargetingMatch,
            Some("staff in Berlin"),
        ),
        (json!({ "email": "x@shop.example", "city": "Bonn" }), "b", Reason::TargetingMatch, Some("rules[1]")),
        (json!({ "email": "x@mail.example", "city": "Berlin" }), "c", Reason::Default, None),
    ] {
        let evaluation = evaluate(&flag, &context(attributes), nowhere)
            .map(|found| (found.variant.unwrap().name.clone(), found.reason, found.rule));
        assert_eq!(evaluation.unwrap(), (variant.to_owned(), reason, rule));
    }
}

#[test]
fn metadata_is_the_flags_own_and_then_what_was_decided() {
    let flag = flag(json!({
        "variants": { "on": true, "off": false }, "defaultVariant": "off", "metadata": { "team": "checkout", "tier": 1 },
        "rules": [{ "name": "beta", "if": [{ "attribute": "beta", "present": true }], "variant": "on" }],
    }));
    let told = |attributes: Value| -> Vec<(String, Value)> {
        let evaluation = evaluate(&flag, &context(attributes), nowhere).unwrap();
        let value = |told| match told {
            Told::Value(value) => value.clone(),
            Told::Text(text) => json!(text),
        };
        evaluation.metadata().map(|(name, told)| (name.to_owned(), value(told))).collect()
    };
    let own = [("team".to_owned(), json!("checkout")), ("tier".to_owned(), json!(1))];
    let with = |name: &str, text: &str| [&own[..], &[(name.to_owned(), json!(text))]].concat();
    assert_eq!(told(json!({ "beta": 1 })), with("weir.rule", "beta"));
    assert_eq!(told(json!({})), with("weir.reason", "DEFAULT"));
}

#[test]
fn users_cannot_be_divided_without_a_key() {
    let by = |by: Value| {
        let rollout = json!({ "portions": [{ "variant": "on", "percent": 100 }], "by": by });
        with_rules(&json!([{ "name": "half", "rollout": rollout }]))
    };
    let failure = |flag: &weir_flags::Flag, attributes: Value| {
        let context = context(attributes);
        evaluate(flag, &context, nowhere)
            .map(|found| found.variant.unwrap().name.clone())
            .map_err(|failure| (failure.code(), failure.to_string()))
    };
    let (usual, company) = (by(Value::Null), by(json!("company")));
    for attributes in [
        json!({}),
        json!({ "targetingKey": "" }),
        json!({ "targetingKey": null }),
        json!({ "targetingKey": ["a"] }),
    ] {
        let (code, text) = failure(&usual, attributes).unwrap_err();
        assert_eq!(
            (code, text.as_str()),
            (
                ErrorCode::TargetingKeyMissing,
                "half divides users by their targetingKey, and the context has none"
            )
        );
    }
    for attributes in [json!({ "targetingKey": "a" }), json!({ "company": true }), json!({ "company": {} })] {
        let (code, text) = failure(&company, attributes).unwrap_err();
        assert_eq!(code, ErrorCode::InvalidContext, "{text}");
        assert!(text.contains("half divides users by company"), "{text}");
    }
    for attributes in [json!({ "company": "a" }), json!({ "company": 7 }), json!({ "company": 7.5 })] {
        assert_eq!(failure(&company, attributes), Ok("on".to_owned()));
    }
}

#[test]
fn the_type_is_that_of_the_values() {
    for (values, kind) in [
        (json!({ "a": true }), Kind::Boolean),
        (json!({ "a": "x", "b": "" }), Kind::String),
        (json!({ "a": 1, "b": -2 }), Kind::Integer),
        (json!({ "a": 1, "b": 0.5 }), Kind::Float),
        (json!({ "a": { "x": [1, null] }, "b": {} }), Kind::Object),
    ] {
        assert_eq!(flag(json!({ "variants": values })).kind(), kind);
    }
    assert_eq!(flag(json!({ "type": "float", "variants": { "a": 1 } })).kind(), Kind::Float);
}
