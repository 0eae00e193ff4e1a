//! Anything that answers in JSON.

use serde_json::{Value, json};

use super::recorder::Recorder;
use super::{Case, measured, printed};

const ENTRY: &str = "type: http, apiKeyFile: key, apiKeyHeader: X-Metrics-Key";

#[tokio::test]
async fn times_and_values_are_taken_from_any_document() {
    let path = "/series?of=${scope}&in=${location}&team=${team}&from=${start}&until=${endIso}&step=${step}";
    let request = |scope: &str| {
        format!(
            "GET /series?of={scope}&in=zone-1&team=a%20b%26c&from=1795683600&until=2026-11-26T09%3A09%3A00Z&step=60 HTTP/1.1\r\n\
             accept: application/json\r\nx-metrics-key: k3y-s3cret\r\nhost: STORE\r\n\r\n"
        )
    };
    for (unit, of_a_second) in [("seconds", 1), ("milliseconds", 1000)] {
        let query = json!({
            "type": "http", "path": path, "times": "$.data.points[*].at", "values": "$.data.points[*].ms", "timeUnit": unit
        });
        let answer = move |request: &str| {
            let point = |(at, value): (i64, Option<f64>)| json!({"at": at * of_a_second, "ms": value});
            json!({"data": {"points": measured(request).into_iter().map(point).collect::<Vec<_>>()}})
                .to_string()
        };
        let asked = Case::new(ENTRY, query).passes_with(&["--param", "team=a b&c"], answer).await;
        assert_eq!(asked, ["api-baseline", "api-canary"].map(request), "{unit}");
    }
}

#[tokio::test]
async fn a_question_may_be_a_document_and_times_may_be_texts() {
    let query = json!({
        "type": "http", "path": "/search", "body": r#"{"app": "${scope}", "team": "${team}", "from": ${startMillis}}"#,
        "times": "$[*][0]", "values": "$[*][1]"
    });
    let answer = |request: &str| {
        let point = |(at, value): (i64, Option<f64>)| {
            let at = weir_api::Timestamp::from_unix_micros(at * 1_000_000).to_string();
            json!([at, value.map(|value| value.to_string())])
        };
        measured(request).into_iter().map(point).collect::<Value>().to_string()
    };
    let asked = Case::new(ENTRY, query).passes_with(&["--param", "team=\"a\""], answer).await;
    let request = |scope: &str| {
        let body = format!(r#"{{"app": "{scope}", "team": "\"a\"", "from": 1795683600000}}"#);
        format!(
            "POST /search HTTP/1.1\r\naccept: application/json\r\ncontent-type: application/json\r\nx-metrics-key: k3y-s3cret\r\n\
             host: STORE\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let mut expected = ["api-baseline", "api-canary"].map(request);
    expected.sort();
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn what_cannot_be_read_is_no_empty_series() {
    let query =
        |times: &str| json!({"type": "http", "path": "/", "times": times, "values": "$.points[*].ms"});
    let times = "$.points[*].at";
    for (times, said, code, expected) in [
        ("$.points[", "{}", 64, "times: \"$.points[\" is no JSONPath"),
        (times, "{}", 69, "there is nothing at $.points[*].at"),
        (times, r#"{"points": [{"at": 1}]}"#, 69, "it has 1 times and 0 values"),
        (times, r#"{"points": [{"at": "noon", "ms": 1}]}"#, 69, "\"noon\" is no time"),
        (times, r#"{"points": [{"at": 1, "ms": true}]}"#, 69, "true is no number"),
        (
            times,
            r#"{"points": [{"at": 0, "ms": 1}, {"at": 5, "ms": 1}]}"#,
            64,
            "its answer does not have the step that was asked for",
        ),
        // No data are an answer.
        (times, r#"{"points": []}"#, 1, "Canary Failed: Missing data for latency"),
    ] {
        let store = Recorder::start(move |_| (200, said.to_owned())).await;
        let output = Case::new(ENTRY, query(times)).judge(&store, &[]).await;
        assert_eq!(output.status.code(), Some(code), "{said}: {}", printed(&output));
        assert!(printed(&output).contains(expected), "{}", printed(&output));
    }
}
