//! A Graphite. Answers: <https://graphite.readthedocs.io/en/latest/render_api.html#json>.

use serde_json::{Value, json};

use super::recorder::Recorder;
use super::{Case, measured, printed};

const ENTRY: &str = "type: graphite, basicAuthFile: basic";

/// As its makers document it; a sample that is missing is null.
fn answer(request: &str) -> String {
    let points: Vec<_> = measured(request).into_iter().map(|(at, value)| json!([value, at])).collect();
    json!([{"target": "api.latency", "datapoints": points, "tags": {"name": "api.latency"}}]).to_string()
}

fn request(target: &str) -> String {
    format!(
        "GET /render?target={target}&from=1795683600&until=1795684140&format=json HTTP/1.1\r\naccept: application/json\r\n\
         authorization: Basic YW5hOnMzY3JldA==\r\nhost: STORE\r\n\r\n"
    )
}

async fn asked(query: Value) -> Vec<String> {
    Case::new(ENTRY, query).passes(answer).await
}

#[tokio::test]
async fn a_graphite_is_asked_as_kayenta_asks_it() {
    let both = ["api-baseline", "api-canary"];
    let query =
        json!({"type": "graphite", "metricName": "averageSeries(servers.$location.$scope.*.latency)"});
    let plain = |scope| request(&format!("averageSeries%28servers.zone-1.{scope}.*.latency%29"));
    assert_eq!(asked(query).await, both.map(plain));
    let whole = |scope| request(&format!("servers.{scope}.latency"));
    for field in ["template", "customInlineTemplate"] {
        let query = json!({"type": "graphite", field: "servers.${scope}.latency"});
        assert_eq!(asked(query).await, both.map(whole), "{field}");
    }
}

#[tokio::test]
async fn what_a_graphite_says_is_wrong_is_told() {
    let case = Case::new(ENTRY, json!({"type": "graphite", "metricName": "$scope.latency"}));
    for (status, said, code, expected) in [
        (
            400,
            "Missing required parameter 'target'",
            1,
            ": 400 Bad Request: Missing required parameter 'target'\n",
        ),
        (
            200,
            r#"[{"target": "a", "datapoints": [["much", 1]]}]"#,
            69,
            "[0].datapoints[0][0]: invalid type: string \"much\"",
        ),
        (
            200,
            r#"[{"target": "a", "datapoints": [[1, 60], [1, 120], [1, 130]]}]"#,
            69,
            "comes less than a step of 60000 ms after",
        ),
    ] {
        let store = Recorder::start(move |_| (status, said.to_owned())).await;
        let output = case.judge(&store, &[]).await;
        assert_eq!(output.status.code(), Some(code), "{}", printed(&output));
        assert!(printed(&output).contains(expected), "{}", printed(&output));
    }
}
