//! Each check, against an installation in which one thing is wrong.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::all;
use crate::doctor::finding::{Finding, State, Verdict};
use crate::doctor::rights::rights;
use crate::doctor::seen::{Asked, Seen};
use crate::install::manifests::{Wanted, is_a, objects};

fn of<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn deployment(name: &str, ready: u32, args: &[&str]) -> Value {
    json!({
        "metadata": {"name": name, "generation": 1},
        "spec": {"replicas": 2, "selector": {}, "template": {"spec": {"containers": [{"name": "c", "image": "i:1", "args": args}]}}},
        "status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": ready},
    })
}

fn proxy(pod: &str, epoch: u64) -> Asked<BTreeMap<String, u64>> {
    Asked { pod: pod.to_owned(), said: Ok(BTreeMap::from([("shop/api".to_owned(), epoch)])), metrics: Ok(()) }
}

/// An installation in which nothing is wrong.
fn sound() -> Seen {
    let wanted = Wanted {
        namespace: "weir-system".to_owned(),
        registry: String::new(),
        version: String::new(),
        extras: Vec::new(),
    };
    let objects = objects(&wanted).unwrap();
    Seen {
        namespace: wanted.namespace,
        rights: Ok(rights(objects.iter(), "weir-system").into_iter().map(|right| (right, true)).collect()),
        objects: objects.into_iter().map(|object| (object.clone(), Ok(Some(of(object))))).collect(),
        deployments: Ok(vec![
            of(deployment("weir-proxy", 2, &[])),
            of(deployment("weir-controller", 2, &[])),
        ]),
        pods: Ok(Vec::new()),
        proxies: vec![proxy("p1", 4), proxy("p2", 4)],
        controllers: vec![Asked { pod: "c1".to_owned(), said: Ok(Vec::new()), metrics: Ok(()) }],
        lease: Ok(None),
        service: Ok(Some(of(json!({"metadata": {"name": "weir-proxy"}, "spec": {"type": "ClusterIP"}})))),
        slices: Ok(vec![of(
            json!({"metadata": {"name": "s"}, "addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": true}}]}),
        )]),
        classes: Ok(vec![of(
            json!({"metadata": {"name": "weir"}, "spec": {"controller": "weir.dev/ingress-controller"}}),
        )]),
        ingresses: Ok(vec![of(
            json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"ingressClassName": "weir"}}),
        )]),
        canaries: Ok(Vec::new()),
        nginx: Ok(Vec::new()),
        refusal: Ok(Some("admission webhook denied the request".to_owned())),
    }
}

fn wrong(change: impl FnOnce(&mut Seen)) -> Vec<Finding> {
    let mut seen = sound();
    change(&mut seen);
    all(&seen).into_iter().filter(|finding| finding.verdict.state != State::Ok).collect()
}

/// The one thing that is wrong: its check, its state and a part of what is said of it.
fn only(change: impl FnOnce(&mut Seen)) -> (&'static str, State, String) {
    let wrong = wrong(change);
    assert_eq!(wrong.len(), 1, "{wrong:#?}");
    let Finding { check, verdict: Verdict { state, found, fix } } = wrong.into_iter().next().unwrap();
    assert!(fix.is_some_and(|fix| !fix.is_empty()), "{check} says no way out");
    (check, state, found)
}

#[test]
fn nothing_is_wrong_with_a_sound_installation() {
    assert_eq!(wrong(|_| {}), []);
}

