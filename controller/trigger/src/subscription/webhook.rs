//! Calls in our own form, by what their body has.

use jsonpath_rust::parser::model::JpQuery;
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use regex::Regex;
use serde_json::Value;

use super::Declined;
use crate::definition;
use crate::validate::{self, Checks};

#[derive(Clone, Debug)]
pub(super) struct Webhook {
    source: String,
    secret: String,
    constraints: Vec<Constraint>,
}

/// Something at this place has to match.
#[derive(Clone, Debug)]
struct Constraint {
    path: String,
    query: JpQuery,
    /// As the user wrote it.
    written: String,
    pattern: Regex,
}

impl Webhook {
    pub(super) fn new(written: &definition::Webhook, checks: &mut Checks) -> Option<Self> {
        validate::webhook(written, checks);
        let definition::Webhook { source, secret, payload } = written;
        // All of them first: each that is wrong is told.
        let constraints: Vec<Option<Constraint>> =
            payload.iter().map(|(path, pattern)| constraint(path, pattern, checks)).collect();
        let constraints = constraints.into_iter().collect::<Option<_>>()?;
        Some(Self { source: source.clone(), secret: secret.clone(), constraints })
    }

    pub(super) fn wants(&self, source: &str, signed_by: &[String], payload: &Value) -> Result<(), Declined> {
        if source != self.source {
            return Err(Declined::Elsewhere);
        }
        if !signed_by.contains(&self.secret) {
            return Err(Declined::Signature(self.secret.clone()));
        }
        let unmet = self.constraints.iter().find(|constraint| !constraint.is_met(payload));
        unmet.map_or(Ok(()), |Constraint { path, written, .. }| {
            Err(Declined::Payload { path: path.clone(), pattern: written.clone() })
        })
    }
}

impl Constraint {
    fn is_met(&self, payload: &Value) -> bool {
        let found = js_path_process(&self.query, payload).unwrap_or_default();
        found.into_iter().any(|one| match one.val {
            Value::String(text) => self.pattern.is_match(text),
            Value::Number(number) => self.pattern.is_match(&number.to_string()),
            Value::Bool(boolean) => self.pattern.is_match(if *boolean { "true" } else { "false" }),
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        })
    }
}

/// A path without `$` begins at the root, as Spinnaker's do.
fn constraint(path: &str, pattern: &str, checks: &mut Checks) -> Option<Constraint> {
    let at = format!("payload[{path:?}]");
    let whole = if path.starts_with('$') { path.to_owned() } else { format!("$.{path}") };
    let query = parse_json_path(&whole);
    // The whole text, so that `main` does not match `not-main`; by itself first, so that `a)|(b` does not end the group.
    let regex = Regex::new(pattern).and_then(|_| Regex::new(&format!("^(?:{pattern})$")));
    if query.is_err() {
        checks.problem(
            &at,
            format!("{path:?} is no JSONPath"),
            "write it as `$.deployment.environment`, keys with other signs as `$['a b']`",
        );
    }
    if let Err(error) = &regex {
        let text = error.to_string();
        let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        checks.problem(&at, format!("{pattern:?} is no regular expression"), why);
    }
    Some(Constraint {
        path: path.to_owned(),
        query: query.ok()?,
        written: pattern.to_owned(),
        pattern: regex.ok()?,
    })
}
