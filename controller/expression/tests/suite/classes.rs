//! `T(..)` and `new ..`: numbers, booleans and texts.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn math_calculates() {
    values(&[
        ("T(java.lang.Math).max(1, 2)", json!(2)),
        ("T(Math).max(1, 2.5)", json!(2.5)),
        ("T(Math).min(1, 2)", json!(1)),
        ("T(Math).abs(-3)", json!(3)),
        ("T(Math).abs(-1.5)", json!(1.5)),
        ("T(Math).ceil(1.2)", json!(2.0)),
        ("T(Math).floor(-1.2)", json!(-2.0)),
        ("T(Math).round(2.5)", json!(3)),
        ("T(Math).round(-2.5)", json!(-2)),
        ("T(Math).sqrt(9)", json!(3.0)),
        ("T(Math).pow(2, 3)", json!(8.0)),
        ("T(Math).log10(1000)", json!(3.0)),
        ("T(Math).signum(-4)", json!(-1.0)),
        ("T(Math).signum(0)", json!(0.0)),
        ("T(Math).floorDiv(-7, 2)", json!(-4)),
        ("T(Math).floorMod(-7, 3)", json!(2)),
        ("T(Math).floorMod(7, 3)", json!(1)),
        ("T(Math).PI > 3.14", json!(true)),
        ("T(Math).E < 2.72", json!(true)),
    ]);
    errors(&[
        ("T(Math).max(1)", "max takes 2 arguments, and 1 are given"),
        ("T(Math).max('a', 1)", "argument 1 of max is a text, and has to be a number"),
        ("T(Math).abs(-9223372036854775807 - 1)", "abs makes a number that is too large"),
        ("T(Math).sqrt(-1)", "the number is infinite or none at all"),
        ("T(Math).pow(10, 400)", "the number is infinite"),
        ("T(Math).round(1e300)", "round makes a number that is too large"),
        ("T(Math).floorDiv(1, 0)", "division by zero"),
        ("T(Math).floorMod(1, 0)", "division by zero"),
        ("T(Math).rond(1)", "Math has no \"rond\"; did you mean \"round\"?"),
        ("T(Math).TAU", "Math has no \"TAU\""),
        ("new Math()", "Math has no \"new\""),
    ]);
}

#[test]
fn classes_of_numbers_read_and_write_them() {
    values(&[
        ("T(Integer).parseInt('12')", json!(12)),
        ("T(Integer).valueOf('12')", json!(12)),
        ("T(Integer).valueOf(12)", json!(12)),
        ("T(Integer).toString(12)", json!("12")),
        ("T(Integer).toHexString(255)", json!("ff")),
        ("T(Integer).toBinaryString(5)", json!("101")),
        ("T(Integer).max(1, 2)", json!(2)),
        ("T(Integer).min(1, 2)", json!(1)),
        ("T(Integer).MAX_VALUE", json!(2_147_483_647)),
        ("T(Integer).MIN_VALUE", json!(-2_147_483_648_i64)),
        ("new Integer('5')", json!(5)),
        ("T(Long).parseLong('99999999999')", json!(99_999_999_999_i64)),
        ("T(Long).valueOf(5)", json!(5)),
        ("T(Long).toString(5)", json!("5")),
        ("T(Long).MAX_VALUE", json!(i64::MAX)),
        ("T(Long).MIN_VALUE", json!(i64::MIN)),
        ("new Long('6')", json!(6)),
        ("T(Double).parseDouble('2.5')", json!(2.5)),
        ("T(Double).valueOf(2)", json!(2.0)),
        ("T(Double).toString(2.0)", json!("2.0")),
        ("T(Double).MAX_VALUE > 1e300", json!(true)),
        ("T(Float).parseFloat('2.5')", json!(2.5)),
        ("new Double('1.5') + new Float('0.5')", json!(2.0)),
        ("T(Boolean).parseBoolean('TRUE')", json!(true)),
        ("T(Boolean).valueOf('x')", json!(false)),
        ("T(Boolean).valueOf(true)", json!(true)),
        ("T(Boolean).toString(false)", json!("false")),
        ("T(Boolean).TRUE and not T(Boolean).FALSE", json!(true)),
    ]);
    errors(&[
        ("T(Integer).parseInt('1.5')", "is no whole number of 32 bits"),
        ("T(Long).parseLong('x')", "is no whole number of 64 bits"),
        ("T(Double).parseDouble('x')", "is no number"),
        ("T(Integer).toHexString('a')", "argument 1 of toHexString is a text"),
        ("T(Boolean).parseBoolean(1)", "argument 1 of parseBoolean is an integer"),
        ("T(Integer)", "a class has no place in a document"),
    ]);
}

#[test]
fn the_class_of_texts_makes_texts() {
    values(&[
        ("T(String).valueOf(5)", json!("5")),
        ("T(String).join('-', {'a', 1, true})", json!("a-1-true")),
        ("T(String).join('-', 'a', 'b')", json!("a-b")),
        ("T(String).join('-', {})", json!("")),
        ("new String('a')", json!("a")),
        ("new java.lang.String()", json!("")),
    ]);
    errors(&[
        ("T(String).join(1, {'a'})", "argument 1 of join is an integer"),
        ("new String(1)", "argument 1 of String is an integer"),
        ("new String('a', 'b', 'c')", "String takes 0 to 2 arguments"),
    ]);
}

#[test]
fn only_listed_classes_may_be_used() {
    errors(&[
        ("T(java.lang.Runtime).getRuntime()", "no class \"java.lang.Runtime\" may be used"),
        ("T(java.lang.System).getenv()", "no class \"java.lang.System\" may be used"),
        ("new java.io.File('/etc/passwd')", "no class \"java.io.File\" may be used"),
        ("T(java.util.Math)", "no class \"java.util.Math\" may be used"),
        ("T(evil.java.lang.Math)", "no class \"evil.java.lang.Math\" may be used"),
        ("T(Mth)", "did you mean \"Math\"?"),
        ("T(Math).getClass()", "Math has no \"getClass\""),
        ("T()", "the name of a class is needed"),
        ("T(a.)", "the rest of the class's name is needed"),
        ("new Date", "( and the arguments is needed"),
    ]);
}
