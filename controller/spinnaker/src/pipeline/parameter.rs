//! Parameters of pipelines and variables of templates.

use serde_json::{Map, Value};

use crate::part::{Part, text_of};
use crate::report::Report;

/// One of `parameterConfig`.
pub(super) fn parameter(part: &Part<'_>, report: &mut Report) -> Map<String, Value> {
    let mut made = Map::new();
    named(part, "parameters.name", &mut made, report);
    part.carry_text("label", "parameters.label", &mut made, report);
    part.carry_text("description", "parameters.description", &mut made, report);
    if let Some(required) = part.flag("required") {
        made.insert("required".to_owned(), required.into());
        if required {
            let why = "a run without it is refused, whoever starts it; there only the page asks for it";
            report.changed(part.at("required"), "parameters.required", why);
        } else {
            report.mapped(part.at("required"), "parameters.required");
        }
    }
    let options: Vec<Value> = part
        .parts("options")
        .iter()
        .filter_map(|option| {
            let text = option.text("value")?;
            report.mapped(option.at("value"), "parameters.options");
            Some(Value::from(text))
        })
        .collect();
    if !options.is_empty() {
        made.insert("options".to_owned(), options.clone().into());
    }
    part.needless(&["hasOptions"], "it has them where there are `options`", report);
    part.needless(&["pinned"], "it is about Spinnaker's page", report);
    // An empty text is a default too: expressions find it there.
    if let Some(default) = part.fields.get("default").and_then(text_of) {
        let is_one = options.is_empty() || options.iter().any(|option| option.as_str() == Some(&default));
        if is_one {
            made.insert("default".to_owned(), default.into());
            report.mapped(part.at("default"), "parameters.default");
        } else {
            report.changed(
                part.at("default"),
                "parameters",
                format!("there is none: {default:?} is none of the options"),
            );
        }
    }
    part.by_hand("constraint", "give `constraint`, a regular expression of the whole text", report);
    made
}

fn named(part: &Part<'_>, to: &str, made: &mut Map<String, Value>, report: &mut Report) {
    let written = part.text("name").unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let mut name: String = written.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    if !name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_') {
        name.insert(0, '_');
    }
    if part.get("name").is_some() {
        if name == written {
            report.mapped(part.at("name"), to);
        } else {
            report.by_hand(
                part.at("name"),
                format!("it is {name} here: write that in the expressions that name it"),
            );
        }
    }
    made.insert("name".to_owned(), name.into());
}

/// Types of variables there and here.
const KINDS: [(&str, &str); 6] = [
    ("string", "string"),
    ("int", "integer"),
    ("float", "number"),
    ("boolean", "boolean"),
    ("list", "list"),
    ("object", "object"),
];

/// One of a template's `variables`.
pub(crate) fn variable(part: &Part<'_>, report: &mut Report) -> Map<String, Value> {
    let mut made = Map::new();
    named(part, "variables.name", &mut made, report);
    part.carry_text("description", "variables.description", &mut made, report);
    let written = part.text("type").unwrap_or_else(|| "string".to_owned());
    let known = KINDS.into_iter().find(|(there, _)| written.eq_ignore_ascii_case(there));
    let kind = known.map_or("string", |(_, here)| here);
    made.insert("type".to_owned(), kind.into());
    if part.get("type").is_some() && known.is_some() {
        report.mapped(part.at("type"), "variables.type");
    } else {
        part.by_hand("type", "it is not known, and a text here: give `type`", report);
    }
    match part.fields.get("defaultValue").filter(|value| !value.is_null()) {
        Some(default) => {
            let default =
                if kind == "string" { text_of(default).map(Value::from) } else { Some(default.clone()) };
            made.insert("default".to_owned(), default.unwrap_or_else(|| "".into()));
            report.mapped(part.at("defaultValue"), "variables.default");
        }
        // There it is an error to leave it out.
        None => {
            made.insert("required".to_owned(), true.into());
        }
    }
    part.needless(
        &["example", "group", "nullable", "merge", "remove"],
        "it is about Spinnaker's page",
        report,
    );
    made
}
