//! `String.format`.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn values_are_put_into_a_format() {
    values(&[
        ("T(String).format('%s-%s', 'a', 1)", json!("a-1")),
        ("T(String).format('%d%%', 50)", json!("50%")),
        ("T(String).format('%05d', 42)", json!("00042")),
        ("T(String).format('%05d', -42)", json!("-0042")),
        ("T(String).format('%5s|', 'a')", json!("    a|")),
        ("T(String).format('%-5s|', 'a')", json!("a    |")),
        ("T(String).format('%.2s', 'abc')", json!("ab")),
        ("T(String).format('%S', 'abc')", json!("ABC")),
        ("T(String).format('%.2f', 1.005)", json!("1.00")),
        ("T(String).format('%.1f', 2)", json!("2.0")),
        ("T(String).format('%f', 0.5)", json!("0.500000")),
        ("T(String).format('%+d', 5)", json!("+5")),
        ("T(String).format('%,d', 1234567)", json!("1,234,567")),
        ("T(String).format('%,.2f', -1234.5)", json!("-1,234.50")),
        ("T(String).format('%x %X', 255, 255)", json!("ff FF")),
        ("T(String).format('%b %b', true, 'x')", json!("true true")),
        ("T(String).format('%c', 'x')", json!("x")),
        ("T(String).format('%.1e', 1500)", json!("1.5e+03")),
        ("T(String).format('a%nb')", json!("a\nb")),
        ("T(String).format('%s', {1, 2})", json!("[1, 2]")),
    ]);
}

#[test]
fn what_is_no_format_is_refused() {
    errors(&[
        ("T(String).format('%s')", "is no format"),
        ("T(String).format('%d', 'a')", "is no format"),
        ("T(String).format('%d', 1.5)", "is no format"),
        ("T(String).format('%y', 1)", "is no format"),
        ("T(String).format('%', 1)", "is no format"),
        ("T(String).format('%99999999d', 1)", "is no format"),
        ("T(String).format('%.99999f', 1)", "is no format"),
        ("T(String).format('%c', 'ab')", "is no format"),
        ("T(String).format(1)", "argument 1 of format is an integer"),
    ]);
}
