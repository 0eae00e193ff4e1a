//! Functions and methods between texts, numbers and booleans.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn texts_become_numbers_and_booleans() {
    values(&[
        ("#toInt('42')", json!(42)),
        ("#toInt('-7')", json!(-7)),
        ("#toInt('+7')", json!(7)),
        ("#toInt(parameters.count) + 1", json!(4)),
        ("#toInt(5)", json!(5)),
        ("#toFloat('1.5')", json!(1.5)),
        ("#toFloat('3')", json!(3.0)),
        ("#toFloat('1e2')", json!(100.0)),
        ("#toFloat(' 2.5f ')", json!(2.5)),
        ("#toFloat(2)", json!(2.0)),
        ("#toBoolean('true')", json!(true)),
        ("#toBoolean('TRUE')", json!(true)),
        ("#toBoolean('yes')", json!(false)),
        ("#toBoolean('')", json!(false)),
        ("#toBoolean(true)", json!(true)),
        ("#toBoolean(parameters.text) == true", json!(true)),
        ("#alphanumerical('feature/ABC-12_x!')", json!("featureABC12x")),
        ("#alphanumerical('ü')", json!("")),
    ]);
}

#[test]
fn numbers_become_each_other_and_texts() {
    values(&[
        ("1.9.intValue()", json!(1)),
        ("(-1.9).intValue()", json!(-1)),
        ("2.longValue()", json!(2)),
        ("2.doubleValue()", json!(2.0)),
        ("2.floatValue()", json!(2.0)),
        ("5.toString()", json!("5")),
        ("(1.5).toString()", json!("1.5")),
        ("(10000000.0).toString()", json!("1.0E7")),
        ("true.toString()", json!("true")),
        ("true.booleanValue()", json!(true)),
        ("5.compareTo(3)", json!(1)),
        ("5.equals(5)", json!(true)),
        ("5.equals('5')", json!(false)),
    ]);
}

#[test]
fn what_is_no_number_is_refused() {
    errors(&[
        ("#toInt('4.2')", "\"4.2\" is no whole number of 32 bits"),
        ("#toInt(' 4')", "\" 4\" is no whole number of 32 bits"),
        ("#toInt('')", "is no whole number of 32 bits"),
        ("#toInt('2147483648')", "is no whole number of 32 bits"),
        ("#toInt(4.2)", "\"4.2\" is no whole number of 32 bits"),
        ("#toInt({1})", "argument 1 of toInt is a list, and has to be a text"),
        ("#toInt()", "toInt takes one argument, and 0 are given"),
        ("#toInt(null)", "argument 1 of toInt is null"),
        ("#toFloat('abc')", "\"abc\" is no number"),
        ("#toFloat('NaN')", "\"NaN\" is no number"),
        ("#toFloat('1e999')", "is no number"),
        ("#toFloat('')", "is no number"),
        ("#toBoolean({1})", "argument 1 of toBoolean is a list"),
        ("#alphanumerical(1)", "argument 1 of alphanumerical is an integer"),
        ("(1e300).intValue()", "intValue makes a number that is too large"),
        ("5.compareTo('a')", "compareTo does not work on an integer and a text"),
        ("true.length()", "a boolean has no method \"length\""),
        ("#toint('1')", "there is no function #toint; did you mean \"toInt\"?"),
    ]);
}
