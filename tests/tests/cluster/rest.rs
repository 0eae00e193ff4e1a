//! What the proxies ask of the API server: only what they may, and next to nothing while nothing changes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::case::Case;
use crate::installed::{NAMESPACE, asked_for, until};
use crate::load::Load;
use crate::told::told;

/// Seconds at rest. A watch lasts about five minutes.
fn silence() -> u64 {
    if asked_for("WEIR_CLUSTER_LONG") { 320 } else { 20 }
}

/// One request of a proxy.
#[derive(Debug)]
struct Asked {
    verb: String,
    /// Group and resource.
    resource: (String, String),
    /// Begun, and not answered yet: what is counted is counted once.
    begins: bool,
    status: u64,
}

fn asked(audit: &str) -> Vec<Asked> {
    let user = format!("system:serviceaccount:{NAMESPACE}:weir-proxy");
    let events = audit.lines().map_while(|line| serde_json::from_str::<Value>(line).ok());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    events
        .filter(|event| event["user"]["username"] == user.as_str())
        .map(|event| Asked {
            verb: text(&event["verb"]),
            resource: (text(&event["objectRef"]["apiGroup"]), text(&event["objectRef"]["resource"])),
            begins: event["stage"] == "RequestReceived",
            status: event["responseStatus"]["code"].as_u64().unwrap_or_default(),
        })
        .collect()
}

/// What the role for reading allows: group, resource, verb.
fn allowed(case: &Case) -> BTreeSet<((String, String), String)> {
    let role = case.installed.cluster.kubectl(["get", "clusterrole", "weir-proxy", "-o", "json"]).unwrap();
    let role: Value = serde_json::from_str(&role).unwrap();
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut allowed = BTreeSet::new();
    for rule in role["rules"].as_array().unwrap() {
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                let verbs = texts(&rule["verbs"]).into_iter();
                allowed.extend(verbs.map(|verb| ((group.clone(), resource.clone()), verb)));
            }
        }
    }
    allowed
}

#[test]
fn proxies_ask_for_what_they_may_and_list_nothing_while_nothing_changes() {
    let Some(case) = Case::begin("rest") else { return };
    case.upstreams(&[("one", 1)]);
    // With something to tell, so that every right is used whichever cases came before.
    let mut refused = case.ingress("refused", "/refused", "one");
    refused["metadata"]["annotations"]["nginx.ingress.kubernetes.io/modsecurity-snippet"] = Value::from("x");
    case.apply(&[case.ingress("shop", "/shop", "one"), refused]);
    case.everywhere("/shop", "one");
    until("an Event is made", || match told(&case, "Ingress", "refused").len() {
        0 => Err("none yet"),
        _ => Ok(()),
    });

    let before = asked(&case.installed.node.audit());
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for_seconds(silence());
    load.stop(&case, "at rest");
    let all = asked(&case.installed.node.audit());
    let rest: Vec<&Asked> = all[before.len()..].iter().filter(|asked| asked.begins).collect();
    let proxies = case.proxies().len();
    case.say(&format!(
        "{} requests of {proxies} proxies to the API server in {} s without a change: {} an hour",
        rest.len(),
        silence(),
        u64::try_from(rest.len()).unwrap() * 3_600 / silence()
    ));
    assert!(rest.iter().all(|asked| asked.verb != "list"), "{rest:?}");

    // Over the whole run: each right is used, and none is missing. What is missing is refused every time; an API server that has just started refuses
    // some that is there.
    let of = |asked: &Asked| (asked.resource.clone(), asked.verb.clone());
    let with = |statuses: std::ops::Range<u64>| -> BTreeSet<_> {
        all.iter().filter(|asked| statuses.contains(&asked.status)).map(of).collect()
    };
    let (used, refused) = (with(200..300), with(403..404));
    let missing: Vec<_> = refused.difference(&used).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let unused: Vec<_> = allowed(&case).into_iter().filter(|right| !used.contains(right)).collect();
    assert!(unused.is_empty(), "{unused:?} of {used:?}");
}
