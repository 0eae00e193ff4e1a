//! What is asked of other stages and of the run.

use serde_json::json;
use weir_expression::Strictness;

use crate::fixture::{errors, scope, values, values_in};

#[test]
fn a_stage_is_found_by_name_or_id_with_all_its_fields() {
    values(&[
        ("#stage('Deploy baseline')['status']", json!("SUCCEEDED")),
        ("#stage('s1').name", json!("Deploy baseline")),
        ("#stage('s1')['type']", json!("deployManifest")),
        ("#stage('s1').refId", json!("1")),
        ("#stage('s1').id", json!("s1")),
        ("#stage('s1').endTime - #stage('s1').startTime", json!(3500)),
        ("#stage('s1').tasks[0].name", json!("apply")),
        ("#stage('s1')['context']['account']", json!("k8s")),
        ("#stage('s1').context.manifests.size()", json!(2)),
        ("#stage('Canary Analysis').outputs.canaryScores", json!([91.5, 62.0])),
        ("#stage('s2').requisiteStageRefIds", json!(["1"])),
        ("#stage('s2').hasSucceeded", json!(false)),
        ("#stage('s1').hasSucceeded and not #stage('s1').hasFailed", json!(true)),
        ("#stage('s1').getName()", json!("Deploy baseline")),
        ("#stage('s1').parentStageId == null", json!(true)),
        ("#stageByRefId('1').name", json!("Deploy baseline")),
        ("#stageExists('Canary Analysis')", json!(true)),
        ("#stageExists('s2')", json!(true)),
        ("#stageExists('nope')", json!(false)),
        ("#currentStage().name", json!("Check")),
        ("#judgment('Promote?')", json!("go")),
        ("#judgement('s4')", json!("go")),
        ("#currentUser()", json!("operator")),
    ]);
}

#[test]
fn a_stage_that_is_not_there_is_named_with_what_was_meant() {
    errors(&[
        (
            "#stage('Canary Analisis')",
            "there is no stage \"Canary Analisis\"; did you mean \"Canary Analysis\"?",
        ),
        ("#stage('nope')", "there is no stage \"nope\"; there is Deploy baseline, Canary Analysis"),
        ("#stage(1)", "argument 1 of stage is an integer"),
        ("#stage()", "stage takes one argument, and 0 are given"),
        ("#stage('Wait')", "2 stages are called \"Wait\""),
        ("#stageByRefId('9')", "there is no stage \"9\""),
        ("#stageExists(1)", "argument 1 of stageExists is an integer"),
        ("#judgment('Ask')", "nothing was chosen in the judgement \"Ask\""),
        ("#judgment('nope')", "there is no stage \"nope\""),
        ("#currentUser(1)", "currentUser takes no argument"),
        ("#stage('s1').stauts", "no key \"stauts\" in #stage('s1'); did you mean \"status\"?"),
        ("#stage('s1').outputs.x", "no key \"x\" in #stage('s1').outputs; there is manifests"),
    ]);
}

#[test]
fn a_gate_with_a_mistyped_name_does_not_open() {
    errors(&[
        ("#stage('Canary Analysis')['statu'] != 'TERMINAL'", "no key \"statu\""),
        ("#stage('Canary Analysis').context.ok != 'no'", "no key \"ok\""),
        ("not #stage('s2').failed", "no key \"failed\""),
    ]);
}

#[test]
fn the_first_of_several_stages_is_taken_where_expressions_are_lenient() {
    let lenient = scope().with_strictness(Strictness::Lenient);
    values_in(&lenient, &[("#stage('Wait').id", json!("s6"))]);
    let bare = weir_expression::Scope::new(crate::fixture::NOW.parse().unwrap(), 0);
    values_in(&bare, &[("#currentUser()", json!("anonymous")), ("#stageExists('x')", json!(false))]);
    crate::fixture::errors_in(&bare, &[("#currentStage()", "there is no stage")]);
}
