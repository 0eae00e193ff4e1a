//! Lines for a shell are not evaluated: `${HOME}` is the shell's, and what a trigger brings along (the name of a branch, the title of a commit) must not become
//! a command. Values come to them by the environment, whose texts are evaluated. Nor is a canary config, whose `${scope}` is the judge's.

use serde_json::{Map, Value};

use crate::typed::push_key;

/// Evaluates `fields` (of a stage, or a whole pipeline) by `evaluate`, with its scripts set aside meanwhile.
///
/// # Errors
/// Those of `evaluate`.
pub fn apart<E>(fields: &Value, evaluate: impl FnOnce(&Value) -> Result<Value, E>) -> Result<Value, E> {
    let (mut rest, mut aside) = (fields.clone(), Vec::new());
    take(&mut rest, &mut aside);
    let mut evaluated = evaluate(&rest)?;
    put_back(&mut evaluated, &aside);
    Ok(evaluated)
}

/// Every script, with its field.
pub(crate) fn paths(fields: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    find(fields, "", &mut found);
    found
}

fn find<'v>(value: &'v Value, path: &str, found: &mut Vec<(String, &'v str)>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find(item, &format!("{path}[{index}]"), found);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| !OPAQUE.contains(&key.as_str())) {
                let mut path = path.to_owned();
                push_key(&mut path, key);
                match value.as_str().filter(|_| SCRIPTS.contains(&key.as_str())) {
                    Some(script) => found.push((path, script)),
                    None if is_config(key, value) => texts(value, &path, found),
                    None => find(value, &path, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Every text in what is not evaluated.
fn texts<'v>(value: &'v Value, path: &str, found: &mut Vec<(String, &'v str)>) {
    match value {
        Value::String(text) => found.push((path.to_owned(), text)),
        Value::Array(items) => items.iter().for_each(|item| texts(item, path, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, path, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What stands for a script meanwhile: a key of its own, which no user's key is.
const ASIDE: &str = "\u{0}script";
/// Keys whose values are scripts.
pub(crate) const SCRIPTS: [&str; 3] = ["run", "sbom", "sign"];
/// The key of a canary config.
const CONFIG: &str = "config";
/// Keys whose values are their user's own, whatever they are called in there.
const OPAQUE: [&str; 9] =
    ["env", "secrets", "values", "payload", "headers", "parameters", "variables", "buildArgs", "objects"];

/// Whether it is a canary config, written where a file could be named.
fn is_config(key: &str, value: &Value) -> bool {
    key == CONFIG && value.is_object()
}

fn take(value: &mut Value, aside: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| take(item, aside)),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut().filter(|(key, _)| !OPAQUE.contains(&key.as_str())) {
                if value.is_string() && SCRIPTS.contains(&key.as_str()) || is_config(key, value) {
                    let place = aside.len();
                    aside.push(value.take());
                    *value = Value::Object(Map::from_iter([(ASIDE.to_owned(), Value::from(place))]));
                } else {
                    take(value, aside);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn put_back(value: &mut Value, aside: &[Value]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| put_back(item, aside)),
        Value::Object(fields) => {
            let place =
                fields.get(ASIDE).and_then(Value::as_u64).and_then(|place| usize::try_from(place).ok());
            match place.and_then(|place| aside.get(place)) {
                Some(script) => *value = script.clone(),
                None => fields.values_mut().for_each(|value| put_back(value, aside)),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::apart;

    #[test]
    fn scripts_stay_as_they_are_written() {
        let fields =
            json!({"run": "echo ${HOME}", "env": {"run": "x"}, "services": [{"name": "y", "run": "a"}]});
        let shout = |value: &Value| {
            let text = value.to_string();
            assert!(!text.contains("HOME") && text.contains("\"run\":\"x\""), "{text}");
            Ok::<_, ()>(
                serde_json::from_str::<Value>(&text.replace("\"x\"", "\"z\"").replace("\"y\"", "\"w\""))
                    .unwrap(),
            )
        };
        let expected =
            json!({"run": "echo ${HOME}", "env": {"run": "z"}, "services": [{"name": "w", "run": "a"}]});
        assert_eq!(apart(&fields, shout), Ok(expected));
        assert_eq!(apart(&fields, |_| Err(7)), Err(7));
    }

    #[test]
    fn what_the_judge_expands_is_no_expression() {
        let fields =
            json!({"config": {"templates": {"f": "pod=~\"${scope}.*\""}}, "control": {"scope": "x"}});
        let shout = |value: &Value| {
            let text = value.to_string();
            assert!(!text.contains("scope}"), "{text}");
            Ok::<_, ()>(serde_json::from_str::<Value>(&text.replace("\"x\"", "\"z\"")).unwrap())
        };
        let expected =
            json!({"config": {"templates": {"f": "pod=~\"${scope}.*\""}}, "control": {"scope": "z"}});
        assert_eq!(apart(&fields, shout), Ok(expected));
        let file = apart(&json!({"config": "x"}), |value| shout(value));
        assert_eq!(file, Ok(json!({"config": "z"})), "the name of a file may be one");
    }
}
