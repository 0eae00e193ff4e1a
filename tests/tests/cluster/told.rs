//! What the proxies tell the cluster: where an Ingress is reached, and what is wrong with it.

use serde_json::Value;

use crate::case::Case;
use crate::ends::leader;
use crate::installed::{WITHIN, until};

/// The Events of an object in the case's namespace.
pub(crate) fn told(case: &Case, kind: &str, name: &str) -> Vec<Value> {
    let events = case.objects("events", "").into_iter();
    events
        .filter(|event| event["regarding"]["kind"] == kind && event["regarding"]["name"] == name)
        // Kubernetes tells of its own about the same objects.
        .filter(|event| event["reportingController"].as_str().is_some_and(|by| by.contains("weir")))
        .collect()
}

/// The addresses in the status of an Ingress.
pub(crate) fn published_at(case: &Case, ingress: &str) -> String {
    let ingress = case.object("ingresses", ingress).unwrap();
    let addresses = ingress["status"]["loadBalancer"]["ingress"].as_array().into_iter().flatten();
    addresses.filter_map(|one| one["ip"].as_str()).collect::<Vec<_>>().join(" ")
}

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
            let seen = published_at(&case, name);
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
    let of = |name| told(&case, "Ingress", name).len();
    assert_eq!((of("good"), of("refused")), (0, 1), "one proxy tells it, once");

    // Whoever has the duties next counts on in the same one.
    let leader = leader(&case);
    case.installed.kubectl(&["delete", "pod", &leader.name, WITHIN]);
    case.installed.wait_for_proxies();
    until("the Event has counted it", || {
        let events = told(&case, "Ingress", "refused");
        let counts: Vec<_> = events.iter().map(|event| event["series"]["count"].as_u64()).collect();
        if counts == [Some(2)] { Ok(()) } else { Err(events) }
    });
}

#[test]
fn a_service_has_an_event_for_an_annotation_that_cannot_be_used() {
    let Some(case) = Case::begin("services") else { return };
    case.upstreams(&[("one", 1), ("two", 1)]);
    case.apply(&[case.ingress("web", "/", "one")]);
    case.kubectl(&[
        "annotate",
        "service",
        "one",
        "weir.dev/canary-service=two",
        "weir.dev/canary-weight=many",
    ]);
    let event = until("an Event says so at the Service", || {
        let events = told(&case, "Service", "one");
        if events.len() == 1 { Ok(events[0].clone()) } else { Err(events) }
    });
    let note = event["note"].as_str().unwrap();
    case.say(note);
    for part in ["weir.dev/canary-weight", "many", "such as 5"] {
        assert!(note.contains(part), "{part:?} in {note}");
    }
    assert_eq!((event["type"].as_str(), event["reason"].as_str()), (Some("Warning"), Some("Rejected")));
    let described = case.kubectl(&["describe", "service", "one"]);
    assert!(described.contains("weir.dev/canary-weight"), "{described}");
}

/// Whether an Event of the proxies was refused in this namespace.
fn was_refused(case: &Case, namespace: &str) -> bool {
    let audit = case.installed.node.audit();
    let events = audit.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut refused = events
        .filter(|event| event["objectRef"]["resource"] == "events" && event["responseStatus"]["code"] == 403);
    refused.any(|event| event["objectRef"]["namespace"] == namespace)
}

#[test]
fn an_event_that_is_refused_delays_no_other() {
    let Some(case) = Case::begin("refusals") else { return };
    case.upstreams(&[("one", 1)]);
    // It comes before that of the case, and takes no new objects; but an Ingress that somebody holds stays, and can be changed.
    let ending = format!("ending-{}", std::process::id());
    let annotation = "nginx.ingress.kubernetes.io/modsecurity-snippet=SecRuleEngine On";
    let cluster = case.installed.cluster;
    cluster.kubectl(["create", "namespace", &ending]).unwrap();
    let mut held = case.ingress("held", "/held", "one");
    held["metadata"]["namespace"] = Value::from(ending.as_str());
    held["metadata"]["finalizers"] = serde_json::json!(["weir.dev/held"]);
    case.create_anywhere(&[held]);
    let in_it = |arguments: &[&str]| cluster.kubectl([&["--namespace", ending.as_str()], arguments].concat());
    cluster.kubectl(["delete", "namespace", &ending, "--wait=false"]).unwrap();
    until("the Ingress is to be deleted with its namespace", || {
        let since =
            in_it(&["get", "ingress", "held", "-o", "jsonpath={.metadata.deletionTimestamp}"]).unwrap();
        if since.is_empty() { Err("not yet") } else { Ok(()) }
    });
    in_it(&["annotate", "ingress", "held", annotation]).unwrap();
    until("its Event was refused", || if was_refused(&case, &ending) { Ok(()) } else { Err("not yet") });

    case.apply(&[case.ingress("refused", "/refused", "one")]);
    case.kubectl(&["annotate", "ingress", "refused", annotation]);
    until("the Event of another one is there", || {
        let events = told(&case, "Ingress", "refused");
        if events.len() == 1 { Ok(()) } else { Err(events) }
    });
    in_it(&["patch", "ingress", "held", "--type=merge", "--patch", r#"{"metadata":{"finalizers":null}}"#])
        .unwrap();
}
