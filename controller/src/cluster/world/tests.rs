//! Signals in, values out.

use kube::core::error_boundary::InvalidObject;
use serde_json::{Value, json};
use weir_api::Track;

use super::World;
use crate::catalog::Key;
use crate::cluster::backends::Backends;
use crate::cluster::pods::Brief;
use crate::cluster::sets::Set;
use crate::cluster::signal::{Kind, Object, Signal};
use crate::cluster::tracks::What;

fn key(name: &str) -> Key {
    Key::new("test", name)
}

fn canary(meta: &Value) -> Object {
    let mut object = json!({
        "metadata": {"namespace": "test", "name": "shop", "uid": "1", "generation": 1},
        "spec": {
            "targetRef": {"name": "shop"},
            "service": "shop",
            "strategy": {"canary": {"steps": [{"setWeight": 5}]}},
        },
    });
    object["metadata"].as_object_mut().unwrap().extend(meta.as_object().unwrap().clone());
    Object::Canary(Box::new(serde_json::from_value(object).unwrap()))
}

fn invalid(name: &str, meta: &Value) -> Signal {
    let metadata = serde_json::from_value(meta.clone()).unwrap();
    let invalid = InvalidObject { error: "no steps".to_owned(), metadata };
    Signal::Is(Kind::Canary, key(name), Object::Invalid(Box::new(invalid)))
}

fn template(image: &str, more: &Value) -> Value {
    let mut labels = json!({"app": "shop"});
    labels.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "shop", "image": image}]}})
}

fn deployment(image: &str) -> Object {
    let object = json!({"spec": {"selector": {}, "template": template(image, &json!({}))}});
    Object::Deployment(Box::new(serde_json::from_value(object).unwrap()))
}

fn pod(ready: bool) -> Object {
    Object::Pod(Brief { set: Some("shop-7".to_owned()), own: None, ready, leaving: false, problem: None })
}

fn set() -> Object {
    let owner = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop", "uid": "2"}]);
    let template = template("shop:1", &json!({"pod-template-hash": "7"}));
    let set = json!({"metadata": {"ownerReferences": owner}, "spec": {"selector": {}, "template": template}});
    Object::ReplicaSet(Set::of(&serde_json::from_value(set).unwrap()))
}

fn service() -> Object {
    let service =
        json!({"metadata": {"namespace": "test", "name": "shop"}, "spec": {"selector": {"app": "shop"}}});
    Object::Service(Box::new(serde_json::from_value(service).unwrap()))
}

fn backends(service: &str, pods: &[&str]) -> Object {
    let pods = pods.iter().map(|pod| (*pod).to_owned()).collect();
    Object::Backends(Backends { service: Some(service.to_owned()), pods })
}

/// A world with a Canary, its Deployment and a pod.
fn world() -> World {
    let mut world = World::default();
    for (kind, name, object) in [
        (Kind::Canary, "shop", canary(&json!({}))),
        (Kind::Deployment, "shop", deployment("shop:1")),
        (Kind::Deployment, "till", deployment("till:1")),
        (Kind::ReplicaSet, "shop-7", set()),
        (Kind::Pod, "shop-7-a", pod(true)),
    ] {
        world.take(Signal::Is(kind, key(name), object));
    }
    world
}

#[test]
fn it_is_complete_when_every_kind_was_listed() {
    let mut world = World::default();
    for kind in Kind::ALL {
        assert!(!world.is_complete());
        world.take(Signal::Begins(kind));
        assert!(!world.is_complete());
        assert!(world.take(Signal::Listed(kind)));
    }
    assert!(world.is_complete());
}

#[test]
fn a_cluster_without_the_definition_of_configs_or_flags_is_complete_and_a_look_gets_the_configs_that_are_named()
 {
    let mut world = World::default();
    let optional = [Kind::CanaryConfig, Kind::FeatureFlag];
    for kind in Kind::ALL.into_iter().filter(|kind| !optional.contains(kind)) {
        world.take(Signal::Begins(kind));
        world.take(Signal::Listed(kind));
    }
    assert!(!world.is_complete());
    world.take(Signal::Failed(Kind::CanaryConfig, "404".to_owned()));
    assert!(!world.is_complete());
    world.take(Signal::Failed(Kind::FeatureFlag, "404".to_owned()));
    assert!(world.is_complete());
    assert!(world.problems().any(|problem| problem.contains("canaryconfigs")));

    let config = |metrics: Value| {
        let spec = json!({"metrics": metrics, "classifier": {}});
        let object = json!({"metadata": {"namespace": "test", "name": "usual"}, "spec": spec});
        Object::CanaryConfig(Box::new(serde_json::from_value(object).unwrap()))
    };
    let metric = || json!([{"name": "orders", "groups": []}]);
    assert!(world.take(Signal::Is(Kind::CanaryConfig, key("usual"), config(metric()))));
    assert!(!world.take(Signal::Is(Kind::CanaryConfig, key("usual"), config(metric()))), "nothing new");
    assert!(world.take(Signal::Is(Kind::CanaryConfig, key("other"), config(json!([])))));
    let mut named = canary(&json!({}));
    if let Object::Canary(canary) = &mut named {
        let metrics = json!({"canaryConfig": "usual"});
        canary.spec.analysis.metrics = Some(serde_json::from_value(metrics).unwrap());
    }
    world.take(Signal::Is(Kind::Canary, key("shop"), named));
    let catalog = world.catalog();
    assert_eq!(catalog.configs.len(), 1);
    assert!(catalog.configs[&key("usual")].is_ok());
    world.take(Signal::Is(Kind::CanaryConfig, key("usual"), config(json!([]))));
    assert!(world.catalog().configs[&key("usual")].is_err());
}

