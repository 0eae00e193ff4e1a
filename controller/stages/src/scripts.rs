//! Lines for a shell are not evaluated: `${HOME}` is the shell's, and what a trigger brings along (the name of a branch, the title of a commit) must not become
//! a command. Values come to them by the environment, whose texts are evaluated.

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
                    None => find(value, &path, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What stands for a script meanwhile: a key of its own, which no user's key is.
const ASIDE: &str = "\u{0}script";
/// Keys whose values are scripts.
pub(crate) const SCRIPTS: [&str; 3] = ["run", "sbom", "sign"];
/// Keys whose values are their user's own, whatever they are called in there.
const OPAQUE: [&str; 9] =
    ["env", "secrets", "values", "payload", "headers", "parameters", "variables", "buildArgs", "objects"];

fn take(value: &mut Value, aside: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| take(item, aside)),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut().filter(|(key, _)| !OPAQUE.contains(&key.as_str())) {
                if let Value::String(script) = value
                    && SCRIPTS.contains(&key.as_str())
                {
                    let place = aside.len();
                    aside.push(std::mem::take(script));
                    *value = Value::Object(Map::from_iter([(ASIDE.to_owned(), Value::from(place))]));
                } else {
                    take(value, aside);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn put_back(value: &mut Value, aside: &[String]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| put_back(item, aside)),
        Value::Object(fields) => {
            let place =
                fields.get(ASIDE).and_then(Value::as_u64).and_then(|place| usize::try_from(place).ok());
            match place.and_then(|place| aside.get(place)) {
                Some(script) => *value = Value::from(script.as_str()),
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
}
