//! `EndpointSlices` of local pods.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Served, Written, objects};
use crate::catalog::{Catalog, Key};
use crate::local::record::{ContainerRecord, NamedPort, PodRecord, Probe, ProbeKind};
use weir_api::{Timestamp, Track};

fn catalog() -> Catalog {
    let service = r#"{"metadata": {"name": "api", "namespace": "shop"},
        "spec": {"selector": {"app": "api"}, "ports": [{"name": "http", "port": 80, "targetPort": "web"}]}}"#;
    let mut catalog = Catalog::default();
    catalog.services.insert(Key::new("shop", "api"), Arc::new(serde_json::from_str(service).unwrap()));
    catalog
}

fn pod(track: Track, revision: &str, last: u8, leaving: bool) -> PodRecord {
    let kind = ProbeKind::Running;
    let now = Timestamp::from_unix_micros(0);
    PodRecord {
        name: format!("api-{last}"),
        deployment: Key::new("shop", "api"),
        track,
        revision: revision.to_owned(),
        labels: BTreeMap::from([("app".to_owned(), "api".to_owned())]),
        address: [127, 20, 0, last].into(),
        created_at: now,
        grace_seconds: 30,
        leaving_since: leaving.then_some(now),
        containers: vec![ContainerRecord {
            name: "api".to_owned(),
            image: "api:v1".to_owned(),
            program: "/bin/true".into(),
            arguments: Vec::new(),
            env: BTreeMap::new(),
            directory: None,
            ports: vec![NamedPort { name: Some("web".to_owned()), number: 3000 }],
            probe: Probe { kind, period_seconds: 10, timeout_seconds: 1, failures: 3 },
            process: None,
            restarts: 0,
        }],
    }
}

#[test]
fn each_track_has_its_service_and_each_revision_its_slice() {
    let pods = [
        pod(Track::Stable, "old", 1, false),
        pod(Track::Stable, "new", 2, false),
        pod(Track::Stable, "old", 3, true),
        pod(Track::Canary, "new", 4, false),
    ];
    let canary = Key::new("shop", "release");
    let served: Vec<_> = pods
        .iter()
        .map(|record| Served { record, canary: Some(&canary), ready: record.address.octets()[3] != 2 })
        .collect();
    let objects = objects(&served, &catalog());
    let files: Vec<_> = objects.keys().map(String::as_str).collect();
    assert_eq!(
        files,
        [
            "objects/endpointslice.shop.api-canary-new.json",
            "objects/endpointslice.shop.api-new.json",
            "objects/endpointslice.shop.api-old.json",
            "objects/service.shop.api-canary.json",
        ]
    );
    let Written::Slice(old) = &objects["objects/endpointslice.shop.api-old.json"] else { panic!("no slice") };
    let addresses: Vec<_> = old.endpoints.iter().flat_map(|endpoint| &endpoint.addresses).collect();
    assert_eq!(addresses, ["127.20.0.1"], "a pod that leaves is not in the slice");
    assert_eq!(old.ports.as_ref().unwrap()[0].port, Some(3000));
    let Written::Slice(new) = &objects["objects/endpointslice.shop.api-new.json"] else { panic!("no slice") };
    assert_eq!(new.endpoints[0].conditions.as_ref().unwrap().ready, Some(false));
    let labels = new.metadata.labels.as_ref().unwrap();
    assert_eq!(
        (labels["weir.dev/revision"].as_str(), labels["kubernetes.io/service-name"].as_str()),
        ("new", "api")
    );
    let Written::Service(service) = &objects["objects/service.shop.api-canary.json"] else {
        panic!("no service")
    };
    assert_eq!(service.metadata.labels.as_ref().unwrap()["weir.dev/canary"], "release");
    // What is written is what a reader of manifests takes.
    for (file, object) in &objects {
        let text = serde_json::to_string(object).unwrap();
        let parsed = weir_api::manifest::parse(file, &text);
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        assert_eq!(parsed.objects.len(), 1, "{text}");
    }
}
