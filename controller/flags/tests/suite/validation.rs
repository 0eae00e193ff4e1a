//! Problems: where, what, and how to mend it.

use serde_json::{Value, json};
use weir_flags::{Flag, FlagSpec};

use crate::fixture::{name, spec_with};

fn problems(spec: &Value) -> Vec<String> {
    let spec: FlagSpec =
        serde_json::from_value(spec.clone()).unwrap_or_else(|error| panic!("{spec}: {error}"));
    let problems = Flag::new(spec, &name("checkout")).err().unwrap_or_default();
    problems.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_one(spec: &Value, expected: &str) {
    assert_eq!(problems(spec), [expected], "{spec}");
}

#[test]
fn every_problem_is_named_at_once() {
    let spec = json!({
        "key": " checkout",
        "aliases": ["old", "old"],
        "variants": { "on": true, "off": false },
        "defaultVariant": "offf",
        "metadata": { "weir.rule": "x", "owners": ["a"] },
        "rules": [
            { "variant": "on" },
            { "if": [{ "attribute": "", "equals": 1 }, { "attribute": "a" }, { "attribute": "v", "semver": "2" }], "variant": "blue" },
            { "variant": "on", "rollout": { "portions": [] } },
        ],
    });
    assert_eq!(
        problems(&spec),
        [
            r#"key: " checkout" has blanks around it: give what programs ask for, at most 253 bytes"#,
            r#"aliases[1]: "old" is there twice: leave one out"#,
            r#"defaultVariant: there is no variant "offf": did you mean "off"?"#,
            "rules[0]: has no conditions, so nothing after it is ever looked at: put it last, or give it an `if`",
            "rules[1].if[0].attribute: is empty: give the name of an attribute of the context",
            "rules[1].if[1]: asks nothing: give equals, in, prefix, suffix, semver or present",
            r#"rules[1].if[2].semver: "2" does not say how to compare: write it as `>=2.1.0, <3.0.0`, `=2.1.0`, `^2.1.0` or `~2.1.0`"#,
            r#"rules[1].variant: there is no variant "blue": there are off, on"#,
            "rules[2]: does not say one thing: give one of variant, rollout and follows",
            "metadata.owners: the protocol has no such metadata: give a text, a number, true or false",
            "metadata.weir.rule: names with `weir.` are Weir's own: give it another name",
        ]
    );
}

#[test]
fn values_have_one_type_that_the_protocol_has() {
    let of = |variants: Value| json!({ "variants": variants });
    assert_one(&of(json!({})), "variants: there are 0: give from one to 100 values by name");
    assert_one(
        &of(json!({ "a": 1, "b": null })),
        "variants.b: is null: the protocol has booleans, texts, numbers and objects: put a list into an object",
    );
    assert_one(
        &of(json!({ "a": [1], "b": {} })),
        "variants.a: is a list: the protocol has booleans, texts, numbers and objects: put a list into an object",
    );
    assert_one(
        &of(json!({ "a": true, "b": "x" })),
        "variants: a is boolean, and b is string: give all of them one type",
    );
    assert_one(
        &of(json!({ "a": true, "b": 0.5 })),
        "variants: b is float, and a is boolean: give all of them one type",
    );
    assert_one(
        &json!({ "type": "integer", "variants": { "a": 1, "b": 0.5 } }),
        "variants.b: is float, and `type` is integer: change one of them",
    );
}

#[test]
fn yaml_that_made_a_boolean_of_a_name_is_recognised() {
    let spec = json!({ "variants": { "true": true, "false": false }, "defaultVariant": "off" });
    assert_one(
        &spec,
        r#"defaultVariant: there is no variant "off": "false" is what some readers of YAML make of off: put it in quotes in `variants`"#,
    );
}

#[test]
fn conditions_say_one_thing() {
    let condition = |condition: Value| spec_with(&json!([{ "if": [condition], "variant": "on" }]));
    for (written, expected) in [
        (
            json!({ "attribute": "a", "equals": 1, "in": [2] }),
            "rules[0].if[0]: asks two things: make two conditions of it: all of them have to hold",
        ),
        (
            json!({ "attribute": "a", "in": [] }),
            "rules[0].if[0].in: is empty: it never holds: give values, or leave the rule out",
        ),
        (
            json!({ "attribute": "a", "in": [[1]] }),
            "rules[0].if[0].in: has a list or null, which no attribute is: a list holds where one of its elements does; `present: false` asks for what is not there",
        ),
        (
            json!({ "attribute": "a", "prefix": [""] }),
            "rules[0].if[0].prefix: has an empty text: it always holds: give texts; `present: true` asks for any",
        ),
        (
            json!({ "attribute": "a", "suffix": [] }),
            "rules[0].if[0].suffix: is empty: it never holds: give texts; `present: true` asks for any",
        ),
        (
            json!({ "attribute": "a", "present": true, "not": true }),
            "rules[0].if[0].not: goes with `present`: write `present: false`",
        ),
    ] {
        assert_one(&condition(written), expected);
    }
}

#[test]
fn shares_and_canaries_are_checked() {
    let rule = |rule: Value| spec_with(&json!([rule]));
    let portion = |variant: &str, percent: f64| json!({ "variant": variant, "percent": percent });
    for (written, expected) in [
        (
            json!({ "rollout": { "portions": [] } }),
            "rules[0].rollout.portions: is empty: give a variant and its percent",
        ),
        (
            json!({ "rollout": { "portions": [portion("on", 60.0), portion("off", 40.01)] } }),
            "rules[0].rollout.portions: are 100.01 % together: 100 % is the most",
        ),
        (
            json!({ "rollout": { "portions": [portion("on", 1.0), portion("on", 2.0)] } }),
            r#"rules[0].rollout.portions[1].variant: "on" is there twice: add the shares up"#,
        ),
        (
            json!({ "rollout": { "portions": [portion("on", 1.0)], "by": "" } }),
            "rules[0].rollout.by: is empty: give a text, or leave it out",
        ),
        (
            json!({ "rollout": { "portions": [portion("on", 1.0)], "salt": "" } }),
            "rules[0].rollout.salt: is empty: give a text, or leave it out",
        ),
        (
            json!({ "follows": { "canary": "Shop/api", "variant": "on" } }),
            r#"rules[0].follows.canary: "Shop/api" is no name of a Canary: write `name`, or `namespace/name`"#,
        ),
        (
            json!({ "follows": { "canary": "a/b/c", "variant": "on" } }),
            r#"rules[0].follows.canary: "a/b/c" is no name of a Canary: write `name`, or `namespace/name`"#,
        ),
        (
            json!({ "follows": { "canary": "api", "variant": "off" } }),
            r#"rules[0].follows.otherwise: those who are not in get "off" too: give another variant"#,
        ),
    ] {
        assert_one(&rule(written), expected);
    }
}

#[test]
fn there_are_limits() {
    let key = "k".repeat(254);
    assert_one(
        &json!({ "key": key, "variants": { "a": 1 } }),
        "key: has 254 bytes: give what programs ask for, at most 253 bytes",
    );
    assert_one(
        &json!({ "key": "", "variants": { "a": 1 } }),
        "key: is empty: give what programs ask for, at most 253 bytes",
    );
    let condition = json!({ "attribute": "a", "equals": 1 });
    let rules = json!(vec![json!({ "if": [condition], "variant": "on" }); 101]);
    assert_one(&spec_with(&rules), "rules: there are 101: 100 are the most: list values in one rule's `in`");
    let many = json!([{ "if": vec![condition; 101], "variant": "on" }]);
    assert_one(&spec_with(&many), "rules[0].if: there are 101: 100 are the most");
}

#[test]
fn a_spec_comes_back_as_it_was_written() {
    let spec = json!({
        "key": "new-checkout", "aliases": ["checkout2"], "type": "boolean", "state": "enabled",
        "variants": { "on": true, "off": false }, "defaultVariant": "off", "metadata": { "team": "checkout" },
        "rules": [
            { "name": "staff", "if": [{ "attribute": "email", "suffix": ["@shop.example"] }, { "attribute": "app", "semver": ">=2.1.0", "not": true }], "variant": "on" },
            { "rollout": { "portions": [{ "variant": "on", "percent": 33.33 }], "otherwise": "off", "by": "company", "salt": "s" }, "if": [{ "attribute": "x", "present": true }] },
            { "follows": { "canary": "shop/api", "variant": "on" } },
        ],
    });
    let read: FlagSpec = serde_json::from_value(spec.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), spec);
    assert_eq!(problems(&spec), Vec::<String>::new());
}

#[test]
fn a_pattern_of_images_is_one() {
    for (images, expected) in [
        (
            "",
            "rules[0].follows.images: is empty: write images with `*` for anything, such as `*:2.*`, or leave it out",
        ),
        (
            "api:[2",
            "rules[0].follows.images: error parsing glob 'api:[2': unclosed character class; missing ']': write images with `*` for anything, such as `*:2.*`, or leave it out",
        ),
    ] {
        let follows = json!({ "canary": "api", "images": images, "variant": "on" });
        assert_one(&spec_with(&json!([{ "follows": follows }])), expected);
    }
}
