//! What a status means that somebody else gives.

use serde_json::Value;
use weir_stages::work::StatusLists;

/// Where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Done,
    Failed,
    /// By somebody there.
    Stopped,
    GoesOn,
}

/// What a status means; `None`: it is no status (a list, an object, nothing). Numbers are percents, unless a list has them.
pub(super) fn meaning(status: &Value, lists: &StatusLists) -> Option<Meaning> {
    let text = match status {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(_) | Value::Bool(_) => status.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let StatusLists { success, failure, canceled } = lists;
    let is_in = |list: &[String], usual: &[&str]| {
        let mut of_list = list.iter().map(|known| known.trim());
        // Without regard to case in any language: lists are written by people.
        let is = |known: &str| known.to_uppercase() == text.to_uppercase();
        if list.is_empty() { usual.iter().any(|known| is(known)) } else { of_list.any(is) }
    };
    Some(if is_in(success, &["SUCCEEDED", "SUCCESS"]) {
        Meaning::Done
    } else if is_in(failure, &["FAILED", "FAILURE", "ERROR", "TERMINAL"]) {
        Meaning::Failed
    } else if is_in(canceled, &["CANCELED", "CANCELLED"]) {
        Meaning::Stopped
    } else if status.as_f64().is_some_and(|percent| (percent - 100.0).abs() < f64::EPSILON) {
        Meaning::Done
    } else {
        Meaning::GoesOn
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use weir_stages::work::StatusLists;

    use super::Meaning::{Done, Failed, GoesOn, Stopped};
    use super::meaning;

    #[test]
    fn a_status_is_looked_up_without_regard_to_case() {
        let own = StatusLists {
            success: vec!["Ready ".to_owned(), "7".to_owned()],
            failure: vec!["broken".to_owned(), "false".to_owned()],
            canceled: Vec::new(),
        };
        for (status, usual, listed) in [
            (json!("succeeded"), Some(Done), Some(GoesOn)),
            (json!("Failure"), Some(Failed), Some(GoesOn)),
            (json!(" cancelled"), Some(Stopped), Some(Stopped)),
            (json!("READY"), Some(GoesOn), Some(Done)),
            (json!("Broken"), Some(GoesOn), Some(Failed)),
            (json!(100), Some(Done), Some(Done)),
            (json!(100.0), Some(Done), Some(Done)),
            (json!(99.9), Some(GoesOn), Some(GoesOn)),
            (json!(7), Some(GoesOn), Some(Done)),
            (json!("100"), Some(GoesOn), Some(GoesOn)),
            (json!(false), Some(GoesOn), Some(Failed)),
            (json!(null), None, None),
            (json!({}), None, None),
            (json!(["SUCCESS"]), None, None),
        ] {
            assert_eq!(meaning(&status, &StatusLists::default()), usual, "{status}");
            assert_eq!(meaning(&status, &own), listed, "{status}, own lists");
        }
    }
}
