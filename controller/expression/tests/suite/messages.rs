//! How errors read.

use crate::fixture::{scope, value_of};

#[track_caller]
fn underlined(expression: &str, wanted: &[&str]) {
    let error = value_of(expression, &scope()).unwrap_err();
    assert_eq!(error.underlined().lines().collect::<Vec<_>>(), wanted, "{error}");
}

#[test]
fn the_part_at_fault_is_underlined_with_column_reason_and_help() {
    underlined(
        "trigger.properties[\"aplication\"]",
        &[
            "${ trigger.properties[\"aplication\"] }",
            "                     ^^^^^^^^^^^^^^",
            "column 22: no key \"aplication\" in trigger.properties; did you mean \"application\"?",
            "help: correct the name, or write `?: 'value'` after it where it may be absent",
        ],
    );
    underlined(
        "1 + trigger.properties.nothing.x",
        &[
            "${ 1 + trigger.properties.nothing.x }",
            "                                 ^^",
            "column 34: trigger.properties.nothing is null",
            "help: write `?.` where what is before it may be absent",
        ],
    );
    underlined(
        "parameters.count == 3",
        &[
            "${ parameters.count == 3 }",
            "   ^^^^^^^^^^^^^^^^^^^^^",
            "column 4: a text never equals an integer",
            "help: make both of one kind: #toInt(..), #toFloat(..), #toBoolean(..), or .toString()",
        ],
    );
}

#[test]
fn what_is_not_there_is_underlined_where_it_is_looked_for() {
    underlined(
        "'a' + parameters.tag",
        &[
            "${ 'a' + parameters.tag }",
            "                   ^^^^",
            "column 20: no key \"tag\" in parameters; there is count, debug, ratio, text, version",
            "help: correct the name, or write `?: 'value'` after it where it may be absent",
        ],
    );
    underlined(
        "#stage('nope').status",
        &[
            "${ #stage('nope').status }",
            "   ^^^^^^^^^^^^^^",
            "column 4: there is no stage \"nope\"; there is Deploy baseline, Canary Analysis, Check, Promote?, Ask, Wait, …",
        ],
    );
    underlined(
        "a +\n  ) b",
        &["${ a +   ) b }", "         ^", "column 10: ) stands here, and a value is needed"],
    );
}

#[test]
fn help_fits_the_fault() {
    for (expression, wanted) in [
        ("replicas ? 1 : 2", "compare it with something"),
        ("#stage('Wait')", "#stageByRefId(..)"),
        ("#toJson({a: '${'})", "#toJson(#doNotEval(..))"),
        ("'a'.getBytes()", ".toString()"),
        ("null", "?: 'value'"),
    ] {
        let shown = value_of(expression, &scope()).unwrap_err().underlined();
        assert!(shown.lines().last().unwrap().contains(wanted), "{shown}");
    }
}

#[test]
fn a_long_text_is_shown_in_part() {
    let long = "x".repeat(5_000);
    let error = value_of(&format!("#toInt('{long}')"), &scope()).unwrap_err();
    assert!(error.underlined().len() < 600, "{}", error.underlined().len());
}

#[test]
fn texts_and_scopes_may_go_to_other_threads() {
    fn goes<T: Send + Sync>() {}
    goes::<weir_expression::Scope<'static>>();
    goes::<weir_expression::Template>();
    goes::<weir_expression::Error>();
}

#[test]
fn the_scope_shows_names_and_no_values() {
    let shown = format!("{:?}", scope());
    assert!(shown.contains("parameters") && !shown.contains("1.2.3"), "{shown}");
}
