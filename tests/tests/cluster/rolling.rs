//! Rolling updates under load, of upstreams and of the proxies themselves: not one request fails.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::installed::WITHIN;
use crate::load::{Load, RATE};

#[test]
fn a_rolling_update_of_an_upstream_fails_no_request() {
    let Some(case) = Case::begin("upstreams") else { return };
    case.upstreams(&[("one", 3)]);
    case.apply(&[case.ingress("shop", "/shop", "one")]);
    case.everywhere("/shop", "one");
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let pods = || names(&case.kubectl(&["get", "pods", "-o", "name"]));
    let before = pods();
    case.kubectl(&["rollout", "restart", "deployment/one"]);
    case.kubectl(&["rollout", "status", "deployment/one", WITHIN]);
    for pod in &before {
        case.kubectl(&["wait", "--for=delete", pod, WITHIN]);
    }
    load.goes_on_for(RATE);
    load.stop(&case, "three pods replaced by three others");
    assert!(before.is_disjoint(&pods()), "{before:?}");
}

#[test]
fn a_rolling_update_of_the_proxies_fails_no_request() {
    let Some(case) = Case::begin("proxies") else { return };
    case.upstreams(&[("one", 2)]);
    case.apply(&[case.ingress("shop", "/shop", "one")]);
    case.everywhere("/shop", "one");
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let proxies = || case.proxies().into_iter().map(|proxy| proxy.name).collect::<BTreeSet<_>>();
    let before = proxies();
    case.installed.kubectl(&["rollout", "restart", "deployment/weir-proxy"]);
    case.installed.wait_for_proxies();
    for pod in &before {
        case.installed.kubectl(&["wait", "--for=delete", &format!("pod/{pod}"), WITHIN]);
    }
    load.goes_on_for(RATE);
    load.stop(&case, "three proxies replaced by three others");
    assert!(before.is_disjoint(&proxies()), "{before:?}");
}

fn names(text: &str) -> BTreeSet<String> {
    text.lines().map(str::to_owned).collect()
}
