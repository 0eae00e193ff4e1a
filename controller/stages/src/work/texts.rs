//! Whether each expression in the texts of a stage is one. What it becomes is another question, for later.

use std::convert::Infallible;

use serde_json::Value;
use weir_expression::{Condition, Limits, Template};
use weir_pipeline::Problem;

use crate::scripts;
use crate::typed::push_key;

/// Every text of the fields that can never be evaluated.
pub(crate) fn check(kind: &str, fields: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Ok(()) = scripts::apart(fields, |texts| {
        walk(texts, kind, &mut problems);
        Ok::<_, Infallible>(Value::Null)
    })
    .map(drop);
    if kind == "preconditions" {
        conditions(fields, &mut problems);
    }
    problems
}

/// A condition that can never hold nor not hold.
pub(crate) fn check_condition(path: &str, text: &str) -> Option<Problem> {
    let error = Condition::parse(text, &Limits::default()).err()?;
    Some(cut(path, text).unwrap_or_else(|| Problem::new(path, error.to_string(), MEND)))
}

const MEND: &str = "mend the expression";

fn walk(value: &Value, path: &str, problems: &mut Vec<Problem>) {
    match value {
        Value::String(text) => problems.extend(check_text(path, text)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{path}[{index}]"), problems);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                let mut path = path.to_owned();
                push_key(&mut path, key);
                problems.extend(check_text(&path, key));
                walk(value, &path, problems);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn check_text(path: &str, text: &str) -> Option<Problem> {
    let error = Template::parse(text, &Limits::default()).err()?;
    Some(cut(path, text).unwrap_or_else(|| Problem::new(path, error.to_string(), MEND)))
}

/// `${ #stage('A') }` without quotes is `${` and a comment.
fn cut(path: &str, text: &str) -> Option<Problem> {
    let what = "the expression ends where YAML sees a comment (a blank and #)";
    text.trim_end().ends_with("${").then(|| Problem::new(path, what, "put the text in quotes"))
}

fn conditions(fields: &Value, problems: &mut Vec<Problem>) {
    for (index, condition) in fields.as_array().into_iter().flatten().enumerate() {
        if let Some(text) = condition.get("expression").and_then(Value::as_str)
            && !text.contains("${")
        {
            problems.extend(check_condition(&format!("preconditions[{index}].expression"), text));
        }
    }
}
