//! An `InfluxDB`. Answers: <https://docs.influxdata.com/influxdb/v1/tools/api/#query-http-endpoint>.

use serde_json::{Value, json};

use super::recorder::Recorder;
use super::{Case, measured, printed};

const ENTRY: &str = "type: influxdb, database: metrics, retentionPolicy: week, tokenFile: key";

/// As its makers document it; a group of time without points is null.
fn answer(request: &str) -> String {
    let rows: Vec<_> = measured(request).into_iter().map(|(at, value)| json!([at * 1000, value])).collect();
    let series = json!([{"name": "latency", "columns": ["time", "mean"], "values": rows}]);
    json!({"results": [{"statement_id": 0, "series": series}]}).to_string()
}

fn request(statement: &str) -> String {
    let statement: String = form_urlencoded::byte_serialize(statement.as_bytes()).collect();
    format!(
        "GET /query?db=metrics&rp=week&epoch=ms&q={statement} HTTP/1.1\r\naccept: application/json\r\n\
         authorization: Token k3y-s3cret\r\nhost: STORE\r\n\r\n"
    )
}

/// Scopes are a tag and its value there.
fn case(query: Value) -> Case<'static> {
    Case { prefix: "app:", ..Case::new(ENTRY, query) }
}

async fn asked(query: Value) -> Vec<String> {
    case(query).passes(answer).await
}

#[tokio::test]
async fn an_influxdb_is_asked_as_kayenta_asks_it() {
    let both = ["api-baseline", "api-canary"];
    let times = "time >= '2026-11-26T09:00:00Z' AND time < '2026-11-26T09:09:00Z'";
    let query = json!({
        "type": "influxdb", "metricName": "latency", "fields": ["mean(ms)"], "tags": {"code": "o'k"}, "groupByFields": ["time(1m)"]
    });
    let built = |scope| {
        request(&format!(
            "SELECT mean(ms) FROM latency WHERE {times} AND app = '{scope}' AND code = 'o\\'k' GROUP BY time(1m)"
        ))
    };
    assert_eq!(asked(query).await, both.map(built));
    let plain = |scope| request(&format!("SELECT *::field FROM latency WHERE {times} AND app = '{scope}'"));
    assert_eq!(asked(json!({"type": "influxdb", "metricName": "latency"})).await, both.map(plain));
    let query = json!({
        "type": "influxdb",
        "customInlineTemplate": "SELECT max(ms) FROM latency WHERE ${scope} AND ${timeFilter} GROUP BY time(1m)"
    });
    let whole = |scope| {
        request(&format!("SELECT max(ms) FROM latency WHERE app = '{scope}' AND {times} GROUP BY time(1m)"))
    };
    assert_eq!(asked(query).await, both.map(whole));
}

#[tokio::test]
async fn what_an_influxdb_says_is_wrong_is_told() {
    let case = case(json!({"type": "influxdb", "metricName": "latency"}));
    let row = |value: Value| {
        let series = json!([{"name": "latency", "columns": ["time", "ms"], "values": [[1, value]], "partial": value == 2}]);
        json!({"results": [{"series": series}]}).to_string()
    };
    for (status, said, code, expected) in [
        (
            401,
            r#"{"error": "unable to parse authentication credentials"}"#.to_owned(),
            1,
            ": unable to parse authentication credentials\n",
        ),
        (
            200,
            r#"{"results": [{"statement_id": 0, "error": "database not found: metrics"}]}"#.to_owned(),
            1,
            ": database not found: metrics\n",
        ),
        (200, row(json!("slow")), 64, "the field ms has \"slow\", which is no number"),
        (200, row(json!(2)), 1, "it answers with the first rows only"),
        (200, r#"{"results": [{}, {}]}"#.to_owned(), 69, "one statement was asked, and it has 2 results"),
    ] {
        let store = Recorder::start(move |_| (status, said.clone())).await;
        let output = case.judge(&store, &[]).await;
        assert_eq!(output.status.code(), Some(code), "{}", printed(&output));
        assert!(printed(&output).contains(expected), "{}", printed(&output));
    }
}

#[tokio::test]
async fn a_statement_about_both_sides_at_once_is_not_asked() {
    let store = Recorder::start(|_| (200, String::new())).await;
    let query =
        json!({"type": "influxdb", "customInlineTemplate": "SELECT ms FROM latency WHERE ${timeFilter}"});
    let output = case(query).judge(&store, &[]).await;
    assert_eq!(output.status.code(), Some(64), "{}", printed(&output));
    assert!(printed(&output).contains("its template must have ${scope} in it"), "{}", printed(&output));
    let query = json!({"type": "influxdb", "metricName": "latency"});
    let output = Case::new(ENTRY, query).judge(&store, &[]).await;
    assert_eq!(output.status.code(), Some(64), "{}", printed(&output));
    assert!(printed(&output).contains("the scope \"api-"), "{}", printed(&output));
    assert!(store.asked().is_empty(), "{:?}", store.asked());
}
