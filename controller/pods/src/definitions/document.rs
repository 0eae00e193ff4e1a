//! Objects as the documents of a file. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use weir_runner::triggers;

const FREEZE: &str = "Freeze";
const PIPELINE: &str = "Pipeline";
const TEMPLATE: &str = "PipelineTemplate";

/// The file of a pipeline, with the template that it names where that is one of `templates`.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn pipeline(
    name: &str,
    spec: &Map<String, Value>,
    templates: &BTreeMap<&str, &Map<String, Value>>,
) -> Result<String, String> {
    let called = spec.get("template").and_then(|call| call.get("name")).and_then(Value::as_str);
    let template = called.and_then(|called| Some((called, *templates.get(called)?)));
    let template = template.map(|(called, spec)| document(TEMPLATE, called, spec));
    let documents: Vec<String> = std::iter::once(document(PIPELINE, name, spec)).chain(template).collect();
    let text = documents.join("\n---\n");
    match triggers::read(&text) {
        Ok(_) => Ok(text),
        Err(problems) => Err(said(&problems)),
    }
}

/// # Errors
/// Everything that is wrong with a template by itself.
pub(super) fn check_template(name: &str, spec: &Map<String, Value>) -> Result<(), String> {
    triggers::read(&document(TEMPLATE, name, spec)).map(drop).map_err(|problems| said(&problems))
}

/// The file of a freeze, and everything that is wrong with it.
pub(super) fn freeze(name: &str, spec: &Map<String, Value>) -> (String, Result<(), String>) {
    let text = document(FREEZE, name, spec);
    let said = triggers::read(&text).map(drop).map_err(|problems| said(&problems));
    (text, said)
}

/// As JSON, which YAML is a superset of.
fn document(kind: &str, name: &str, spec: &Map<String, Value>) -> String {
    json!({"apiVersion": weir_stages::file::API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}).to_string()
}

/// The file is ours, so that its lines and the number of its documents say nothing to anybody.
fn said(problems: &[String]) -> String {
    let without_line = |problem: &String| -> String {
        let rest = problem.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
        let rest = rest.filter(|(line, _)| line.bytes().all(|byte| byte.is_ascii_digit()));
        let problem = rest.map_or(problem.as_str(), |(_, rest)| rest);
        problem.strip_prefix("documents[0].").unwrap_or(problem).replacen(
            "documents[1].",
            "its template: ",
            1,
        )
    };
    problems.iter().map(without_line).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Map, Value, json};

    use super::{check_template, freeze, pipeline};

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_pipeline_comes_with_the_template_that_it_names() {
        let template = map(&json!({
            "variables": [{"name": "words", "required": true}],
            "pipeline": {"stages": [{"name": "Say", "step": {"run": "echo $WORDS", "env": {"WORDS": "${ templateVariables.words }"}}}]},
        }));
        let call = |values: Value| map(&json!({"template": {"name": "say", "values": values}}));
        let templates = BTreeMap::from([("say", &template)]);
        let text = pipeline("shop", &call(json!({"words": "hello"})), &templates).unwrap();
        assert_eq!(text.matches("\n---\n").count(), 1);
        let wrong = pipeline("shop", &call(json!({})), &templates).unwrap_err();
        assert!(wrong.contains("words") && !wrong.contains("documents"), "{wrong}");
        let none = pipeline("shop", &call(json!({})), &BTreeMap::new()).unwrap_err();
        assert!(none.contains("there is no template \"say\""), "{none}");
        assert_eq!(check_template("say", &template), Ok(()));
    }

    #[test]
    fn a_freeze_is_a_file_also_where_something_is_wrong_with_it() {
        let (text, said) = freeze("year-end", &map(&json!({"reason": "books", "owner": "finance"})));
        assert!(text.contains("\"year-end\"") && said.is_ok(), "{text}");
        let (text, said) =
            freeze("year-end", &map(&json!({"reason": "books", "owner": "finance", "until": "soon"})));
        assert!(text.contains("soon"), "{text}");
        assert!(said.as_ref().unwrap_err().starts_with("spec.until: \"soon\" is no time"), "{said:?}");
    }

    #[test]
    fn what_is_wrong_is_told_without_lines() {
        let spec = map(&json!({"stages": [{"name": "A", "stepp": {"run": "true"}}], "trigers": []}));
        let said = pipeline("shop", &spec, &BTreeMap::new()).unwrap_err();
        assert!(said.starts_with("spec.") && said.contains("step") && said.contains("triggers"), "{said}");
    }
}
