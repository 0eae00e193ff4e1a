//! What is wanted, and what there is, to what is done about it.

use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::{Value, json};
use weir_api::Track;

use super::super::signal::{Kind, Object, Signal};
use super::super::tracks::What;
use super::{Action, Plan, plan};
use crate::catalog::Key;
use crate::cluster::world::World;
use crate::fleet::{Fleet, Wanted};
use crate::template::with_image;

fn key(name: &str) -> Key {
    Key::new("test", name)
}

fn take(world: &mut World, kind: Kind, object: &Value) {
    let name = key(object["metadata"]["name"].as_str().unwrap());
    let typed = match kind {
        Kind::Canary => Object::Canary(Box::new(serde_json::from_value(object.clone()).unwrap())),
        Kind::Deployment => Object::Deployment(Box::new(serde_json::from_value(object.clone()).unwrap())),
        Kind::CanaryConfig
        | Kind::FeatureFlag
        | Kind::Service
        | Kind::ReplicaSet
        | Kind::Pod
        | Kind::EndpointSlice
        | Kind::Backends => Object::Service(Box::new(serde_json::from_value(object.clone()).unwrap())),
    };
    world.take(Signal::Is(kind, name, typed));
}

fn stable_template() -> PodTemplateSpec {
    let template = json!({
        "metadata": {"labels": {"app": "shop"}},
        "spec": {"containers": [{"name": "shop", "image": "shop:1"}]},
    });
    serde_json::from_value(template).unwrap()
}

/// A world with a Canary, and what it releases.
fn world() -> World {
    let mut world = World::default();
    let canary = json!({
        "metadata": {"namespace": "test", "name": "release", "uid": "1"},
        "spec": {
            "targetRef": {"name": "shop"},
            "service": "front",
            "strategy": {"canary": {"steps": [{"setWeight": 5}]}},
        },
    });
    take(&mut world, Kind::Canary, &canary);
    let selector = json!({"matchLabels": {"app": "shop"}});
    let deployment = json!({
        "metadata": {"name": "shop"},
        "spec": {"replicas": 4, "selector": selector, "template": stable_template()},
    });
    take(&mut world, Kind::Deployment, &deployment);
    let ports = json!([{"name": "http", "port": 80, "targetPort": "http", "nodePort": 30_080}]);
    let service =
        json!({"metadata": {"name": "front"}, "spec": {"selector": {"app": "shop"}, "ports": ports}});
    take(&mut world, Kind::Service, &service);
    world
}

fn fleet(track: Track, wanted: Wanted) -> Fleet {
    Fleet { deployment: key("shop"), track, wanted, canary: Some(key("release")) }
}

fn run(image: &str, revision: &str, replicas: u32) -> Wanted {
    let template = Box::new(with_image(&stable_template(), image));
    Wanted::Run { template, revision: revision.to_owned(), replicas }
}

fn planned(world: &World, fleets: &[Fleet]) -> Plan {
    plan(world, fleets, &world.catalog())
}

/// Puts what is planned into the world, as the API server would.
fn done(world: &mut World, plan: &Plan) {
    for (_, action) in &plan.actions {
        if let Action::Apply { what, object, .. } = action {
            let kind = if *what == What::Service { Kind::Service } else { Kind::Deployment };
            take(world, kind, object);
        }
    }
}

fn names(plan: &Plan) -> Vec<String> {
    let name = |action: &Action| match action {
        Action::Apply { what, key, .. } => format!("apply {} {}", what.as_str(), key.name),
        Action::Patch { key, .. } => format!("image {}", key.name),
        Action::Delete { what, key, .. } => format!("delete {} {}", what.as_str(), key.name),
    };
    plan.actions.iter().map(|(_, action)| name(action)).collect()
}

