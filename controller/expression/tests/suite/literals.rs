//! What is written out: numbers, texts, lists, maps.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn literals_have_the_value_that_is_written() {
    values(&[
        ("1", json!(1)),
        ("9223372036854775807", json!(i64::MAX)),
        ("12L", json!(12)),
        ("0xff", json!(255)),
        ("1.5", json!(1.5)),
        ("1e3", json!(1000.0)),
        ("2.5f", json!(2.5)),
        ("true", json!(true)),
        ("FALSE", json!(false)),
        ("'text'", json!("text")),
        ("\"text\"", json!("text")),
        ("'it''s'", json!("it's")),
        ("'a \"b\"'", json!("a \"b\"")),
        ("'}'", json!("}")),
        ("'${'", json!("${")),
        ("'üñ'", json!("üñ")),
        ("{}", json!([])),
        ("{1, 'a', true}", json!([1, "a", true])),
        ("{{1}, {2, 3}}", json!([[1], [2, 3]])),
        ("{:}", json!({})),
        ("{a: 1, 'b c': 2}", json!({"a": 1, "b c": 2})),
        ("{a: {b: {1}}}", json!({"a": {"b": [1]}})),
        ("{('x' + 1): 2, 3: 4, true: 5}", json!({"x1": 2, "3": 4, "true": 5})),
        ("{a: null}", json!({"a": null})),
    ]);
}

#[test]
fn what_is_no_literal_is_refused_with_the_reason() {
    errors(&[
        ("'open", "has no end: close it with '"),
        ("\"open", "has no end: close it with \""),
        ("99999999999999999999", "is no number"),
        ("1x", "is no number"),
        ("0xZZ", "is no number"),
        ("{1, }", "a value is needed"),
        ("{a: }", "a value is needed"),
        ("{a: 1, b}", ": and the value is needed"),
        ("{1, 2: 3}", ", or } is needed"),
        ("{{a: 1}: 2}", "has no elements to take by a map"),
    ]);
}
