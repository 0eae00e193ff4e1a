//! Regular expressions: `matches`, `replaceAll`, `replaceFirst`, `split`.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn a_pattern_matches_all_of_a_text() {
    values(&[
        ("'release-1.2' matches 'release-.*'", json!(true)),
        ("'my-release-1' matches 'release-.*'", json!(false)),
        ("'abc' matches '[a-c]+'", json!(true)),
        ("'abc'.matches('[a-b]+')", json!(false)),
        (r"'123' matches '\d+'", json!(true)),
        (r"'٣' matches '\d'", json!(false)),
        (r"'a_1' matches '\w+'", json!(true)),
        (r"'ü' matches '\w'", json!(false)),
        (r"'a b' matches 'a\sb'", json!(true)),
        (r"'a-b' matches '[\w-]+'", json!(true)),
        (r"'ab' matches '\D\S'", json!(true)),
        (r"'a.b' matches '\Qa.b\E'", json!(true)),
        (r"'axb' matches '\Qa.b\E'", json!(false)),
        ("'ABC' matches '(?i)abc'", json!(true)),
        ("'ü' matches '.'", json!(true)),
        ("'a|b' matches 'a|b'", json!(false)),
        ("'b' matches 'a|b'", json!(true)),
    ]);
}

#[test]
fn what_matches_is_replaced_or_split_at() {
    values(&[
        ("'a1b22'.replaceAll('[0-9]+', '#')", json!("a#b#")),
        ("'a1b22'.replaceFirst('[0-9]+', '#')", json!("a#b22")),
        ("'John Smith'.replaceAll('(\\w+) (\\w+)', '$2 $1')", json!("Smith John")),
        ("'v7'.replaceAll('v(?<n>.)', '<${n}>')", json!("<7>")),
        ("'a'.replaceAll('(a)', '$10')", json!("a0")),
        ("'a'.replaceAll('a', '\\$1')", json!("$1")),
        ("'feature/a b'.replaceAll('[^A-Za-z0-9]', '-')", json!("feature-a-b")),
        ("'ab'.replaceAll('', '-')", json!("-a-b-")),
        ("'a,b,,c,,'.split(',')", json!(["a", "b", "", "c"])),
        ("'a,b,,c,,'.split(',', -1)", json!(["a", "b", "", "c", "", ""])),
        ("'a,b,c'.split(',', 2)", json!(["a", "b,c"])),
        ("'a.b'.split('\\.')", json!(["a", "b"])),
        ("'a.b'.split('.')", json!([])),
        ("'abc'.split('')", json!(["a", "b", "c"])),
        ("''.split(',')", json!([""])),
        ("',a'.split(',')", json!(["", "a"])),
        ("'images/shop:1'.split('/')[1].split(':')[0]", json!("shop")),
    ]);
}

#[test]
fn what_is_no_pattern_is_refused_with_the_reason() {
    errors(&[
        ("'a' matches '['", "is no regular expression: unclosed character class"),
        ("'a' matches '(?=a)'", "is no regular expression: look-around"),
        (r"'aa' matches '(a)\1'", "is no regular expression: backreferences"),
        ("'a' matches 1", "matches does not work on a text and an integer"),
        ("1 matches '1'", "matches does not work on an integer and a text"),
        ("'a'.replaceAll('a', '$1')", "is no replacement"),
        ("'a'.replaceAll('a', '$x')", "is no replacement"),
        ("'a'.replaceAll('a', '\\')", "is no replacement"),
        ("'a'.replaceFirst('*', '')", "is no regular expression"),
        ("'a'.split('(')", "is no regular expression"),
    ]);
}
