//! The values of a call, against the parameters of a pipeline.

use regex::Regex;
use serde_json::{Map, Value};

use crate::definition::{Kind, Parameter};
use crate::problem::{Problem, did_you_mean};

/// Most bytes of a compiled constraint: text from users must not cost memory.
const CONSTRAINT_BYTES: usize = 1 << 20;

/// What a run gets: each parameter with the value given, its default, or null.
///
/// # Errors
/// Every problem at once: a value that no parameter takes, one that is missing, not of its kind, not among the options or against the
/// constraint. Paths are `parameters.NAME`.
pub fn bind(
    parameters: &[Parameter],
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Problem>> {
    let names = || parameters.iter().map(|parameter| parameter.name.as_str());
    let strangers = given.keys().filter(|name| !names().any(|known| known == name.as_str()));
    let mut problems: Vec<Problem> = strangers
        .map(|name| {
            let what = "this pipeline has no such parameter";
            Problem::new(format!("parameters.{name}"), what, did_you_mean(name, names().collect::<Vec<_>>()))
        })
        .collect();
    let mut bound = Map::new();
    for parameter in parameters {
        let value = given.get(&parameter.name).filter(|value| !value.is_null());
        match value.or(parameter.default.as_ref()) {
            None if parameter.required => problems.push(Problem::new(
                format!("parameters.{}", parameter.name),
                "is required and missing",
                format!("give {}", parameter.kind.article()),
            )),
            None => {
                bound.insert(parameter.name.clone(), Value::Null);
            }
            Some(value) => match check(parameter, value) {
                Ok(value) => {
                    bound.insert(parameter.name.clone(), value);
                }
                Err((what, mend)) => {
                    problems.push(Problem::new(format!("parameters.{}", parameter.name), what, mend));
                }
            },
        }
    }
    if problems.is_empty() { Ok(bound) } else { Err(problems) }
}

/// The value as one of the parameter's; otherwise what is wrong and how to mend it.
pub(crate) fn check(parameter: &Parameter, value: &Value) -> Result<Value, (String, String)> {
    let Some(read) = parameter.kind.read(value) else {
        let article = parameter.kind.article();
        return Err((format!("{value} is not {article}"), format!("give {article}")));
    };
    let mut options = parameter.options.iter().filter_map(|option| parameter.kind.read(option));
    if !parameter.options.is_empty() && !options.any(|option| option == read) {
        let shown: Vec<String> = parameter.options.iter().map(Value::to_string).collect();
        return Err((
            format!("{read} is not among the options"),
            format!("give one of {}", shown.join(", ")),
        ));
    }
    let constraint = parameter.constraint.as_deref().filter(|_| parameter.kind == Kind::String);
    match constraint.map(|text| (text, compile(text))) {
        Some((text, Ok(regex))) if !read.as_str().is_some_and(|read| regex.is_match(read)) => {
            Err((format!("{read} does not match {text:?}"), "give a text that matches as a whole".to_owned()))
        }
        // What cannot be compiled does not pass as checked.
        Some((text, Err(error))) => {
            Err((format!("its constraint {text:?} cannot be read"), error.to_string()))
        }
        Some((_, Ok(_))) | None => Ok(read),
    }
}

/// A constraint, for the whole text.
pub(crate) fn compile(constraint: &str) -> Result<Regex, regex::Error> {
    regex::RegexBuilder::new(&format!("^(?:{constraint})$")).size_limit(CONSTRAINT_BYTES).build()
}
