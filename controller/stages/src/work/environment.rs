//! Variables of an environment.

use std::collections::BTreeMap;

use serde_json::Value;

use super::finding::Finding;

/// What is no variable among `env`, which stands in `field`.
pub(super) fn check(field: &str, env: &BTreeMap<String, Value>) -> Vec<Finding> {
    let values = env.iter().filter_map(|(name, value)| {
        let what = match value {
            Value::Null => "nothing stands here",
            Value::Array(_) => "a list stands here",
            Value::Object(_) => "a map stands here",
            Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        };
        Some(Finding::new(format!("{field}.{name}"), what, "give a text: `${ #toJson(..) }` makes one"))
    });
    check_names(field, env.keys()).chain(values).collect()
}

/// Names that no environment can have.
pub(super) fn check_names<'n>(
    field: &str,
    names: impl Iterator<Item = &'n String>,
) -> impl Iterator<Item = Finding> {
    let bad = names.filter(|name| name.is_empty() || name.contains(['=', '\0']) && !name.contains("${"));
    bad.map(move |name| {
        let what = format!("{name:?} is no name of a variable");
        Finding::new(field, what, "give one that is not empty, without `=`")
    })
}
