//! Questions of both metrics APIs, and their answers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use weir_api::Timestamp;

use super::{answer, question};
use crate::autoscale::rates::{Place, Rate, Rates};

fn rates() -> Rates {
    let rate = |service: &str, track: &str, per_second| {
        let place = Place { service: service.to_owned(), track: track.to_owned() };
        (place, Rate { per_second, in_flight: 3 })
    };
    Rates {
        at: Timestamp::from_unix_micros(0),
        window: Duration::from_secs(30),
        by_place: BTreeMap::from([
            rate("shop/shop", "stable", 90.25),
            rate("shop/shop", "canary", 9.75),
            rate("shop/till", "stable", 7.0),
            rate("other/shop", "stable", 1_000.0),
        ]),
    }
}

fn ask(path: &str, query: &str) -> Result<Value, u16> {
    let question = question(path, query).map_err(|refusal| refusal.status)?;
    answer(&question, &rates()).map_err(|refusal| refusal.status)
}

fn values(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["value"].as_str().unwrap()).collect()
}

const EXTERNAL: &str = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/weir_requests_per_second";
const CUSTOM: &str =
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/services/shop/weir_requests_per_second";

#[test]
fn an_external_metric_has_a_value_for_each_track_that_is_meant() {
    let all = ask(EXTERNAL, "labelSelector=service%3Dshop").unwrap();
    assert_eq!(values(&all), ["9750m", "90250m"]);
    assert_eq!(all["items"][0]["metricLabels"], json!({"service": "shop", "track": "canary"}));
    let one = ask(EXTERNAL, "timeout=10s&labelSelector=service%3Dshop%2Ctrack+in+%28stable%29").unwrap();
    assert_eq!(values(&one), ["90250m"]);
    assert!(values(&ask(EXTERNAL, "labelSelector=service%3Dnone").unwrap()).is_empty());
    let flying = EXTERNAL.replace("per_second", "in_flight");
    assert_eq!(values(&ask(&flying, "labelSelector=service%3Dtill").unwrap()), ["3000m"]);
}

#[test]
fn a_custom_metric_of_a_service_is_their_sum() {
    assert_eq!(values(&ask(CUSTOM, "").unwrap()), ["100000m"]);
    assert_eq!(values(&ask(CUSTOM, "metricLabelSelector=track%3Dcanary").unwrap()), ["9750m"]);
    let unseen = CUSTOM.replace("services/shop", "services/none");
    assert_eq!(ask(&unseen, ""), Err(404), "none is not zero: an autoscaler leaves the number as it is");
}

#[test]
fn what_there_is_can_be_discovered() {
    let external = ask("/apis/external.metrics.k8s.io/v1beta1", "").unwrap();
    assert_eq!(external["resources"][0]["name"], "weir_requests_per_second");
    let custom = ask("/apis/custom.metrics.k8s.io/v1beta2", "").unwrap();
    assert_eq!(custom["resources"][1]["name"], "services/weir_requests_in_flight");
}

#[test]
fn what_is_not_there_is_refused_with_the_reason() {
    assert_eq!(ask("/apis/apps/v1", ""), Err(404));
    assert_eq!(ask(&EXTERNAL.replace("weir_", "other_"), ""), Err(404));
    assert_eq!(ask(&CUSTOM.replace("services", "pods"), ""), Err(404));
    assert_eq!(ask(EXTERNAL, "labelSelector=a%20b"), Err(400));
    assert_eq!(ask(EXTERNAL, "labelSelector=%zz"), Err(400));
    let refusal = question(&EXTERNAL.replace("weir_", "other_"), "").unwrap_err();
    let message = refusal.document()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("there are weir_requests_per_second and"), "{message}");
}
