//! Every limit is reached with an error that names it, whatever is tried.

use serde_json::json;
use weir_expression::{Error, Limits, Scope, Template, evaluate_all};

use crate::fixture::{NOW, scope};

fn evaluate(expression: &str, scope: &Scope<'_>, limits: &Limits) -> Result<serde_json::Value, Error> {
    Template::parse(&format!("${{{expression}}}"), limits)?.evaluate(scope, limits)
}

#[track_caller]
fn stops(expression: &str, wanted: &str) {
    let error = evaluate(expression, &scope(), &Limits::default()).expect_err(wanted).to_string();
    assert!(error.contains(wanted), "{error}");
}

#[test]
fn deep_and_long_expressions_are_refused_before_they_are_read() {
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    for (open, close) in [
        ("(", ")"),
        ("{", "}"),
        ("{a:", "}"),
        ("!", ""),
        ("- ", ""),
        ("a[", "]"),
        ("f(", ")"),
        ("#f(", ")"),
        ("1?", ":1"),
        ("1?:", ""),
        ("{1}.?[", "]"),
        ("{1}.![", "]"),
    ] {
        stops(&nested(open, close), "nested deeper than 48 levels");
    }
    stops(&"1+".repeat(50_000), "longer than 65536 bytes");
    stops(&format!("'{}'", "a".repeat(70_000)), "longer than 65536 bytes");
}

#[test]
fn long_chains_are_no_nesting() {
    let limits = Limits::default();
    let sum = format!("0{}", "+1".repeat(10_000));
    assert_eq!(evaluate(&sum, &scope(), &limits).unwrap(), json!(10_000));
    let all = format!("true{}", " and true".repeat(5_000));
    assert_eq!(evaluate(&all, &scope(), &limits).unwrap(), json!(true));
    let path = format!("'a'{}", ".trim()".repeat(5_000));
    assert_eq!(evaluate(&path, &scope(), &limits).unwrap(), json!("a"));
}

#[test]
fn values_do_not_grow_past_their_limit() {
    for bomb in [
        "'a'.repeat(2000000000)",
        "'a' * 2000000000",
        "'a'.repeat(1000000).repeat(1000000)",
        "'a'.repeat(60000).replace('a', 'b'.repeat(60000))",
        "'a'.repeat(2000).replaceAll('a', 'b'.repeat(2000))",
        "'a'.repeat(1000).replaceAll('.', '$0$0$0$0$0$0$0$0$0$0'.repeat(1000))",
        "'a'.repeat(600000) + 'a'.repeat(600000)",
        "'a'.repeat(600000).concat('a'.repeat(600000))",
        "T(String).join('a'.repeat(20000), 'b'.repeat(100).split(''))",
        "'a'.repeat(500000).toCharArray()",
        "'a'.repeat(100000).split('')",
        "'\n'.repeat(100000).lines()",
        "#toBase64('a'.repeat(900000))",
        "T(URLEncoder).encode('ü'.repeat(300000))",
        "{'a'.repeat(600000), 'a'.repeat(600000)}",
    ] {
        stops(bomb, "a value of more than 1048576 bytes");
    }
}

#[test]
fn shared_parts_count_as_often_as_they_are_shown() {
    let doubled = format!("{{'{}'}}{}", "a".repeat(100), ".![{#this, #this}]".repeat(40));
    stops(&doubled, "a value of more than 1048576 bytes");
    let anchors: Vec<String> = (0..40).map(|n| format!("a{}: &a{} [*a{n}, *a{n}]", n + 1, n + 1)).collect();
    let anchors = anchors.join("\n");
    stops(&format!("#readYaml('a0: &a0 [x]\n{anchors}')"), "a value of more than 1048576 bytes");
}

#[test]
fn deep_values_are_refused() {
    let json = format!("{}{}", "[".repeat(110), "]".repeat(110));
    stops(&format!("#readJson('{json}')"), "nested deeper than 100 levels");
    stops(&format!("#readYaml('{json}')"), "nested deeper than 100 levels");
    stops(&format!("#readJson('{}')", "[".repeat(50_000)), "recursion limit exceeded");
    stops(&format!("{{1}}{}", ".![{#this}]".repeat(120)), "nested deeper than 100 levels");
}

#[test]
fn work_ends_after_its_steps() {
    let many: Vec<i32> = (0..2_000).collect();
    let scope = Scope::new(NOW.parse().unwrap(), 0).with("many", &json!(many));
    for work in [
        "many.![#root.many.![#this + 1].size()]",
        "many.?[#root.many.?[#this == -1].size() == 1]",
        "many.![#root.many.![#root.many]].size()",
    ] {
        let error = evaluate(work, &scope, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains("takes more than 1000000 steps") || error.contains("of more than"), "{error}");
    }
    let equal = "many.?[#root.many == #root.many].size()";
    assert!(evaluate(equal, &scope, &Limits { steps: 100_000, ..Limits::default() }).is_err());
}

#[test]
fn regular_expressions_are_small_and_their_work_is_counted() {
    stops("'a' matches 'a'.repeat(2000)", "longer than 1024 bytes");
    stops("'a' matches '(((a{99}){99}){99}){99}'", "repeats so much that it needs more than");
    let scope = Scope::new(NOW.parse().unwrap(), 0).with("t", &json!("ab".repeat(100_000)));
    let limits = Limits::default();
    assert_eq!(evaluate("t matches '[ab]+'", &scope, &limits).unwrap(), true);
    let slow = "t matches '[ab]*a[ab]{400}c'";
    let error = evaluate(slow, &scope, &limits).unwrap_err().to_string();
    assert!(error.contains("takes more than 1000000 steps"), "{error}");
    let error = evaluate("{1, 2, 3}.?[#root.t matches '[ab]+']", &scope, &limits).unwrap_err().to_string();
    assert!(error.contains("takes more than 1000000 steps"), "{error}");
}

#[test]
fn all_texts_of_a_document_share_one_budget() {
    let limits = Limits { total_bytes: 100_000, ..Limits::default() };
    let document: Vec<&str> = vec!["${ 'a'.repeat(30000) }"; 50];
    let failures = evaluate_all(&json!(document), &scope(), &limits).unwrap_err();
    assert_eq!(failures.0.len(), 1, "the first that is too much ends it");
    assert!(failures.to_string().contains("values of more than 100000 bytes together"), "{failures}");
    let limits = Limits { steps: 10, ..Limits::default() };
    let failures = evaluate_all(&json!(["${1+1}", "${1+1+1+1+1+1}", "${1}"]), &scope(), &limits).unwrap_err();
    assert_eq!((failures.0.len(), failures.0[0].path.as_str()), (1, "[1]"));
}

#[test]
fn a_document_may_be_as_deep_as_readers_take_and_no_deeper() {
    let nested = |depth: usize| (0..depth).fold(json!("${1}"), |inner, _| json!([inner]));
    assert!(evaluate_all(&nested(128), &scope(), &Limits::default()).is_ok());
    let failures = evaluate_all(&nested(129), &scope(), &Limits::default()).unwrap_err();
    assert!(failures.to_string().contains("nested deeper than 128 levels"), "{failures}");
}
