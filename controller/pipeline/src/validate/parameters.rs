//! Parameters that a call can meet.

use std::collections::BTreeSet;

use crate::arguments;
use crate::definition::{Kind, Parameter};
use crate::problem::Problem;

pub(super) fn check(parameters: &[Parameter], problems: &mut Vec<Problem>) {
    let mut names = BTreeSet::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let mut refuse = |field: &str, what: String, mend: String| {
            problems.push(Problem::new(format!("parameters[{index}].{field}"), what, mend));
        };
        let Parameter { name, kind, label: _, description: _, required: _, default, options, constraint } =
            parameter;
        if !is_name(name) {
            let mend = "give letters, digits, `_` and `-`, beginning with a letter or `_`";
            refuse("name", format!("{name:?} is no name that an expression could use"), mend.to_owned());
        } else if !names.insert(name) {
            refuse("name", format!("there are two {name:?}"), "rename one of them".to_owned());
        }
        for (place, option) in options.iter().enumerate().filter(|(_, option)| kind.read(option).is_none()) {
            let article = kind.article();
            let what = format!("{option} is not {article}");
            refuse(&format!("options[{place}]"), what, format!("give {article}, or another `type`"));
        }
        let compiled = constraint.as_deref().map(arguments::compile);
        match compiled {
            Some(Ok(_)) if *kind != Kind::String => {
                let what = format!("is about texts, and the parameter is {}", kind.article());
                refuse("constraint", what, "remove it, or list `options`".to_owned());
            }
            Some(Err(error)) => {
                // The first line of the error repeats the expression as it was wrapped.
                let told = error.to_string();
                let cause = told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                refuse("constraint", "is no regular expression".to_owned(), cause);
                continue;
            }
            Some(Ok(_)) | None => {}
        }
        if let Some(Err((what, mend))) = default.as_ref().map(|value| arguments::check(parameter, value)) {
            refuse("default", what, mend);
        }
    }
}

fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    begins && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
}
