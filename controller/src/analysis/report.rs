//! An analysis as it is told to programs, in Kayenta's words: what was asked for, and what each judgement came to. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::{Value, json};
use weir_judge::kayenta::plan::Window;
use weir_judge::kayenta::query::Scope;

use super::instant::iso;
use super::{Analysed, Compared, Execution};

/// All of it: Kayenta's result of an analysis, of each judgement its request and its result as that of a single one has them, and beside them the series and the config.
#[must_use]
pub fn report(compared: &Compared, analysed: &Analysed) -> Value {
    let executions = analysed.executions.iter().map(|execution| {
        json!({
            "canaryExecutionRequest": request(compared, execution.window),
            "result": result(compared, execution),
            "warnings": execution.warnings,
            "measurements": execution.measurements,
        })
    });
    let mut report = json!({
        "didPassThresholds": analysed.did_pass_thresholds,
        "canaryScoreMessage": analysed.canary_score_message,
        "canaryScores": analysed.canary_scores,
        "thresholds": compared.thresholds,
        "canaryConfig": compared.config,
        "canaryExecutionResults": executions.collect::<Vec<_>>(),
    });
    if let (Some(exception), Some(report)) = (&analysed.exception, report.as_object_mut()) {
        report.insert("exception".to_owned(), json!(exception));
    }
    report
}

/// The request of one judgement of an analysis.
pub(crate) fn request(compared: &Compared, window: Window) -> Value {
    let scopes = compared.places.iter().map(|(name, place)| {
        let (control, experiment) = place.windows(window);
        let side = |scope: &Scope, window: Window| {
            json!({
                "scope": scope.scope,
                "location": scope.location,
                "start": iso(window.start_millis),
                "end": iso(window.end_millis),
                "step": place.step_seconds,
                "extendedScopeParams": scope.extended_scope_params,
            })
        };
        let (control, experiment) = (side(&place.control, control), side(&place.experiment, experiment));
        (name.clone(), json!({"controlScope": control, "experimentScope": experiment}))
    });
    json!({"scopes": scopes.collect::<BTreeMap<_, _>>(), "thresholds": compared.thresholds})
}

/// What a judgement came to: `result` of upstream. How long it was is told where all scopes were as long.
pub(crate) fn result(compared: &Compared, judged: &Execution) -> Value {
    let windows =
        compared.places.values().flat_map(|place| <[Window; 2]>::from(place.windows(judged.window)));
    let lengths: BTreeSet<i64> =
        windows.map(|window| window.end_millis.saturating_sub(window.start_millis)).collect();
    let mut result = json!({"judgeResult": judged.judgement});
    if let (Some(length), 1, Some(result)) = (lengths.first(), lengths.len(), result.as_object_mut()) {
        let length = SignedDuration::from_millis(*length).to_string();
        result.insert("canaryDuration".to_owned(), json!(length));
    }
    result
}
