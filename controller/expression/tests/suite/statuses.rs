//! The status of a stage compares with texts, and knows what it means.

use serde_json::json;
use weir_expression::{Scope, StageFacts, Status};

use crate::fixture::{NOW, errors, values, values_in};

#[test]
fn a_status_compares_with_and_without_to_string() {
    values(&[
        ("#stage('Canary Analysis')['status'].toString() == 'SUCCEEDED'", json!(false)),
        ("#stage('Canary Analysis')['status'] == 'FAILED_CONTINUE'", json!(true)),
        ("'FAILED_CONTINUE' == #stage('s2').status", json!(true)),
        ("#stage('s1').status != 'SUCCEEDED'", json!(false)),
        ("#stage('s1').status == #stage('s4').status", json!(true)),
        ("#stage('s1').status.name()", json!("SUCCEEDED")),
        ("#stage('s1').status matches 'SUCC.*'", json!(true)),
        ("'is ' + #stage('s1').status", json!("is SUCCEEDED")),
        ("{'SUCCEEDED', 'SKIPPED'}.contains(#stage('s1').status)", json!(true)),
        ("{'SUCCEEDED', 'SKIPPED'}.contains(#stage('s2').status)", json!(false)),
        ("#stage('s2').status.toLowerCase()", json!("failed_continue")),
        ("#stage('s1').status.equals('SUCCEEDED')", json!(false)),
        ("#stage('s1').status.toString().equals('SUCCEEDED')", json!(true)),
        ("#stage('s2').status.isComplete()", json!(true)),
        ("#stage('s2').status.complete", json!(true)),
        ("#stage('s2').status.isHalt()", json!(false)),
        ("#stage('s2').status.isSuccessful()", json!(false)),
        ("#stage('s2').status.isFailure()", json!(true)),
    ]);
    errors(&[
        ("#stage('s1').status.nam()", "a status has no method \"nam\"; did you mean \"name\"?"),
        ("#stage('s1').status == true", "a status never equals a boolean"),
        ("#stage('s1').status + 1 > 2", "> does not work on a text and an integer"),
    ]);
}

#[test]
fn every_status_becomes_its_name() {
    for status in Status::ALL {
        let scope = Scope::new(NOW.parse().unwrap(), 0).with_stages([StageFacts::new("a", "A", status)]);
        values_in(
            &scope,
            &[
                ("#stage('A').status", json!(status.name())),
                ("#stage('A').status.toString() == #stage('A').status", json!(true)),
                (
                    "#stage('A').status.isHalt()",
                    json!(matches!(status.name(), "TERMINAL" | "CANCELED" | "STOPPED")),
                ),
                ("#stage('A').hasSucceeded", json!(status.name() == "SUCCEEDED")),
                ("#stage('A').hasFailed", json!(status.name() == "TERMINAL")),
            ],
        );
    }
}
