//! Amazon `CloudWatch`. Answers: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>.

use serde_json::{Value, json};

use super::recorder::Recorder;
use super::{Case, measured, printed};

const ENTRY: &str = "type: cloudwatch, region: eu-west-1, credentialsFile: aws-credentials, profile: canary";

fn query() -> Value {
    json!({
        "type": "cloudwatch", "namespace": "Shop", "metricName": "Latency", "statistic": "p90",
        "dimensions": {"Service": "${scope}", "Zone": "${location}"},
    })
}

fn result(result: &Value) -> String {
    json!({"Messages": [], "MetricDataResults": [result]}).to_string()
}

/// A period without data has no value.
fn answer(request: &str) -> String {
    let there = measured(request).into_iter().filter_map(|(at, value)| Some((at, value?)));
    let (at, values): (Vec<i64>, Vec<f64>) = there.unzip();
    result(
        &json!({"Id": "asked", "Label": "Latency", "StatusCode": "Complete", "Timestamps": at, "Values": values}),
    )
}

/// Queries of what was asked, all else being as it must; the signature is of a time, and its form is looked at.
fn asked(requests: &[String]) -> Vec<Value> {
    let query = |request: &String| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let field = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            line.unwrap_or_else(|| panic!("no {name} in {head}"))
        };
        assert!(head.starts_with("POST / HTTP/1.1\r\n"), "{head}");
        assert_eq!(field("content-type"), "application/x-amz-json-1.0");
        assert_eq!(field("x-amz-target"), "GraniteServiceVersion20100801.GetMetricData");
        assert_eq!((field("x-amz-security-token"), field("host")), ("t0ken", "STORE"));
        let (date, authorization) = (field("x-amz-date"), field("authorization"));
        let scope = format!("{}/eu-west-1/monitoring/aws4_request", &date[..8]);
        let names = "accept;content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
        let signed = format!("AWS4-HMAC-SHA256 Credential=AKID/{scope}, SignedHeaders={names}, Signature=");
        let signature = authorization.strip_prefix(&signed).unwrap_or_else(|| panic!("{authorization}"));
        assert!(
            signature.len() == 64 && signature.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{signature}"
        );
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["StartTime"], &body["EndTime"]), (&json!(1_795_683_600), &json!(1_795_684_141)));
        assert_eq!(body["ScanBy"], "TimestampAscending");
        body["MetricDataQueries"][0].clone()
    };
    let mut all: Vec<Value> = requests.iter().map(query).collect();
    all.sort_by_key(Value::to_string);
    all
}

#[tokio::test]
async fn cloudwatch_is_asked_for_a_metric_or_an_expression() {
    let metric = |scope| {
        let dimensions = json!([{"Name": "Service", "Value": scope}, {"Name": "Zone", "Value": "zone-1"}]);
        let metric = json!({"Namespace": "Shop", "MetricName": "Latency", "Dimensions": dimensions});
        json!({"Id": "asked", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "p90"}})
    };
    let both = ["api-baseline", "api-canary"];
    assert_eq!(asked(&Case::new(ENTRY, query()).passes(answer).await), both.map(metric));
    let search = json!({"type": "cloudwatch", "expression": "SEARCH('{Shop,Service} ${scope}', 'Average')"});
    let expression = |scope| {
        let expression = format!("SEARCH('{{Shop,Service}} {scope}', 'Average')");
        json!({"Id": "asked", "Expression": expression, "Period": 60})
    };
    assert_eq!(asked(&Case::new(ENTRY, search).passes(answer).await), both.map(expression));
}

#[tokio::test]
async fn what_cloudwatch_says_is_wrong_is_told_and_what_may_pass_is_asked_again() {
    let status = |status: &str, message: &str| {
        let messages = json!([{"Code": "Said", "Value": message}]);
        result(&json!({"Id": "asked", "StatusCode": status, "Messages": messages}))
    };
    let refusal =
        json!({"__type": "com.amazonaws.cloudwatch#InvalidParameterValue", "message": "no such statistic"});
    let page = json!({"MetricDataResults": [], "NextToken": "more"}).to_string();
    for (http, said, code, expected) in [
        (200, status("Forbidden", "not your metric"), 1, "Said: not your metric"),
        (200, status("InternalError", "later"), 69, "cannot be asked: InternalError: Said: later"),
        (200, page, 64, "more than 100800 values"),
        (200, "{}".to_owned(), 69, "its answer is none of CloudWatch"),
        (400, refusal.to_string(), 1, ": no such statistic\n"),
    ] {
        let store = Recorder::start(move |_| (http, said.clone())).await;
        let output = Case::new(ENTRY, query()).judge(&store, &[]).await;
        assert_eq!(output.status.code(), Some(code), "{}", printed(&output));
        assert!(printed(&output).contains(expected), "{}", printed(&output));
    }
    let throttled = json!({"__type": "ThrottlingException", "message": "Rate exceeded"}).to_string();
    let store = Recorder::start(move |_| (400, throttled.clone())).await;
    let output = Case::new(ENTRY, query()).judge(&store, &[]).await;
    assert!(
        output.status.code() == Some(69) && printed(&output).contains("(tried 3 times)"),
        "{}",
        printed(&output)
    );
}

#[tokio::test]
async fn keys_and_steps_that_cannot_be_used_are_told_before_anything_is_asked() {
    let store = Recorder::start(|_| (200, String::new())).await;
    for (entry, step, expected) in [
        (ENTRY.replace("canary", "other"), "60s", "aws-credentials: it has no [other]"),
        (
            ENTRY.replace(", region: eu-west-1", ""),
            "60s",
            "region: missing: a source of type cloudwatch needs it",
        ),
        (ENTRY.to_owned(), "45s", "its step is 45 s, and CloudWatch has 1, 5, 10, 20, 30 and whole minutes"),
    ] {
        let case = Case { step, ..Case::new(&entry, query()) };
        let output = case.judge(&store, &[]).await;
        assert_eq!(output.status.code(), Some(64), "{}", printed(&output));
        assert!(printed(&output).contains(expected), "{}", printed(&output));
    }
    assert!(store.asked().is_empty(), "{:?}", store.asked());
}
