//! New Relic. Answers: <https://docs.newrelic.com/docs/apis/nerdgraph/examples/nerdgraph-nrql-tutorial/>.

use serde_json::{Value, json};

use super::recorder::Recorder;
use super::{Case, measured, printed};

const ENTRY: &str =
    "type: newrelic, accountId: 1234567, apiKeyFile: key, scopeKey: appName, locationKey: zone";

fn answered(results: &Value) -> String {
    json!({"data": {"actor": {"account": {"nrql": {"results": results}}}}}).to_string()
}

/// Buckets of time as its makers document them; one without events has no average.
fn answer(request: &str) -> String {
    let bucket =
        |(at, value)| json!({"beginTimeSeconds": at, "endTimeSeconds": at + 60, "average.duration": value});
    answered(&measured(request).into_iter().map(bucket).collect())
}

/// NRQL in the request for each side, all else being as it must.
fn nrql(asked: &[String]) -> Vec<String> {
    let nrql = |request: &String| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert_eq!(
            head,
            format!(
                "POST /graphql HTTP/1.1\r\naccept: application/json\r\ncontent-type: application/json\r\napi-key: k3y-s3cret\r\n\
                 host: STORE\r\ncontent-length: {}",
                body.len()
            )
        );
        let body: Value = serde_json::from_str(body).unwrap();
        let graphql = "query($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql, timeout: 25) { results } } } }";
        assert_eq!((&body["query"], &body["variables"]["account"]), (&graphql.into(), &1_234_567.into()));
        body["variables"]["nrql"].as_str().unwrap().to_owned()
    };
    let mut all: Vec<String> = asked.iter().map(nrql).collect();
    all.sort();
    all
}

async fn asked(query: Value, more: &[&str]) -> Vec<String> {
    nrql(&Case::new(ENTRY, query).passes_with(more, answer).await)
}

#[tokio::test]
async fn new_relic_is_asked_as_kayenta_asks_it() {
    let both = ["api-baseline", "api-canary"];
    let query = json!({"type": "newrelic", "select": "average(duration) FROM Transaction", "q": "httpResponseCode LIKE '5%'"});
    let built = |scope| {
        format!(
            "SELECT average(duration) FROM Transaction TIMESERIES 60 seconds SINCE 1795683600 UNTIL 1795684140 \
             WHERE httpResponseCode LIKE '5%' AND team LIKE 'o\\'hara' AND appName LIKE '{scope}' AND zone LIKE 'zone-1'"
        )
    };
    assert_eq!(asked(query, &["--param", "team=o'hara"]).await, both.map(built));
    let query = json!({"type": "newrelic", "select": "SELECT average(duration) FROM Transaction"});
    let keyed = |scope| {
        format!(
            "SELECT average(duration) FROM Transaction TIMESERIES 60 seconds SINCE 1795683600 UNTIL 1795684140 \
             WHERE group LIKE '{scope}' AND zone LIKE 'zone-1'"
        )
    };
    assert_eq!(asked(query, &["--param", "_scope_key=group"]).await, both.map(keyed));
    let query = json!({
        "type": "newrelic",
        "customInlineTemplate": "SELECT average(duration) FROM Transaction TIMESERIES 60 seconds SINCE ${startEpochSeconds} UNTIL ${endEpochSeconds} WHERE app = '${scope}'"
    });
    let whole = |scope| {
        format!(
            "SELECT average(duration) FROM Transaction TIMESERIES 60 seconds SINCE 1795683600 UNTIL 1795684140 WHERE app = '{scope}'"
        )
    };
    assert_eq!(asked(query, &[]).await, both.map(whole));
}

#[tokio::test]
async fn what_new_relic_says_is_wrong_is_told() {
    let case = Case::new(ENTRY, json!({"type": "newrelic", "select": "average(duration) FROM Transaction"}));
    let failed = |class: &str, message: &str| {
        let error = json!({"message": message, "extensions": {"errorClass": class}});
        json!({"data": {"actor": {"account": {"nrql": null}}}, "errors": [error]}).to_string()
    };
    let one = |bucket: Value| answered(&json!([bucket]));
    for (said, code, expected) in [
        (failed("BAD_USER_INPUT", "NRQL Syntax Error"), 1, ": NRQL Syntax Error\n"),
        (failed("TIMEOUT", "The query took too long"), 69, "cannot be asked: The query took too long"),
        (answered(&Value::Null), 69, "its answer is none of New Relic: results: invalid type: null"),
        (r#"{"data": {}}"#.to_owned(), 69, "its answer is none of New Relic: there are no results in it"),
        (one(json!({"count": 5})), 64, "its answer has no times: it needs a TIMESERIES"),
        (one(json!({"beginTimeSeconds": 1, "facet": "a", "count": 5})), 64, "its FACET makes several series"),
        (
            one(json!({"beginTimeSeconds": 1, "count": 5, "sum": 5})),
            64,
            "it selects count and sum: select one value",
        ),
    ] {
        let store = Recorder::start(move |_| (200, said.clone())).await;
        let output = case.judge(&store, &[]).await;
        assert_eq!(output.status.code(), Some(code), "{}", printed(&output));
        assert!(printed(&output).contains(expected), "{}", printed(&output));
    }
}

#[tokio::test]
async fn a_percentile_is_a_value_and_a_bucket_without_events_is_none() {
    let query = json!({"type": "newrelic", "select": "percentile(duration, 95) FROM Transaction"});
    let answer = |request: &str| {
        let bucket = |(at, value): (i64, Option<f64>)| {
            let (value, events) = (value.unwrap_or_default(), value.map_or(0, |_| 7));
            json!({"beginTimeSeconds": at, "endTimeSeconds": at + 60, "inspectedCount": events, "percentile.duration": {"95": value}})
        };
        answered(&measured(request).into_iter().map(bucket).collect())
    };
    assert_eq!(Case::new(ENTRY, query).passes_with(&[], answer).await.len(), 2);
}
