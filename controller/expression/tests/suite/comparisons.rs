//! Equality, order, `matches`, `instanceof` and `between`.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn values_are_compared_by_what_they_are() {
    values(&[
        ("1 == 1", json!(true)),
        ("1 == 1.0", json!(true)),
        ("1 eq 2", json!(false)),
        ("1 != 2", json!(true)),
        ("1 NE 1", json!(false)),
        ("'a' == 'a'", json!(true)),
        ("'a' == 'A'", json!(false)),
        ("true == true", json!(true)),
        ("null == null", json!(true)),
        ("null != 'a'", json!(true)),
        ("{1, 2} == {1, 2.0}", json!(true)),
        ("{1, 2} == {2, 1}", json!(false)),
        ("{a: {1}} == {a: {1}}", json!(true)),
        ("{a: 1} == {b: 1}", json!(false)),
        ("trigger.properties.nothing == null", json!(true)),
        ("trigger.properties.absent == null", json!(true)),
        ("trigger.properties.application != null", json!(true)),
    ]);
}

#[test]
fn what_has_an_order_is_compared_by_it() {
    values(&[
        ("1 < 2", json!(true)),
        ("2 lt 2", json!(false)),
        ("2 <= 2", json!(true)),
        ("2 le 1", json!(false)),
        ("2 > 1.5", json!(true)),
        ("1 gt 2", json!(false)),
        ("2 >= 2.0", json!(true)),
        ("1 ge 2", json!(false)),
        ("'black' < 'block'", json!(true)),
        ("'b' > 'a'", json!(true)),
        ("false < true", json!(true)),
        ("T(LocalDate).parse('2026-01-01') < T(LocalDate).parse('2026-01-02')", json!(true)),
        ("T(Instant).ofEpochMilli(5) >= T(Instant).ofEpochMilli(6)", json!(false)),
        ("2 between {1, 3}", json!(true)),
        ("3 between {1, 3}", json!(true)),
        ("4 between {1, 3}", json!(false)),
        ("'b' between {'a', 'c'}", json!(true)),
    ]);
}

#[test]
fn a_class_has_its_instances() {
    values(&[
        ("'a' instanceof T(String)", json!(true)),
        ("1 instanceof T(java.lang.Integer)", json!(true)),
        ("1 instanceof T(Number)", json!(true)),
        ("1.5 instanceof T(Double)", json!(true)),
        ("1 instanceof T(Double)", json!(false)),
        ("true instanceof T(Boolean)", json!(true)),
        ("{1} instanceof T(java.util.List)", json!(true)),
        ("{a: 1} instanceof T(java.util.Map)", json!(true)),
        ("null instanceof T(String)", json!(false)),
        ("trigger.properties.absent instanceof T(String)", json!(false)),
        ("T(LocalDate).now() instanceof T(LocalDate)", json!(true)),
    ]);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    errors(&[
        ("1 < 'a'", "< does not work on an integer and a text"),
        ("{1} > {2}", "> does not work on a list and a list"),
        ("null < 1", "< does not work on null and an integer"),
        ("1 <= true", "<= does not work on an integer and a boolean"),
        ("'3' >= 3", ">= does not work on a text and an integer"),
        ("1 instanceof 2", "instanceof does not work on an integer and an integer"),
        ("1 between 2", "between does not work on an integer and an integer"),
        ("1 between {1}", "between does not work on an integer and a list"),
        ("1 between {'a', 'b'}", "between does not work on an integer and a text"),
        ("1 < 2 < 3", "comparisons do not stand in a row"),
        ("1 == 1 == true", "comparisons do not stand in a row"),
    ]);
}

#[test]
fn a_comparison_that_its_kinds_decide_is_refused() {
    errors(&[
        ("parameters.count == 3", "a text never equals an integer"),
        ("parameters.text == true", "a text never equals a boolean"),
        ("parameters.text != true", "a text never equals a boolean"),
        ("1 == true", "an integer never equals a boolean"),
        ("{1} == 1", "a list never equals an integer"),
        ("T(Instant).now() == '2026'", "an instant never equals a text"),
    ]);
}
