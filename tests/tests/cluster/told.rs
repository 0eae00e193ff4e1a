//! What the proxies tell the cluster: where an Ingress is reached, and what is wrong with it.

use serde_json::Value;

use crate::case::Case;
use crate::installed::until;

#[test]
fn an_ingress_has_its_address_and_an_event_for_what_cannot_be_used() {
    let Some(case) = Case::begin("told") else { return };
    case.upstreams(&[("one", 1)]);
    let mut refused = case.ingress("refused", "/refused", "one");
    let annotation = "nginx.ingress.kubernetes.io/modsecurity-snippet";
    refused["metadata"]["annotations"][annotation] = Value::from("SecRuleEngine On");
    case.apply(&[case.ingress("good", "/good", "one"), refused]);

    let address =
        case.installed.kubectl(&["get", "service", "weir-proxy", "-o", "jsonpath={.spec.clusterIP}"]);
    for name in ["good", "refused"] {
        until(&format!("the status of {name} has the address of the Service"), || {
            let path = "jsonpath={.status.loadBalancer.ingress[*].ip}";
            let seen = case.kubectl(&["get", "ingress", name, "-o", path]);
            if seen == address { Ok(()) } else { Err(format!("{seen:?}, not {address:?}")) }
        });
    }
    case.everywhere("/good", "one");
    case.everywhere("/refused", "503");
    until("kubectl describe shows why", || {
        let described = case.kubectl(&["describe", "ingress", "refused"]);
        let is_told = described.contains("Rejected") && described.contains("modsecurity-snippet protects");
        if is_told { Ok(()) } else { Err(described) }
    });
    let events: Value =
        serde_json::from_str(&case.kubectl(&["get", "events.events.k8s.io", "-o", "json"])).unwrap();
    let of = |name: &str| {
        let events = events["items"].as_array().into_iter().flatten();
        events
            .filter(|event| event["regarding"]["kind"] == "Ingress" && event["regarding"]["name"] == name)
            .count()
    };
    assert_eq!((of("good"), of("refused")), (0, 1), "one proxy tells it, once");
}
