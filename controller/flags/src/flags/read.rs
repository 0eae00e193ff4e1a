//! The `spec` of an object as it was sent, or every place where it has not the form of one.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::Problem;
use crate::spec::{FlagSpec, Rule};

/// Reads a spec. Rules are read one by one, so that a mistake in one does not hide those of the others.
pub(super) fn read(mut spec: Value) -> Result<FlagSpec, Vec<Problem>> {
    let rules = spec.as_object_mut().and_then(|fields| fields.remove("rules"));
    let mut problems = Vec::new();
    let rest = one::<FlagSpec>(spec, "").map_err(|problem| problems.push(problem)).ok();
    let rules: Vec<Rule> = match rules {
        None => Vec::new(),
        Some(Value::Array(rules)) => {
            let read =
                rules.into_iter().enumerate().map(|(index, rule)| one(rule, &format!("rules[{index}]")));
            read.filter_map(|rule| rule.map_err(|problem| problems.push(problem)).ok()).collect()
        }
        Some(other) => one(other, "rules").unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        }),
    };
    match rest {
        Some(rest) if problems.is_empty() => Ok(FlagSpec { rules, ..rest }),
        _ => Err(problems),
    }
}

fn one<T: DeserializeOwned>(value: Value, place: &str) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = match (place, error.path().to_string().as_str()) {
            (place, ".") => place.to_owned(),
            ("", inner) => inner.to_owned(),
            (place, inner) => format!("{place}.{inner}"),
        };
        let what = error.inner().to_string();
        let mend = if what.contains("boolean `") && what.contains("expected a string") {
            "some readers of YAML make true and false of on, off, yes and no: put it in quotes"
        } else {
            "correct the field, or leave it out"
        };
        Problem::new(path, what, mend)
    })
}