#[test]
fn what_is_missing_or_old_is_named() {
    let (check, state, found) = only(|seen| {
        let service = seen.objects.iter_mut().find(|(object, _)| is_a(object, "Service")).unwrap();
        service.1 = Ok(None);
    });
    assert_eq!((check, state), ("objects", State::Fail));
    assert!(found.starts_with("1 of "), "{found}");
    let (check, _, found) = only(|seen| {
        let definition =
            seen.objects.iter_mut().find(|(object, _)| crate::install::is_definition(object)).unwrap();
        let live = definition.1.as_mut().unwrap().as_mut().unwrap();
        live.data["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["service"] =
            json!({"type": "integer"});
    });
    assert_eq!(check, "definitions");
    assert!(found.contains("properties.service"), "{found}");
}

#[test]
fn a_right_that_is_gone_is_named() {
    let (check, state, found) = only(|seen| {
        let rights = seen.rights.as_mut().unwrap();
        rights
            .iter_mut()
            .find(|(right, _)| right.resource == "ingresses" && right.verb == "watch")
            .unwrap()
            .1 = false;
    });
    assert_eq!((check, state), ("rights", State::Fail));
    assert_eq!(found, "weir-proxy may not watch ingresses.networking.k8s.io");
}

#[test]
fn programs_that_are_not_ready_are_named() {
    let cases = [(0, State::Fail, "0 of 2"), (1, State::Warn, "1 of 2")];
    for (ready, expected, part) in cases {
        let (check, state, found) = only(|seen| {
            seen.deployments.as_mut().unwrap()[1] = of(deployment("weir-controller", ready, &[]));
        });
        assert_eq!((check, state), ("controller", expected));
        assert!(found.contains(part), "{found}");
    }
}

#[test]
fn proxies_that_are_silent_or_behind_are_named() {
    let (check, state, found) = only(|seen| seen.proxies[1].said = Err("timed out".to_owned()));
    assert_eq!((check, state, found.as_str()), ("reports", State::Fail, "p2: timed out"));
    let (check, _, found) = only(|seen| seen.proxies[1] = proxy("p2", 3));
    assert_eq!((check, found.as_str()), ("weights", "shop/api: epoch 3 by p2; 4 by p1"));
}

#[test]
fn ingresses_that_nobody_serves_are_named() {
    let (check, state, found) = only(|seen| {
        let ingress = json!({"metadata": {"name": "old", "namespace": "shop"}, "spec": {}});
        seen.ingresses.as_mut().unwrap().push(of(ingress));
    });
    assert_eq!(
        (check, state, found.as_str()),
        ("ingresses", State::Warn, "nobody serves shop/old (no class)")
    );
    let gone = wrong(|seen| seen.classes = Ok(Vec::new()));
    assert!(gone.iter().any(|finding| finding.check == "class" && finding.verdict.state == State::Fail));
}

#[test]
fn two_that_serve_the_same_are_named() {
    let (check, _, found) = only(|seen| {
        seen.nginx = Ok(vec!["ingress-nginx/controller".to_owned()]);
        seen.deployments.as_mut().unwrap()[0] = of(deployment("weir-proxy", 2, &["--claim-ingress-nginx"]));
    });
    assert_eq!(check, "ingress-nginx");
    assert!(found.contains("ingress-nginx/controller"), "{found}");
    assert_eq!(wrong(|seen| seen.nginx = Ok(vec!["x/y".to_owned()])), [], "each serves its own");
}

#[test]
fn canaries_that_do_not_go_on_are_named() {
    let canary = json!({
        "metadata": {"name": "api", "namespace": "shop", "generation": 2},
        "spec": {"targetRef": {"name": "api"}, "service": "api", "strategy": {"canary": {"steps": [{"setWeight": 5}]}}},
    });
    let (check, _, found) = only(|seen| seen.canaries = Ok(vec![of(canary)]));
    assert_eq!((check, found.as_str()), ("canaries", "shop/api has no status: nobody has looked at it"));
}

#[test]
fn what_cannot_be_looked_at_is_not_taken_for_right() {
    let (check, state, _) = only(|seen| seen.canaries = Err("forbidden".to_owned()));
    assert_eq!((check, state), ("canaries", State::Warn));

    let no = || "forbidden".to_owned();
    let blind = |seen: &mut Seen| {
        seen.objects.iter_mut().for_each(|(_, found)| *found = Err(no()));
        (seen.rights, seen.deployments, seen.pods) = (Err(no()), Err(no()), Err(no()));
        (seen.proxies, seen.controllers) = (Vec::new(), Vec::new());
        (seen.service, seen.slices, seen.classes) = (Err(no()), Err(no()), Err(no()));
        (seen.ingresses, seen.canaries, seen.nginx) = (Err(no()), Err(no()), Err(no()));
        seen.refusal = Err(no());
    };
    let mut seen = sound();
    blind(&mut seen);
    let fine: Vec<Finding> = all(&seen).into_iter().filter(|one| one.verdict.state != State::Warn).collect();
    assert_eq!(fine, []);
}

#[test]
fn where_nothing_is_installed_nothing_of_it_is_fine() {
    let mut seen = sound();
    seen.objects.iter_mut().for_each(|(_, found)| *found = Ok(None));
    (seen.deployments, seen.pods) = (Ok(Vec::new()), Ok(Vec::new()));
    (seen.proxies, seen.controllers) = (Vec::new(), Vec::new());
    (seen.service, seen.slices, seen.classes) = (Ok(None), Ok(Vec::new()), Ok(Vec::new()));
    let found = all(&seen);
    for check in ["objects", "definitions", "proxies", "controller", "service", "class", "leader"] {
        assert!(
            found.iter().any(|one| one.check == check && one.verdict.state == State::Fail),
            "{check}: {found:#?}"
        );
    }
    assert!(!found.iter().any(|one| ["reports", "weights", "metrics", "problems"].contains(&one.check)));
}
