//! What waits: for somebody, or for some time.

use serde_json::{Map, Value};
use weir_pipeline::span::Span;

use super::{Mapped, Work};
use crate::part::Part;
use crate::report::Report;

/// A `manualJudgment`.
pub(super) fn judgment(part: &Part<'_>, report: &mut Report) -> Work {
    let mut fields = Map::new();
    part.carry_text("instructions", "judgment.instructions", &mut fields, report);
    let mut inputs: Vec<Value> = Vec::new();
    for (place, input) in part.items("judgmentInputs") {
        let text = input.as_str().or_else(|| input.get("value")?.as_str()).filter(|text| !text.is_empty());
        if let Some(text) = text {
            inputs.push(text.into());
            let place = if input.is_object() { format!("{place}.value") } else { place };
            report.mapped(place, "judgment.inputs");
        }
    }
    if !inputs.is_empty() {
        fields.insert("inputs".to_owned(), inputs.into());
    }
    let mut roles: Vec<Value> = Vec::new();
    for key in ["selectedStageRoles", "requiredJudgmentRoles"] {
        for (place, role) in part.items(key) {
            if role.is_string() && !roles.contains(role) {
                roles.push(role.clone());
            }
            report.mapped(place, "judgment.roles");
        }
    }
    if !roles.is_empty() {
        fields.insert("roles".to_owned(), roles.into());
    }
    if part.flag("propagateAuthenticationContext") == Some(true) {
        let what = "stages have the rights of whoever runs them, not of whoever decides: nothing to write, but look whether that is enough";
        report.by_hand(part.at("propagateAuthenticationContext"), what);
    }
    part.needless(&["propagateAuthenticationContext"], "it is not set", report);
    part.needless(&["judgmentStatus", "judgmentInput", "lastModifiedBy"], "it is of a run", report);
    Work::new("judgment", Value::Object(fields))
}

/// A `wait`.
pub(super) fn wait(part: &Part<'_>, report: &mut Report) -> Mapped {
    let written = part.text("waitTime");
    let span = match written.as_deref() {
        None => "0s".to_owned(),
        Some(text) => match text.trim().parse::<u64>() {
            Ok(seconds) => Span::seconds(seconds).to_string(),
            // An expression gives seconds without their unit.
            Err(_) if text.contains("${") => format!("{text}s"),
            Err(_) => return Err(format!("{text:?} is no number of seconds: give `wait` a length of time")),
        },
    };
    if part.get("waitTime").is_some() {
        report.mapped(part.at("waitTime"), "wait");
    }
    part.needless(&["skipWaitText"], "it is about Spinnaker's page", report);
    Ok(Work::new("wait", span.into()))
}
