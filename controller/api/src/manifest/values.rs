//! Documents as plain values, for whoever applies objects of any kind and does not read them.

use serde_json::{Map, Number, Value as Json};

use super::json::join_surrogates;
use super::problem::Problem;
use super::split::split;
use super::tree::{self, Node, Value};

/// The documents of a text of YAML or JSON, in its order. `file` is its path, for messages.
///
/// # Errors
/// The first thing that is wrong with the text.
pub fn values(file: &str, text: &str) -> Result<Vec<Json>, Box<Problem>> {
    let mut values = Vec::new();
    for chunk in split(text) {
        let document = tree::read(&join_surrogates(chunk.text), chunk.first_line);
        let fault = match document {
            Ok(None) => continue,
            Ok(Some(document)) => match document.faults.into_iter().next() {
                None => {
                    values.push(json(&document.root));
                    continue;
                }
                Some(fault) => fault,
            },
            Err(fault) => fault,
        };
        return Err(Box::new(Problem {
            column: fault.column,
            help: fault.help,
            ..Problem::error(file, fault.line, &fault.field, &fault.message)
        }));
    }
    Ok(values)
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::from(*value),
        Value::Large(value) => Json::from(*value),
        // JSON has no infinities.
        Value::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::from(text.as_str()),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => Json::Object(
            entries.iter().map(|entry| (entry.key.clone(), json(&entry.value))).collect::<Map<_, _>>(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::values;

    #[test]
    fn every_document_is_a_value_with_its_anchors_followed() {
        let text = "a: &a {b: 1, c: '1'}\nd: *a\n---\n# nothing\n---\n- 1.5\n- true\n- ~\n- |\n  x\n";
        let expected =
            [json!({"a": {"b": 1, "c": "1"}, "d": {"b": 1, "c": "1"}}), json!([1.5, true, null, "x\n"])];
        assert_eq!(values("f", text).unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        assert_eq!(values("f", "a: 1\n---\nb: [\n").unwrap_err().line, 4);
        assert_eq!(values("f", "a: 1\na: 2\n").unwrap_err().line, 2);
    }
}