#[test]
fn a_stable_pod_is_called_as_the_deployment_calls_its_template() {
    let world = world();
    let catalog = world.catalog();
    assert!(!catalog.deployments.contains_key(&key("till")), "no Canary names it");
    let spec = catalog.deployments[&key("shop")].spec.as_ref().unwrap();
    let pods = world.pods(&catalog);
    let revision = crate::template::revision(&spec.template, "shop:1").revision;
    assert_eq!((pods[0].track, pods[0].revision.as_str(), pods[0].ready), (Track::Stable, &*revision, true));
    assert_eq!(pods.len(), 1);
}

#[test]
fn a_pod_of_a_track_is_called_as_its_label_says() {
    let mut world = world();
    let own = Some(("shop".to_owned(), Track::Canary, "0a".to_owned()));
    let pod =
        Brief { set: Some("shop-canary-1".to_owned()), own, ready: false, leaving: false, problem: None };
    assert!(world.take(Signal::Is(Kind::Pod, key("shop-canary-1-a"), Object::Pod(pod))));
    let pods = world.pods(&world.catalog());
    let pod = pods.iter().find(|pod| pod.name == "shop-canary-1-a").unwrap();
    assert_eq!((&pod.deployment, pod.track, pod.revision.as_str()), (&key("shop"), Track::Canary, "0a"));
}

#[test]
fn a_pod_that_proxies_do_not_know_of_is_not_ready() {
    let mut world = world();
    world.take(Signal::Is(Kind::Service, key("shop"), service()));
    let ready = |world: &World| world.pods(&world.catalog())[0].ready;
    assert!(!ready(&world));
    assert!(
        world.pods(&world.catalog())[0].problem.as_ref().unwrap().contains("endpoints of Service test/shop")
    );
    assert!(
        !world.take(Signal::Is(Kind::Backends, key("till-1"), backends("till", &["shop-7-a"]))),
        "no Canary's"
    );
    assert!(!ready(&world), "it is the Service whose requests are split that has to know it");
    assert!(world.take(Signal::Is(Kind::Backends, key("shop-1"), backends("shop", &["shop-7-a"]))));
    assert!(
        !world.take(Signal::Is(Kind::Backends, key("shop-1"), backends("shop", &["shop-7-a"]))),
        "the same"
    );
    assert!(ready(&world));
    // One of them is known, so another one of the same that has just become ready is not waited for.
    world.take(Signal::Is(Kind::Pod, key("shop-7-b"), pod(true)));
    assert!(world.pods(&world.catalog()).iter().all(|pod| pod.ready));
    assert!(world.take(Signal::Gone(Kind::Backends, key("shop-1"))));
    assert!(!ready(&world));
}

#[test]
fn a_pod_of_a_track_is_known_by_the_service_of_the_track() {
    let mut world = world();
    world.take(Signal::Is(Kind::Service, key("shop"), service()));
    let own = Some(("shop".to_owned(), Track::Canary, "0a".to_owned()));
    let pod = Brief { set: None, own, ready: true, leaving: false, problem: None };
    world.take(Signal::Is(Kind::Pod, key("shop-canary-1-a"), Object::Pod(pod)));
    let mut ready = |service: &str| {
        world.take(Signal::Is(Kind::Backends, key("slice"), backends(service, &["shop-canary-1-a"])));
        let pods = world.pods(&world.catalog());
        pods.iter().find(|pod| pod.name == "shop-canary-1-a").unwrap().ready
    };
    assert!(!ready("shop"));
    assert!(ready("shop-canary"));
}

#[test]
fn only_what_a_look_would_see_is_news() {
    let mut world = world();
    let is = |kind, name: &str, object| Signal::Is(kind, key(name), object);
    assert!(!world.take(is(Kind::Pod, "shop-7-a", pod(true))), "the same pod");
    assert!(world.take(is(Kind::Pod, "shop-7-a", pod(false))));
    assert!(!world.take(is(Kind::Deployment, "till", deployment("till:2"))), "nobody releases it");
    assert!(world.take(is(Kind::Deployment, "shop", deployment("shop:2"))));
    let before = world.edition();
    assert!(!world.take(is(Kind::Canary, "shop", canary(&json!({"resourceVersion": "9"})))), "its status");
    assert_ne!(world.edition(), before, "which a catalog has all the same");
    assert!(world.take(is(Kind::Canary, "shop", canary(&json!({"generation": 2})))));
}

