//! What a rule asks of the context.

use serde_json::Value;

use super::checks::Checks;
use crate::condition::{Condition, Test};
use crate::context::Attribute;
use crate::spec;
use crate::version::Range;

/// Most conditions of a rule.
const MOST_CONDITIONS: usize = 100;

pub(super) fn compile(conditions: Vec<spec::Condition>, rule: &str, checks: &mut Checks) -> Vec<Condition> {
    if conditions.len() > MOST_CONDITIONS {
        checks.problem(
            format!("{rule}.if"),
            format!("there are {}", conditions.len()),
            format!("{MOST_CONDITIONS} are the most"),
        );
        return Vec::new();
    }
    let indexed = conditions.into_iter().enumerate();
    indexed.filter_map(|(index, condition)| one(condition, &format!("{rule}.if[{index}]"), checks)).collect()
}

fn one(condition: spec::Condition, path: &str, checks: &mut Checks) -> Option<Condition> {
    let spec::Condition { attribute, equals, one_of, prefix, suffix, semver, present, not } = condition;
    if attribute.is_empty() {
        checks.problem(
            format!("{path}.attribute"),
            "is empty",
            "give the name of an attribute of the context",
        );
    }
    if not && present.is_some() {
        checks.problem(format!("{path}.not"), "goes with `present`", "write `present: false`");
    }
    let tests = [
        equals.map(|value| one_of_these("equals", vec![value], path, checks)),
        one_of.map(|values| one_of_these("in", values, path, checks)),
        prefix.map(|texts| Test::Prefix(not_empty("prefix", texts, path, checks))),
        suffix.map(|texts| Test::Suffix(not_empty("suffix", texts, path, checks))),
        semver.and_then(|text| range(&text, path, checks)),
        present.map(Test::Present),
    ];
    let mut tests = tests.into_iter().flatten();
    match (tests.next(), tests.next()) {
        (Some(test), None) => Some(Condition { attribute: Attribute::new(&attribute), test, not }),
        (None, _) => {
            // A range that cannot be read has been named already.
            let named =
                checks.problems.last().is_some_and(|problem| problem.path == format!("{path}.semver"));
            if !named {
                checks.problem(path, "asks nothing", "give equals, in, prefix, suffix, semver or present");
            }
            None
        }
        (Some(_), Some(_)) => {
            checks.problem(path, "asks two things", "make two conditions of it: all of them have to hold");
            None
        }
    }
}

fn one_of_these(field: &str, values: Vec<Value>, path: &str, checks: &mut Checks) -> Test {
    let path = format!("{path}.{field}");
    if values.is_empty() {
        checks.problem(path.as_str(), "is empty: it never holds", "give values, or leave the rule out");
    }
    if values.iter().any(|value| value.is_null() || value.is_array()) {
        checks.problem(
            path,
            "has a list or null, which no attribute is",
            "a list holds where one of its elements does; `present: false` asks for what is not there",
        );
    }
    Test::OneOf(values.into_iter().collect())
}

fn not_empty(field: &str, texts: Vec<String>, path: &str, checks: &mut Checks) -> Vec<String> {
    if texts.is_empty() || texts.iter().any(String::is_empty) {
        let what =
            if texts.is_empty() { "is empty: it never holds" } else { "has an empty text: it always holds" };
        checks.problem(format!("{path}.{field}"), what, "give texts; `present: true` asks for any");
    }
    texts
}

fn range(text: &str, path: &str, checks: &mut Checks) -> Option<Test> {
    let range = Range::new(text);
    range
        .map_err(|what| {
            checks.problem(
                format!("{path}.semver"),
                what,
                "write it as `>=2.1.0, <3.0.0`, `=2.1.0`, `^2.1.0` or `~2.1.0`",
            );
        })
        .ok()
        .map(Test::Version)
}
