//! Conditions, with and without the signs around them.

use weir_expression::{Condition, Limits, Strictness};

use crate::fixture::scope;

fn holds(text: &str) -> Result<bool, String> {
    let limits = Limits::default();
    let condition = Condition::parse(text, &limits).map_err(|error| error.to_string())?;
    condition.holds(&scope(), &limits).map_err(|error| error.to_string())
}

#[test]
fn both_ways_of_writing_say_the_same() {
    for (text, wanted) in [
        ("replicas == 3", true),
        ("${ replicas == 3 }", true),
        (" ${replicas > 3} ", false),
        ("true", true),
        ("${true}", true),
        ("'true'", true),
        ("${ 'FALSE' }", false),
        ("#stage('Canary Analysis')['status'].toString() == 'SUCCEEDED'", false),
        ("${ #stage('Canary Analysis')['status'].toString() == 'SUCCEEDED' }", false),
        ("'${' == '${'", true),
        ("trigger.properties.application matches 'sh.*'", true),
    ] {
        assert_eq!(holds(text), Ok(wanted), "{text}");
    }
}

#[test]
fn what_is_neither_true_nor_false_is_refused() {
    for (text, wanted) in [
        ("", "the expression is empty"),
        ("${}", "the expression is empty"),
        ("replicas", "a condition is true or false, and this is an integer"),
        ("'maybe'", "a condition is true or false, and this is a text"),
        ("${ true } and more", "this is a text"),
        ("replica == 3", "nothing is called \"replica\" here; did you mean \"replicas\"?"),
        ("true }", "} stands here"),
        ("null", "the value is null"),
    ] {
        let error = holds(text).unwrap_err();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn lenient_conditions_do_not_hold_by_a_mistake() {
    let (limits, lenient) = (Limits::default(), scope().with_strictness(Strictness::Lenient));
    let answer = |text: &str| Condition::parse(text, &limits).unwrap().holds(&lenient, &limits);
    assert_eq!(answer("replica == 3"), Ok(false));
    assert_eq!(answer("replica != 3"), Ok(true), "as in Spinnaker");
    assert!(answer("replica").is_err());
}