#[test]
fn what_a_list_does_not_name_is_gone_only_when_it_has_ended() {
    let mut world = world();
    world.take(Signal::Begins(Kind::Canary));
    assert!(world.catalog().canaries.contains_key(&key("shop")));
    assert!(world.take(Signal::Listed(Kind::Canary)));
    assert!(world.catalog().canaries.is_empty());
}

#[test]
fn an_outage_keeps_what_was_read_last_and_says_so() {
    let mut world = world();
    let failed = || Signal::Failed(Kind::Canary, "refused".to_owned());
    assert!(world.take(failed()));
    assert!(!world.take(failed()), "told once");
    let catalog = world.catalog();
    assert!(catalog.canaries.contains_key(&key("shop")));
    assert!(catalog.problems[0].contains("canaries") && catalog.problems[0].contains("refused"));
    assert!(world.take(Signal::Resumed(Kind::Canary)), "although nobody changes one");
    assert!(world.catalog().problems.is_empty());
}

#[test]
fn a_canary_that_cannot_be_read_stays_as_it_was_and_one_that_is_deleted_is_gone() {
    let mut world = world();
    let invalid = |name| invalid(name, &json!({}));
    assert!(world.take(invalid("shop")));
    assert!(world.take(invalid("till")));
    let catalog = world.catalog();
    assert!(catalog.canaries.contains_key(&key("shop")));
    assert!(catalog.unreadable.contains(&key("till")) && catalog.problems.len() == 2);
    let deleted = canary(&json!({"deletionTimestamp": "2026-01-01T00:00:00Z"}));
    assert!(world.take(Signal::Is(Kind::Canary, key("shop"), deleted)));
    assert!(world.catalog().canaries.is_empty());
}

#[test]
fn a_watch_that_is_behind_takes_nothing_back() {
    let mut world = World::default();
    let mut see = |uid: &str, version: &str, generation: u64| {
        let meta = json!({"uid": uid, "resourceVersion": version, "generation": generation});
        world.take(Signal::Is(Kind::Canary, key("shop"), canary(&meta)));
        world.catalog().canaries[&key("shop")].metadata.generation
    };
    assert_eq!(see("1", "9", 2), Some(2));
    assert_eq!(see("1", "8", 1), Some(2), "older, though its text is no smaller than that of 10");
    assert_eq!(see("1", "10", 3), Some(3));
    assert_eq!(see("2", "7", 1), Some(1), "another object of the same name");
}

#[test]
fn one_that_waits_for_this_controller_is_there_until_it_was_let_go() {
    let mut world = world();
    let deleted = json!({"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["weir.dev/release"]});
    assert!(world.take(Signal::Is(Kind::Canary, key("shop"), canary(&deleted))));
    assert!(world.catalog().canaries[&key("shop")].metadata.deletion_timestamp.is_some());
    // Also where it cannot be read any more, or never could be.
    world.take(Signal::Is(Kind::Canary, key("shop"), canary(&json!({"uid": "2"}))));
    for name in ["shop", "till"] {
        world.take(invalid(name, &deleted));
    }
    let catalog = world.catalog();
    assert!(catalog.canaries[&key("shop")].metadata.deletion_timestamp.is_some());
    assert_eq!(catalog.strays.keys().collect::<Vec<_>>(), [&key("till")]);
    world.take(Signal::Gone(Kind::Canary, key("till")));
    assert!(world.catalog().strays.is_empty());
}

#[test]
fn what_was_deleted_is_gone_before_the_watch_says_so_and_its_successor_is_not() {
    let mut world = World::default();
    let made = |uid: &str| {
        let object = json!({"metadata": {"uid": uid}, "spec": {"selector": {}, "template": {}}});
        Signal::Is(
            Kind::Deployment,
            key("shop-canary"),
            Object::Deployment(Box::new(serde_json::from_value(object).unwrap())),
        )
    };
    world.take(made("1"));
    world.see_deleted(What::Service, &key("shop-canary"), Some("1"));
    assert!(world.deployment(&key("shop-canary")).is_some(), "a Service of the same name");
    let before = world.edition();
    world.see_deleted(What::Deployment, &key("shop-canary"), Some("1"));
    assert!(world.deployment(&key("shop-canary")).is_none());
    assert_ne!(world.edition(), before);
    world.take(made("2"));
    world.see_deleted(What::Deployment, &key("shop-canary"), Some("1"));
    assert!(world.deployment(&key("shop-canary")).is_some(), "another one of its name");
}
