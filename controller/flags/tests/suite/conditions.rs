//! What a rule asks of the context.

use serde_json::{Value, json};

use crate::fixture::{context, served, with_rules};

fn holds(condition: &Value, attributes: Value) -> bool {
    let flag = with_rules(&json!([{ "if": [condition], "variant": "on" }]));
    served(&flag, &context(attributes)) == "on"
}

/// Each: a test, values for which it holds, values for which its contrary does, values of which it says nothing.
fn table() -> Vec<(Value, [Vec<Value>; 3])> {
    let row = |test, yes: Value, no: Value, neither: Value| {
        (test, [yes, no, neither].map(|values| values.as_array().unwrap().clone()))
    };
    vec![
        row(
            json!({ "equals": "DE" }),
            json!(["DE", ["AT", "DE"]]),
            json!(["de", "", 1, [], {}]),
            json!([null]),
        ),
        row(json!({ "equals": 1 }), json!([1, 1.0]), json!(["1", 2, true]), json!([null])),
        row(json!({ "equals": false }), json!([false]), json!([true, 0]), json!([null])),
        row(json!({ "equals": { "a": 1 } }), json!([{ "a": 1 }]), json!([{ "a": 2 }]), json!([null])),
        row(
            json!({ "in": ["b", "a", 3, true] }),
            json!(["a", "b", 3, true, ["z", 3]]),
            json!(["c", 4, false]),
            json!([null]),
        ),
        // Too large for a float: these two are not the same number.
        row(
            json!({ "equals": 9_007_199_254_740_993_u64 }),
            json!([9_007_199_254_740_993_u64]),
            json!([9_007_199_254_740_992_u64]),
            json!([]),
        ),
        row(
            json!({ "prefix": ["/a", "/b"] }),
            json!(["/a/x", "/b", [1, "/a"]]),
            json!(["x/a", "", [1, "x"]]),
            json!([1, true, [1], null]),
        ),
        row(
            json!({ "suffix": ["@a.example", "@b.example"] }),
            json!(["x@b.example"]),
            json!(["x@b.example.org"]),
            json!([1, null]),
        ),
        row(
            json!({ "semver": ">=2.1.0, <3.0.0" }),
            json!(["2.1.0", "v2.9", "2.2.0-beta.1"]),
            json!(["2.0.9", "3.0.0"]),
            json!(["latest", 2, null]),
        ),
    ]
}

#[test]
fn each_test_holds_or_its_contrary_does_or_nothing_is_said() {
    for (test, values) in table() {
        for (values, expected) in values.into_iter().zip([[true, false], [false, true], [false, false]]) {
            for value in values {
                let found = [false, true].map(|not| {
                    let mut condition = test.clone();
                    condition["attribute"] = json!("a");
                    condition["not"] = json!(not);
                    holds(&condition, json!({ "a": value }))
                });
                assert_eq!(found, expected, "{test} of {value}, and its contrary");
            }
        }
        let mut missing = test.clone();
        missing["attribute"] = json!("b");
        assert!(!holds(&missing, json!({ "a": "DE" })), "{test} of nothing");
        missing["not"] = json!(true);
        assert!(!holds(&missing, json!({ "a": "DE" })), "not {test} of nothing");
    }
}

#[test]
fn presence_is_asked_for_by_itself() {
    for (present, attributes, expected) in [
        (true, json!({ "a": 0 }), true),
        (true, json!({ "a": null }), false),
        (true, json!({}), false),
        (false, json!({ "a": "" }), false),
        (false, json!({ "a": null }), true),
        (false, json!({}), true),
    ] {
        let condition = json!({ "attribute": "a", "present": present });
        assert_eq!(holds(&condition, attributes.clone()), expected, "{present} {attributes}");
    }
}

#[test]
fn an_attribute_within_an_object_is_named_by_a_pointer() {
    let condition = json!({ "attribute": "/plan/name", "in": ["pro", "team"] });
    assert!(holds(&condition, json!({ "plan": { "name": "pro" } })));
    assert!(!holds(&condition, json!({ "plan": { "name": "free" } })));
    assert!(!holds(&condition, json!({ "plan": "pro" })));
}

#[test]
fn thousands_of_values_are_one_condition() {
    let ids: Vec<String> = (0..10_000).map(|id| format!("u{}", id * 7919 % 10_000)).collect();
    let condition = json!({ "attribute": "targetingKey", "in": ids });
    let flag = with_rules(&json!([{ "if": [condition], "variant": "on" }]));
    for (user, expected) in [("u0", "on"), ("u9999", "on"), ("u5000", "on"), ("u10000", "off"), ("u", "off")]
    {
        assert_eq!(served(&flag, &crate::fixture::user(user)), expected, "{user}");
    }
}
