//! Datadog. Answers: <https://docs.datadoghq.com/api/latest/metrics/#query-timeseries-points>.

use serde_json::{Value, json};

use super::recorder::Recorder;
use super::{Case, measured, printed};

const ENTRY: &str = "type: datadog, apiKeyFile: key, applicationKeyFile: application-key";

/// As its makers document it; a point that is missing is left out.
fn answer(request: &str) -> String {
    let points: Vec<_> = measured(request)
        .into_iter()
        .filter_map(|(at, value)| value.map(|value| json!([fraction(at), value])))
        .collect();
    json!({
        "status": "ok", "res_type": "time_series", "resp_version": 1, "query": "q", "group_by": [], "message": "", "error": "",
        "from_date": 1_795_683_600_000_i64, "to_date": 1_795_684_140_000_i64,
        "series": [{
            "metric": "api.latency", "display_name": "api.latency", "scope": "service:api", "expression": "q", "aggr": "avg", "unit": null,
            "interval": 60, "length": points.len(), "start": 1_795_683_600_000_i64, "end": 1_795_684_199_000_i64, "pointlist": points, "tag_set": []
        }]
    })
    .to_string()
}

/// Times are fractions there, if whole ones.
fn fraction(at: i64) -> Value {
    format!("{at}000.0").parse().unwrap()
}

fn request(query: &str) -> String {
    format!(
        "GET /api/v1/query?from=1795683600&to=1795684140&query={query} HTTP/1.1\r\naccept: application/json\r\n\
         dd-api-key: k3y-s3cret\r\ndd-application-key: 4pp-s3cret\r\nhost: STORE\r\n\r\n"
    )
}

async fn asked(query: Value) -> Vec<String> {
    Case::new(ENTRY, query).passes(answer).await
}

#[tokio::test]
async fn datadog_is_asked_as_kayenta_asks_it() {
    let both = ["api-baseline", "api-canary"];
    let query = json!({
        "type": "datadog", "metricName": "api.latency", "metricType": "gauge", "tags": ["status:200", "endpoint:list"]
    });
    let gauge = |scope| request(&format!("api.latency%7B{scope}%2Cstatus%3A200%2Cendpoint%3Alist%7D"));
    assert_eq!(asked(query).await, both.map(gauge));
    let query = json!({"type": "datadog", "metricName": "api.hits", "metricType": "count"});
    let count = |scope| request(&format!("sum%3Aapi.hits%7B{scope}%7D.as_count%28%29"));
    assert_eq!(asked(query).await, both.map(count));
    let query =
        json!({"type": "datadog", "customInlineTemplate": "max:api.latency{app:${scope}}.rollup(max, 60)"});
    let whole = |scope| request(&format!("max%3Aapi.latency%7Bapp%3A{scope}%7D.rollup%28max%2C+60%29"));
    assert_eq!(asked(query).await, both.map(whole));
}

#[tokio::test]
async fn what_datadog_says_is_wrong_is_told() {
    let case = Case::new(ENTRY, json!({"type": "datadog", "metricName": "api.latency"}));
    for (status, said, code, expected) in [
        (403, r#"{"errors": ["Forbidden"]}"#, 1, "refuses \"api.latency{api-"),
        (403, r#"{"errors": ["Forbidden"]}"#, 1, ": Forbidden\n"),
        (
            200,
            r#"{"status": "error", "error": "k3y-s3cret: Error parsing query"}"#,
            1,
            ": ***: Error parsing query\n",
        ),
        (200, r#"{"status": "ok"}"#, 69, "its answer is none of Datadog: there are no series in it"),
        (200, r#"{"series": [{"interval": 0, "pointlist": [[1, 1], [2, 1]]}]}"#, 69, "its step is 0 ms"),
    ] {
        let store = Recorder::start(move |_| (status, said.to_owned())).await;
        let output = case.judge(&store, &[]).await;
        assert_eq!(output.status.code(), Some(code), "{}", printed(&output));
        assert!(printed(&output).contains(expected), "{}", printed(&output));
    }
    // No data are an answer: the canary has none, and fails for that.
    let store = Recorder::start(|request| {
        let empty = json!({"status": "ok", "series": []}).to_string();
        (200, if request.contains("api-canary") { empty } else { answer(request) })
    });
    let output = case.judge(&store.await, &[]).await;
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
    assert!(printed(&output).contains("Canary Failed: Missing data for latency"), "{}", printed(&output));
}
