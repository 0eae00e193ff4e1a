//! What cannot be imported says why.

use serde_json::json;
use weir_spinnaker::{ImportError, import};

use crate::fixture::pipeline;

fn refused(text: &str) -> String {
    import(text).unwrap_err().to_string()
}

#[test]
fn what_is_no_pipeline_is_refused_with_its_place() {
    assert_eq!(
        refused("{\"name\": "),
        "it is no JSON: EOF while parsing a value at line 1 column 9: give what Spinnaker shows as the pipeline's JSON"
    );
    assert_eq!(
        refused("{}"),
        "it has neither stages nor a template: give the JSON of a pipeline, or of a template of schema v2"
    );
    assert_eq!(refused("[1]"), "[0]: it is no object: give what Spinnaker shows as the pipeline's JSON");
    assert_eq!(
        refused("{\"stages\": [7]}"),
        "stages[0]: it is no object: give what Spinnaker shows as the pipeline's JSON"
    );
    assert!(matches!(import(&" ".repeat(5 << 20)), Err(ImportError::TooLong(_))));
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    assert!(refused(&deep).contains("recursion limit"), "{}", refused(&deep));
}

#[test]
fn stages_that_never_start_are_refused() {
    let wait = |reference: &str, needs: &[&str]| json!({"refId": reference, "requisiteStageRefIds": needs, "type": "wait", "name": reference, "waitTime": 1});
    for (stages, expected) in [
        (
            json!([wait("1", &["2"]), wait("2", &["1"])]),
            "stages[0].requisiteStageRefIds: the stages need each other: 1 -> 2 -> 1",
        ),
        (json!([wait("1", &["1"])]), "stages[0].requisiteStageRefIds: the stage needs itself"),
        (
            json!([wait("1", &["9"])]),
            "stages[0].requisiteStageRefIds: there is no stage with the refId 9: it never starts",
        ),
        (json!([wait("1", &[]), wait("1", &[])]), "stages[1].refId: stages[0] has the refId \"1\" too"),
        (
            json!([{"type": "wait", "requisiteStageRefIds": "1"}]),
            "stages[0].requisiteStageRefIds: it is no list",
        ),
    ] {
        let told = refused(&pipeline(&stages).to_string());
        assert!(told.starts_with(expected), "{told}");
    }
}
