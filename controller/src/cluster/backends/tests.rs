//! Slices in, readiness out.

use k8s_openapi::api::discovery::v1::EndpointSlice;
use serde_json::{Value, json};

use super::Backends;

fn slice(endpoints: &Value) -> Backends {
    let labels = json!({"kubernetes.io/service-name": "shop"});
    let slice = json!({
        "metadata": {"name": "shop-x7", "labels": labels}, "addressType": "IPv4", "ports": [], "endpoints": endpoints,
    });
    Backends::of(&serde_json::from_value::<EndpointSlice>(slice).unwrap())
}

fn endpoint(pod: &str, ready: &Value) -> Value {
    json!({"addresses": ["10.0.0.1"], "conditions": {"ready": ready}, "targetRef": {"kind": "Pod", "name": pod}})
}

#[test]
fn only_pods_that_can_be_asked_are_known() {
    let nobodys = json!({"addresses": ["10.0.0.9"], "conditions": {}});
    let found = slice(&json!([
        endpoint("a", &json!(true)),
        endpoint("b", &json!(false)),
        endpoint("c", &Value::Null),
        nobodys
    ]));
    assert_eq!(found.service.as_deref(), Some("shop"));
    assert_eq!(found.pods.iter().map(String::as_str).collect::<Vec<_>>(), ["a", "c"]);
}
