//! Texts with expressions in them.

use serde_json::{Value, json};
use weir_expression::{Limits, Strictness, Template};

use crate::fixture::scope;

fn text(text: &str) -> Result<Value, String> {
    let limits = Limits::default();
    let evaluated = Template::parse(text, &limits).and_then(|template| template.evaluate(&scope(), &limits));
    evaluated.map_err(|error| error.to_string())
}

#[test]
fn exactly_one_expression_keeps_its_type_and_mixed_text_is_text() {
    for (given, wanted) in [
        ("${replicas}", json!(3)),
        ("${ replicas }", json!(3)),
        (" ${replicas}", json!(" 3")),
        ("${replicas}${replicas}", json!("33")),
        ("v${ parameters.version }-${ replicas + 1 }!", json!("v1.2.3-4!")),
        ("${ parameters.debug }", json!(false)),
        ("is ${ parameters.debug }", json!("is false")),
        ("${ parameters.ratio } of", json!("0.5 of")),
        ("${ pods.![name] }", json!(["a", "b", "c"])),
        ("${ {a: {1}} }", json!({"a": [1]})),
        ("", json!("")),
        ("plain } text { $ 5 $x", json!("plain } text { $ 5 $x")),
        ("$${replicas}", json!("$3")),
        ("${'$'}{HOME}", json!("${HOME}")),
        ("${ '${HOME}' }", json!("${HOME}")),
        ("a ${ '}' } b", json!("a } b")),
        ("${ {a: '}'}['a'] }", json!("}")),
        ("{${replicas}}", json!("{3}")),
        ("ü ${ 'ñ' } €", json!("ü ñ €")),
        ("${ #stage('s1').status } and ${ T(LocalDate).now() }", json!("SUCCEEDED and 2026-01-02")),
        ("${\n  replicas\n}", json!(3)),
    ] {
        assert_eq!(text(given), Ok(wanted), "{given}");
    }
}

#[test]
fn a_part_without_a_value_is_refused_and_shown() {
    for (given, wanted) in [
        ("a ${ nope } b", "${ nope }: nothing is called \"nope\" here"),
        ("a ${ trigger.properties.nothing }", "${ trigger.properties.nothing }: the value is null"),
        ("a ${ pods }", "${ pods }: a list stands in the middle of a text"),
        ("a ${ trigger }", "a map stands in the middle of a text"),
        ("a ${ 'b'.getBytes() }", "bytes stands in the middle of a text"),
        ("a ${ replicas", "${ replicas: the expression has no end: close it with }"),
        ("${}", "${}: the expression is empty"),
        ("${ }", "the expression is empty"),
        ("${ a ${b} }", "expressions do not stand in expressions"),
        ("${VAR:-default}", ": stands here, and an operator or the end is needed"),
        ("${ 1 } ${ 1 + }", "${ 1 + }: } stands here, and a value is needed"),
    ] {
        let error = text(given).unwrap_err();
        assert!(error.contains(wanted), "{given}: {error}");
    }
}

#[test]
fn lenient_texts_stay_as_they_are_where_they_have_no_value() {
    let (limits, lenient) = (Limits::default(), scope().with_strictness(Strictness::Lenient));
    for (given, wanted) in [
        ("${ nope }", json!("${ nope }")),
        ("a ${ nope } ${ replicas }", json!("a ${ nope } 3")),
        ("${ trigger.properties.nothing }", json!("${ trigger.properties.nothing }")),
        ("a ${ {1, 2} }", json!("a 1,2")),
        ("a ${ {b: 1} }", json!("a {b=1}")),
    ] {
        let template = Template::parse(given, &limits).unwrap();
        assert_eq!(template.evaluate(&lenient, &limits), Ok(wanted), "{given}");
    }
    assert!(Template::parse("${ nope.x }", &limits).unwrap().evaluate(&lenient, &limits).is_err());
}

#[test]
fn a_text_knows_whether_there_is_something_to_evaluate() {
    let limits = Limits::default();
    assert!(Template::parse("a ${b}", &limits).unwrap().has_expressions());
    assert!(!Template::parse("a {b} $c", &limits).unwrap().has_expressions());
    assert!(Template::parse_bare("a.b", &limits).unwrap().has_expressions());
}
