//! Methods of texts.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn texts_are_looked_at() {
    values(&[
        ("'abc'.length()", json!(3)),
        ("'üñ€'.length()", json!(3)),
        ("''.isEmpty()", json!(true)),
        ("' '.isEmpty()", json!(false)),
        ("' '.isBlank()", json!(true)),
        ("'abc'.contains('b')", json!(true)),
        ("'abc'.contains('x')", json!(false)),
        ("'abc'.startsWith('ab')", json!(true)),
        ("'abc'.endsWith('ab')", json!(false)),
        ("'abc'.equals('abc')", json!(true)),
        ("'1'.equals(1)", json!(false)),
        ("'ABC'.equalsIgnoreCase('abc')", json!(true)),
        ("'a'.compareTo('b')", json!(-1)),
        ("'B'.compareToIgnoreCase('a')", json!(1)),
        ("'abcabc'.indexOf('c')", json!(2)),
        ("'abcabc'.indexOf('c', 3)", json!(5)),
        ("'ü1'.indexOf('1')", json!(1)),
        ("'abc'.indexOf('x')", json!(-1)),
        ("'abcabc'.lastIndexOf('b')", json!(4)),
        ("'abc'.lastIndexOf('x')", json!(-1)),
        ("'abc'.charAt(2)", json!("c")),
        ("'hello'.hashCode()", json!(99_162_322)),
        ("'abc'.toString()", json!("abc")),
        ("'abc'.toCharArray()", json!(["a", "b", "c"])),
        ("'ü'.getBytes().length()", json!(2)),
    ]);
}

#[test]
fn texts_are_made_of_texts() {
    values(&[
        ("'aB'.toUpperCase()", json!("AB")),
        ("'aB'.toLowerCase()", json!("ab")),
        ("' a '.trim()", json!("a")),
        ("' a '.strip()", json!("a")),
        ("' a '.stripLeading()", json!("a ")),
        ("' a '.stripTrailing()", json!(" a")),
        ("'abc'.substring(1)", json!("bc")),
        ("'abc'.substring(3)", json!("")),
        ("'abc'.substring(1, 2)", json!("b")),
        ("'üñ€'.substring(1, 2)", json!("ñ")),
        ("'ab'.concat('cd')", json!("abcd")),
        ("'ab'.repeat(3)", json!("ababab")),
        ("'ab'.repeat(0)", json!("")),
        ("'a.b.c'.replace('.', '-')", json!("a-b-c")),
        ("'ab'.replace('', '-')", json!("-a-b-")),
        ("'a\nb'.lines()", json!(["a", "b"])),
        ("'Shop-Canary'.toLowerCase().replace('-', '_').substring(0, 4)", json!("shop")),
    ]);
}

#[test]
fn what_a_text_cannot_do_is_refused() {
    errors(&[
        ("'abc'.substring(4)", "there is no element 4: there are 3"),
        ("'abc'.substring(-1)", "there is no element -1"),
        ("'abc'.substring(2, 1)", "there is no element 1"),
        ("'abc'.charAt(3)", "there is no element 3"),
        ("'abc'.charAt('x')", "argument 1 of charAt is a text, and has to be an integer"),
        ("'abc'.contains(1)", "argument 1 of contains is an integer, and has to be a text"),
        ("'abc'.contains()", "contains takes one argument, and 0 are given"),
        ("'abc'.substring(1, 2, 3)", "substring takes 1 to 2 arguments, and 3 are given"),
        ("'abc'.length(1)", "length takes no argument, and 1 are given"),
        ("'abc'.replace('a')", "replace takes 2 arguments, and 1 are given"),
        ("'abc'.repeat(-1)", "\"-1\" is no number of times"),
        ("'abc'.toUpperCas()", "a text has no method \"toUpperCas\"; did you mean \"toUpperCase\"?"),
        ("'abc'.getClass()", "a text has no method \"getClass\""),
        ("'abc'.class", "a text has no property \"class\""),
        ("toInt('1')", "a map has no method \"toInt\"; did you mean #toInt(..)?"),
        ("trim()", "a map has no method \"trim\""),
        ("1.trim()", "an integer has no method \"trim\""),
        ("trigger.absent.trim()", "no key \"absent\" in trigger"),
        ("trigger.properties.nothing.trim()", "trigger.properties.nothing is null"),
    ]);
}
