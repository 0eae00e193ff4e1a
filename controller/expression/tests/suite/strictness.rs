//! What is not there: an error where expressions are strict, null where they are lenient.

use serde_json::json;
use weir_expression::Strictness;

use crate::fixture::{errors, errors_in, scope, values_in};

#[test]
fn what_is_not_there_is_used_for_nothing_where_expressions_are_strict() {
    errors(&[
        ("parameters.tag == 'a'", "no key \"tag\" in parameters"),
        ("parameters.tag != 'a'", "no key \"tag\" in parameters"),
        ("parameters.tag == parameters.tog", "no key \"tag\" in parameters"),
        ("parameters.tag + 'a'", "no key \"tag\" in parameters"),
        ("'a' + parameters.tag", "no key \"tag\" in parameters"),
        ("parameters.tag < 1", "no key \"tag\" in parameters"),
        ("-parameters.tag", "no key \"tag\" in parameters"),
        ("!parameters.tag", "no key \"tag\" in parameters"),
        ("parameters.tag ? 1 : 2", "no key \"tag\" in parameters"),
        ("parameters.tag matches 'a'", "no key \"tag\" in parameters"),
        ("{parameters.tag}", "no key \"tag\" in parameters"),
        ("{a: parameters.tag}", "no key \"tag\" in parameters"),
        ("#toInt(parameters.tag)", "no key \"tag\" in parameters"),
        ("'a'.concat(parameters.tag)", "no key \"tag\" in parameters"),
        ("pods[parameters.tag]", "no key \"tag\" in parameters"),
        ("parameters.tag.x", "no key \"tag\" in parameters"),
        ("pods.?[nme == 'a']", "no key \"nme\" in the element"),
        ("true ? parameters.tag : 1", "no key \"tag\" in parameters"),
    ]);
}

#[test]
fn what_is_not_there_is_null_where_expressions_are_lenient() {
    let lenient = scope().with_strictness(Strictness::Lenient);
    values_in(
        &lenient,
        &[
            ("parameters.tag == 'a'", json!(false)),
            ("parameters.tag != 'a'", json!(true)),
            ("parameters.tag == null", json!(true)),
            ("parameters.count == 3", json!(false)),
            ("'a' + parameters.tag", json!("anull")),
            ("parameters.tag < 1", json!(true)),
            ("parameters.tag >= 1", json!(false)),
            ("{parameters.tag}", json!([null])),
            ("{a: parameters.tag}", json!({"a": null})),
            ("pods.?[nme == 'a']", json!([])),
            ("pods.![nme]", json!([null, null, null])),
        ],
    );
    errors_in(
        &lenient,
        &[
            ("parameters.tag.x", "no key \"tag\" in parameters"),
            ("parameters.tag.trim()", "no key \"tag\" in parameters"),
            ("!parameters.tag", "no key \"tag\" in parameters"),
            ("#toInt(parameters.tag)", "argument 1 of toInt is null"),
            ("#stage('nope')", "there is no stage \"nope\""),
            ("#nope()", "there is no function #nope"),
            ("1 +", "a value is needed"),
        ],
    );
}
