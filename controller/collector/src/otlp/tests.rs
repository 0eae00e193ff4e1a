//! Requests as programs write them.

use prost::Message;
use serde_json::{Value as Document, json};

use super::{Encoding, Request, answer, parse};
use crate::sample::{Measured, Sample, Total, Value};

fn request(metric: &Document) -> Document {
    let attribute = |key: &str, value: Document| json!({"key": key, "value": value});
    json!({"resourceMetrics": [{
        "resource": {"attributes": [
            attribute("track", json!({"stringValue": "canary"})),
            attribute("replica", json!({"intValue": "3"})),
        ]},
        "scopeMetrics": [{"metrics": [metric]}],
    }]})
}

/// The same in both encodings.
fn read(metric: &Document) -> Vec<Result<Sample, String>> {
    let text = request(metric).to_string();
    let samples = |encoding, body: &[u8]| -> Vec<Result<Sample, String>> {
        let all = parse(encoding, body).unwrap();
        all.into_iter().map(|one| one.map_err(|error| error.to_string())).collect()
    };
    let from_json = samples(Encoding::Json, text.as_bytes());
    let message: Request = serde_json::from_str(&text).unwrap();
    assert_eq!(samples(Encoding::Protobuf, &message.encode_to_vec()), from_json);
    from_json
}

fn values(metric: &Document) -> Vec<Value> {
    read(metric).into_iter().map(|one| one.unwrap().value).collect()
}

#[test]
fn a_point_has_the_attributes_of_its_resource_and_its_own() {
    let point = json!({
        "timeUnixNano": "1700000000000000000", "asInt": "7",
        "attributes": [{"key": "track", "value": {"stringValue": "stable"}}, {"key": "big", "value": {"boolValue": true}}],
    });
    let sample = read(&json!({"name": "queue", "gauge": {"dataPoints": [point]}})).remove(0).unwrap();
    let labels: Vec<String> = sample.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(labels, ["big=true", "replica=3", "track=stable"]);
    assert_eq!((sample.metric.as_str(), sample.at_millis), ("queue", Some(1_700_000_000_000)));
    assert_eq!(sample.value, Value::Gauge(7.0));
}

#[test]
fn every_kind_of_sum_is_what_it_means() {
    let sum = |temporality: i32, is_monotonic: bool| {
        let point = json!({"startTimeUnixNano": "5000000000", "timeUnixNano": "9000000000", "asDouble": 2.5});
        let sum = json!({"dataPoints": [point], "aggregationTemporality": temporality, "isMonotonic": is_monotonic});
        values(&json!({"name": "orders", "sum": sum})).remove(0)
    };
    assert_eq!(sum(1, true), Value::Increment(2.5));
    assert_eq!(sum(1, false), Value::GaugeBy(2.5));
    assert_eq!(sum(2, false), Value::Gauge(2.5));
    assert_eq!(sum(2, true), Value::Total(Total { sum: 2.5, count: None, since_millis: Some(5_000) }));
}

#[test]
fn histograms_and_summaries_are_count_and_sum() {
    let point = json!({"timeUnixNano": "9000000000", "count": "4", "sum": 10.0, "min": 1.0, "max": 5.0});
    let of = |kind: &str, temporality: i32| {
        let data = json!({"dataPoints": [point], "aggregationTemporality": temporality});
        values(&json!({"name": "basket", kind: data})).remove(0)
    };
    let measured = Value::Measured(Measured { count: 4, sum: 10.0, least: Some(1.0), greatest: Some(5.0) });
    let total = Value::Total(Total { sum: 10.0, count: Some(4), since_millis: None });
    assert_eq!([of("histogram", 1), of("histogram", 2)], [measured, total]);
    assert_eq!([of("exponentialHistogram", 1), of("exponentialHistogram", 2)], [measured, total]);
    assert_eq!(of("summary", 0), total);
}

#[test]
fn what_has_no_value_is_left_out_or_told_and_spoils_no_other_point() {
    let points = json!([{"flags": 1, "asInt": "1"}, {"asInt": "2"}, {}]);
    let found = read(&json!({"name": "queue", "gauge": {"dataPoints": points}}));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].is_ok() && found[1].clone().unwrap_err().contains("a point has no value"));
    let without = read(&json!({"name": "queue"}));
    assert!(without[0].clone().unwrap_err().contains("of no known type"));
    assert!(parse(Encoding::Protobuf, b"\xff\xff").unwrap_err().to_string().contains("no OTLP metrics"));
    let error = parse(Encoding::Json, br#"{"resourceMetrics": [{"scopeMetrics": 3}]}"#).unwrap_err();
    assert!(error.to_string().contains("resourceMetrics[0].scopeMetrics"), "{error}");
}

#[test]
fn the_answer_says_how_many_were_refused_and_why() {
    assert_eq!(
        (answer(Encoding::Protobuf, 0, ""), answer(Encoding::Json, 0, "")),
        (Vec::new(), b"{}".to_vec())
    );
    let told: Document = serde_json::from_slice(&answer(Encoding::Json, 2, "too old")).unwrap();
    assert_eq!(told["partialSuccess"]["errorMessage"], "too old");
    assert!(!answer(Encoding::Protobuf, 2, "too old").is_empty());
}

proptest::proptest! {
    #[test]
    fn no_bytes_bring_it_down(body in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _read = parse(Encoding::Protobuf, &body);
        let _read = parse(Encoding::Json, &body);
    }
}
