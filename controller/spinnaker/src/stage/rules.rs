//! What all stages have: failure options, a condition, a window, a timeout.

use std::time::Duration;

use serde_json::{Map, Value};
use weir_pipeline::span::Span;

use super::Work;
use crate::part::Part;
use crate::pipeline::Windows;
use crate::report::Report;

/// Writes them into the stage that is made.
///
/// # Errors
/// Why it cannot be run as it was meant.
pub(super) fn put(
    part: &Part<'_>,
    work: &Work,
    windows: &mut Windows,
    made: &mut Map<String, Value>,
    report: &mut Report,
) -> Result<(), String> {
    let on_failure = on_failure(part, report);
    if let Some(on_failure) = on_failure.or(work.on_failure) {
        made.insert("onFailure".to_owned(), on_failure.into());
    }
    condition(part, made, report)?;
    if let Some(window) = windows.of(part, report)? {
        made.insert("window".to_owned(), window.into());
    }
    if let Some(millis) = part.whole("stageTimeoutMs").filter(|millis| *millis > 0) {
        let timeout = Span::from(Duration::from_millis(millis));
        made.insert("timeout".to_owned(), timeout.to_string().into());
        report.mapped(part.at("stageTimeoutMs"), "timeout");
    }
    rest(part, report);
    Ok(())
}

/// As the section "If stage fails" of a stage has it; `None`: everything is halted.
fn on_failure(part: &Part<'_>, report: &mut Report) -> Option<&'static str> {
    let (fails, goes_on, completes) = ("failPipeline", "continuePipeline", "completeOtherBranchesThenFail");
    if part.flag(goes_on) == Some(true) {
        let why = "ignore: the run ends as FailedContinue, so that it can be seen; there it is SUCCEEDED";
        report.changed(part.at(goes_on), "onFailure", why);
        part.needless(&[fails, completes], "continuePipeline decides", report);
        return Some("ignore");
    }
    let told = |key: &str, report: &mut Report| {
        if part.flag(key).is_some() {
            report.mapped(part.at(key), "onFailure");
        }
    };
    told(goes_on, report);
    told(fails, report);
    if part.flag(fails).unwrap_or(true) {
        part.needless(&[completes], "failPipeline decides", report);
        return None;
    }
    told(completes, report);
    if part.flag(completes) == Some(true) {
        return Some("haltBranchThenFail");
    }
    if part.flag(fails).is_some() {
        report.retract(&part.at(fails), &[]);
        report.changed(
            part.at(fails),
            "onFailure",
            "haltBranch: the run ends as Stopped, which is no success; there it is SUCCEEDED",
        );
    }
    Some("haltBranch")
}

fn condition(part: &Part<'_>, made: &mut Map<String, Value>, report: &mut Report) -> Result<(), String> {
    let Some(enabled) = part.part("stageEnabled") else { return Ok(()) };
    let Some(expression) = enabled.text("expression").filter(|text| !text.trim().is_empty()) else {
        report.needless(enabled.place, "an empty condition is none");
        return Ok(());
    };
    match enabled.text("type").as_deref() {
        None | Some("expression") => {
            part_type(&enabled, report);
            let why = "where it has no value the stage fails; there it is skipped";
            report.changed(enabled.at("expression"), "when", why);
            made.insert("when".to_owned(), expression.into());
            Ok(())
        }
        Some(other) => Err(format!("conditions of the type {other} are not known: write `when`")),
    }
}

fn part_type(enabled: &Part<'_>, report: &mut Report) {
    if enabled.get("type").is_some() {
        report.mapped(enabled.at("type"), "when");
    }
}

fn rest(part: &Part<'_>, report: &mut Report) {
    part.by_hand("comments", "write it as a comment of the file (`# ..`)", report);
    if part.flag("sendNotifications") == Some(true) {
        let what = "a stage tells nobody: let a `webhook` stage beside it do that";
        report.by_hand(part.at("sendNotifications"), what);
        part.by_hand("notifications", what, report);
    } else {
        part.needless(&["sendNotifications", "notifications"], "sendNotifications is not true", report);
    }
    match part.flag("failOnFailedExpressions") {
        Some(true) => report
            .mapped(part.at("failOnFailedExpressions"), "every stage fails whose expressions have no value"),
        Some(false) => {
            let why =
                "the stage fails where an expression has no value; there the text stays as it is written";
            report.changed(part.at("failOnFailedExpressions"), "every stage", why);
        }
        None => {}
    }
    if part.whole("stageTimeoutMs") == Some(0) {
        report.needless(part.at("stageTimeoutMs"), "0 is no timeout");
    }
    part.needless(
        &[
            "overrideTimeout",
            "isNew",
            "skipWindowText",
            "alias",
            "showAdvancedOptions",
            "group",
            "ignoreAllFailures",
        ],
        "it is about Spinnaker's page",
        report,
    );
}
