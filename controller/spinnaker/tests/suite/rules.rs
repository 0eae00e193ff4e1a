//! What all stages have.

use serde_json::{Value, json};

use crate::fixture::{imported, pipeline, stage};

fn with(fields: &Value) -> Value {
    let mut given =
        json!({"refId": "1", "requisiteStageRefIds": [], "type": "wait", "name": "A", "waitTime": 1});
    given.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    stage(&given).0
}

#[test]
fn failure_options_are_those_of_the_page() {
    let options = |fails, goes_on, completes| {
        let made = with(
            &json!({"failPipeline": fails, "continuePipeline": goes_on, "completeOtherBranchesThenFail": completes}),
        );
        made.get("onFailure").cloned().unwrap_or_else(|| json!("halt"))
    };
    assert_eq!(options(json!(true), json!(false), json!(false)), "halt");
    assert_eq!(options(json!(null), json!(null), json!(null)), "halt");
    assert_eq!(options(json!(false), json!(false), json!(false)), "haltBranch");
    assert_eq!(options(json!(false), json!(false), json!(true)), "haltBranchThenFail");
    assert_eq!(options(json!(false), json!(true), json!(false)), "ignore");
    assert_eq!(options(json!("true"), json!("true"), json!(false)), "ignore");
}

#[test]
fn timeouts_and_conditions_are_kept() {
    let made = with(
        &json!({"stageTimeoutMs": 90_000, "stageEnabled": {"type": "expression", "expression": "${ parameters.a }"}}),
    );
    assert_eq!((&made["timeout"], &made["when"]), (&json!("1m30s"), &json!("${ parameters.a }")));
    let made = with(&json!({"stageTimeoutMs": 0, "stageEnabled": {}}));
    assert_eq!((made.get("timeout"), made.get("when")), (None, None));
}

/// What Spinnaker would fail is not run at any hour.
#[test]
fn a_window_that_is_none_fails_the_stage() {
    let window = |window: Value| {
        with(&json!({"restrictExecutionDuringTimeWindow": true, "restrictedExecutionWindow": window}))
    };
    for bad in [json!({}), json!({"days": [8]}), json!({"whitelist": [{"startHour": 25, "endHour": 3}]})] {
        let made = window(bad);
        assert_eq!(made["preconditions"][0]["expression"], "false", "{made}");
    }
    let made = with(&json!({"restrictExecutionDuringTimeWindow": "${ parameters.a }"}));
    assert_eq!(made["preconditions"][0]["expression"], "false", "{made}");
    let days = [json!([1, 7]), json!(["1", "7", "7"])];
    for days in days {
        assert_eq!(window(json!({"days": days}))["window"], "window");
    }
}

#[test]
fn stages_with_the_same_hours_share_a_window() {
    let hours = |hour: u8| {
        json!({"type": "wait", "name": format!("{hour}"), "waitTime": 1, "restrictExecutionDuringTimeWindow": true,
        "restrictedExecutionWindow": {"days": [1], "whitelist": [{"startHour": hour, "startMin": 5, "endHour": 23, "endMin": 0}]}})
    };
    let mut again = hours(9);
    again["name"] = json!("again");
    let made = imported(&pipeline(&json!([hours(9), again, hours(10)])));
    let spec = &made.documents[0]["spec"];
    assert_eq!(spec["windows"]["window"], json!({"days": ["sunday"], "hours": ["09:05-23:00"]}));
    assert_eq!(spec["windows"].as_object().unwrap().len(), 2);
    assert_eq!(
        (&spec["stages"][1]["window"], &spec["stages"][2]["window"]),
        (&json!("window"), &json!("window-2"))
    );
}

#[test]
fn runs_at_once_are_as_many_as_there() {
    let concurrency = |fields: Value| {
        let mut given = json!({"name": "p", "stages": [{"type": "wait", "waitTime": 1}]});
        given.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        imported(&given).documents[0]["spec"]["concurrency"].clone()
    };
    assert_eq!(concurrency(json!({})), json!({"limit": 0, "waiting": "newest"}));
    assert_eq!(
        concurrency(json!({"limitConcurrent": true, "maxConcurrentExecutions": 5})),
        json!({"limit": 1, "waiting": "newest"})
    );
    let made = concurrency(
        json!({"limitConcurrent": false, "maxConcurrentExecutions": 5, "keepWaitingPipelines": true}),
    );
    assert_eq!(made, json!({"limit": 5, "waiting": "all"}));
}

#[test]
fn a_parameter_that_would_be_refused_loses_what_is_wrong_and_that_is_told() {
    let mut given = pipeline(&json!([{"type": "wait", "waitTime": 1}]));
    given["parameterConfig"] =
        json!([{"name": "a", "constraint": "date"}, {"name": "a b", "default": "x"}, {"name": "2"}]);
    let made = imported(&given);
    let parameters = &made.documents[0]["spec"]["parameters"];
    assert_eq!(parameters, &json!([{"name": "a"}, {"name": "a_b", "default": "x"}, {"name": "_2"}]));
    let told = made.report.text(false);
    assert!(told.contains("parameterConfig[0].constraint: give `constraint`"), "{told}");
    assert!(told.contains("parameterConfig[1].name: it is a_b here"), "{told}");
}