#[test]
fn a_canary_gets_a_service_and_a_deployment_and_then_nothing_more() {
    let mut world = world();
    let fleets = [fleet(Track::Stable, run("shop:1", "01", 4)), fleet(Track::Canary, run("shop:2", "02", 1))];
    let first = planned(&world, &fleets);
    assert_eq!(names(&first), ["apply Service front-canary", "apply Deployment shop-canary"]);
    let (Action::Apply { object: service, .. }, Action::Apply { object: deployment, .. }) =
        (&first.actions[0].1, &first.actions[1].1)
    else {
        panic!("{first:?}")
    };
    let own = json!({"weir.dev/canary": "release", "weir.dev/track": "canary"});
    assert_eq!(service["spec"]["selector"], own);
    assert_eq!(service["spec"]["ports"], json!([{"name": "http", "port": 80, "targetPort": "http"}]));
    assert_eq!(deployment["metadata"]["ownerReferences"][0]["uid"], "1");
    let pods = &deployment["spec"]["template"];
    assert_eq!(pods["metadata"]["labels"]["app"], "shop-canary");
    assert_eq!(pods["spec"]["containers"][0]["image"], "shop:2");
    done(&mut world, &first);
    assert_eq!(names(&planned(&world, &fleets)), [""; 0], "a second look does nothing");
}

#[test]
fn more_pods_of_the_same_revision_keep_their_template() {
    let mut world = world();
    let first = planned(&world, &[fleet(Track::Canary, run("shop:2", "02", 1))]);
    done(&mut world, &first);
    let more = planned(&world, &[fleet(Track::Canary, run("shop:9", "02", 3))]);
    assert_eq!(names(&more), ["apply Deployment shop-canary"]);
    let Action::Apply { object, is_there: true, .. } = &more.actions[0].1 else { panic!("{more:?}") };
    assert_eq!(object["spec"]["replicas"], 3);
    assert_eq!(object["spec"]["template"]["spec"]["containers"][0]["image"], "shop:2");
    let other = planned(&world, &[fleet(Track::Canary, run("shop:9", "09", 1))]);
    assert_eq!(names(&other), ["apply Service front-canary", "apply Deployment shop-canary"]);
}

#[test]
fn what_is_kept_is_not_touched_and_what_is_not_wanted_goes() {
    let mut world = world();
    let first = planned(&world, &[fleet(Track::Canary, run("shop:2", "02", 1))]);
    done(&mut world, &first);
    assert_eq!(names(&planned(&world, &[fleet(Track::Canary, Wanted::Keep)])), [""; 0]);
    let stable = [fleet(Track::Stable, run("shop:1", "01", 4))];
    assert_eq!(
        names(&planned(&world, &stable)),
        ["delete Deployment shop-canary", "delete Service front-canary"]
    );
    assert_eq!(names(&planned(&world, &[])), [""; 0], "a Canary that cannot be followed now");
}

#[test]
fn what_a_gone_canary_left_goes() {
    let mut world = world();
    let first = planned(&world, &[fleet(Track::Canary, run("shop:2", "02", 1))]);
    done(&mut world, &first);
    world.take(Signal::Gone(Kind::Canary, key("release")));
    assert_eq!(
        names(&planned(&world, &[])),
        ["delete Deployment shop-canary", "delete Service front-canary"]
    );
}

#[test]
fn somebody_elses_object_of_the_same_name_stays_his() {
    let mut world = world();
    let theirs = json!({"metadata": {"name": "shop-canary"}, "spec": {"selector": {}, "template": {}}});
    take(&mut world, Kind::Deployment, &theirs);
    let refused = planned(&world, &[fleet(Track::Canary, run("shop:2", "02", 1))]);
    assert_eq!(names(&refused), [""; 0]);
    assert!(refused.faults[0].text.contains("test/shop-canary is there already"), "{:?}", refused.faults);
    assert_eq!(names(&planned(&world, &[fleet(Track::Stable, run("shop:1", "01", 4))])), [""; 0]);
}

#[test]
fn stable_gets_another_image_only_where_it_differs() {
    let world = world();
    assert_eq!(names(&planned(&world, &[fleet(Track::Stable, run("shop:2", "02", 4))])), ["image shop"]);
    assert_eq!(names(&planned(&world, &[fleet(Track::Stable, run("shop:1", "01", 4))])), [""; 0]);
}
