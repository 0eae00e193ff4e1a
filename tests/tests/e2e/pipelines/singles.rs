//! Single objects of a directory, one stage each: applied, changed, scaled, undone, looked at, removed, pruned; while whoever does it is killed.

use serde_json::json;

use super::released::{World, service};

/// Everything that can be done to one Deployment, the way it is done by hand.
const SPEC: &str = "
parameters: [{name: extra, default: both}]
stages:
- name: Sources
  step: {run: 'mkdir -p deploy extra && cp \"$FROM\"/service.yaml deploy/ && cp \"$FROM\"/maps-${EXTRA}.yaml extra/', env: {FROM: FOLDER, EXTRA: '${ parameters.extra }'}}
- {name: Extra, deploy: {manifests: ['extra/*'], namespace: one, prune: true}}
- {name: Apply, deploy: {manifests: ['deploy/*'], namespace: one, images: {shop: 'shop:v1'}}}
- {name: Change, deploy: {manifests: ['deploy/*'], namespace: one, images: {shop: 'shop:v2'}}}
- {name: More, scale: {deployment: shop, namespace: one, replicas: 3}}
- {name: Back, undo: {deployment: shop, namespace: one}}
- {name: Look, findImage: {deployment: shop, namespace: one}}
- {name: Share, weights: {service: shop, namespace: one, canary: 12.5}}
- {name: Gone, delete: {objects: [{kind: Deployment, namespace: one, name: shop}, {kind: Deployment, namespace: one, name: never}]}}
";

const MAPS: [(&str, &str); 2] = [
    (
        "both",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: gone}}\n",
    ),
    ("one", "{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}}\n"),
];

#[tokio::test(flavor = "multi_thread")]
async fn single_objects_are_changed_once_however_often_their_runner_is_killed() {
    let world = World::of(SPEC).await;
    for (name, text) in MAPS {
        world.shop.write(&format!("maps-{name}.yaml"), text);
    }
    world.shop.write("service.yaml", service());
    world.image("v1");
    world.image("v2");
    let killed = world.run_and_kill("shop-1", &[]).await;
    assert!(killed > 2, "{killed}");
    let looked = &world.stage("shop-1", "look")["outputs"];
    assert_eq!((&looked["image"], &looked["replicas"]), (&json!("shop:v1"), &json!(3)), "{looked:#}");
    let written = |kind: &str, name: &str| {
        let path = world.weir.folder().join(format!("manifests/deployed/{kind}.one.{name}.json"));
        std::fs::read_to_string(path).ok()
    };
    assert!(written("service", "shop").unwrap().contains(r#""weir.dev/canary-weight": "12.5""#));
    assert_eq!(written("deployment", "shop"), None);
    assert!(written("configmap", "kept").is_some() && written("configmap", "gone").is_some());

    let ran = world.run(&["-p", "extra=one"]).await;
    assert!(ran.status.success(), "{ran:?}");
    assert!(written("configmap", "kept").is_some() && written("configmap", "gone").is_none(), "pruned");
}
