//! Names, ids and needs.

use serde_json::{Value, json};

use crate::fixture::{imported, pipeline};

fn stages(given: &Value) -> Vec<Value> {
    imported(&pipeline(given)).documents[0]["spec"]["stages"].as_array().unwrap().clone()
}

fn wait(reference: &str, name: &str, needs: &[&str]) -> Value {
    json!({"refId": reference, "requisiteStageRefIds": needs, "type": "wait", "name": name, "waitTime": 1})
}

#[test]
fn the_first_of_several_stages_keeps_its_name() {
    let made = stages(&json!([
        wait("a", "Deploy", &[]),
        wait("b", "Deploy", &["a"]),
        wait("c", "Deploy 2", &["b"])
    ]));
    let names: Vec<&Value> = made.iter().map(|stage| &stage["name"]).collect();
    assert_eq!(names, ["Deploy", "Deploy 3", "Deploy 2"]);
    assert_eq!(made[2]["needs"], json!(["Deploy 3"]));
}

#[test]
fn ids_differ_where_names_differ_in_their_letters_only() {
    let made =
        stages(&json!([wait("a", "Deploy A", &[]), wait("b", "deploy-a", &[]), wait("c", "???", &[])]));
    assert_eq!(made[0]["id"], "deploy-a-2");
    assert_eq!(made[1].get("id"), None);
    assert_eq!(made[2]["id"], "unnamed");
}

#[test]
fn a_ref_id_stays_an_id_where_an_expression_asks_for_it() {
    let mut given = json!([wait("7", "A", &[]), wait("8", "B", &["7"])]);
    assert_eq!(stages(&given)[0].get("id"), None);
    given[1]["stageEnabled"] = json!({"type": "expression", "expression": "#stageByRefId('7').hasSucceeded"});
    assert_eq!(stages(&given)[0]["id"], "7");
}

#[test]
fn stages_without_references_run_one_after_another() {
    let made = stages(
        &json!([{"type": "wait", "name": "A", "waitTime": 1}, {"type": "wait", "name": "B", "waitTime": 1}]),
    );
    assert!(made.iter().all(|stage| stage.get("needs").is_none()));
    // Where one has a reference all start at once that name nothing.
    let made = stages(&json!([{"type": "wait", "name": "A", "waitTime": 1}, wait("2", "B", &[])]));
    assert_eq!(made[0]["needs"], json!([]));
}

#[test]
fn pipelines_of_a_list_have_names_of_their_own() {
    let one = pipeline(&json!([wait("1", "A", &[])]));
    let made = imported(&json!([one, one]));
    let names: Vec<&Value> = made.documents.iter().map(|document| &document["metadata"]["name"]).collect();
    assert_eq!(names, ["shop", "shop-2"]);
}
