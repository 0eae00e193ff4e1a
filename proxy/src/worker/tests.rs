//! What survives a new table, by identity.

use std::rc::Rc;
use std::sync::Arc;

use clap::Parser;
use weir_api::Track;
use weir_api::manifest::parse;
use weir_directory::Snapshot;
use weir_routing::{Objects, Options, Table, compile};

use super::{TrackState, Worker};
use crate::config::{Args, Config};
use crate::feed::directory::observed;
use crate::process::Shared;
use crate::tasks::Tasks;

fn worker() -> Rc<Worker> {
    let config = Config::try_from(Args::try_parse_from(["weir-proxy", "--objects", "."]).unwrap()).unwrap();
    let shared = Arc::new(Shared::new(1));
    Worker::new(0, Arc::new(config), shared, Tasks::default(), 1)
}

/// `web` with a canary of this weight and these endpoint ports and revision.
fn publish(worker: &Worker, weight: &str, ports: &[u16], revision: &str) {
    let slice = |service: &str, port: u16, revision: &str| {
        format!(
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\nmetadata: {{name: {service}-{port}, namespace: shop, labels: \
             {{kubernetes.io/service-name: {service}, weir.dev/revision: {revision}}}}}\nports: [{{name: http, port: {port}}}]\n\
             endpoints: [{{addresses: [127.0.0.1], conditions: {{ready: true}}}}]\n---\n"
        )
    };
    let mut text = format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web, namespace: shop}}\nspec: {{rules: [{{http: {{paths: [\
         {{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{name: http}}}}}}}}]}}}}]}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop, annotations: {{weir.dev/canary-service: web-canary, \
         weir.dev/canary-weight: \"{weight}\"}}}}\nspec: {{ports: [{{name: http, port: 80}}]}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: web-canary, namespace: shop}}\nspec: {{ports: [{{name: http, port: 80}}]}}\n---\n"
    );
    text.push_str(&slice("web", 9, "v1"));
    for port in ports {
        text.push_str(&slice("web-canary", *port, revision));
    }
    let parsed = parse("test.yaml", &text);
    assert_eq!(parsed.problems, []);
    let objects = observed(Snapshot { objects: parsed.objects, problems: parsed.problems }).objects;
    let previous = worker.shared.table.load_full();
    let (table, rejections) = compile(&objects, &Options::default(), Some(&previous));
    assert_eq!(rejections, []);
    worker.shared.table.store(Arc::new(table));
}

fn track(worker: &Worker, track: Track) -> Rc<TrackState> {
    let routes = worker.routes();
    let route = routes.table.routes().get(0).unwrap();
    let backend = route.split.backends().find(|backend| backend.track == track).unwrap();
    worker.with_state(route, |state| state.track(worker, route, backend)).unwrap()
}

#[test]
fn a_weight_change_keeps_pools_and_series() {
    let worker = worker();
    publish(&worker, "5", &[10], "v2");
    let before = [track(&worker, Track::Stable), track(&worker, Track::Canary)];
    publish(&worker, "50", &[10], "v2");
    for (state, which) in before.iter().zip([Track::Stable, Track::Canary]) {
        assert!(Rc::ptr_eq(state, &track(&worker, which)), "{which}");
    }
}

#[test]
fn a_new_endpoint_keeps_the_pools_of_the_others_and_the_series() {
    let worker = worker();
    publish(&worker, "5", &[10], "v2");
    let before = track(&worker, Track::Canary);
    publish(&worker, "5", &[10, 11], "v2");
    let after = track(&worker, Track::Canary);
    assert_eq!(after.endpoints.len(), 2);
    assert!(after.endpoints.iter().any(|endpoint| Rc::ptr_eq(endpoint, &before.endpoints[0])));
    assert!(Arc::ptr_eq(&before.series, &after.series));
}

#[test]
fn a_new_revision_at_the_same_address_shares_nothing() {
    let worker = worker();
    publish(&worker, "5", &[10], "v2");
    let before = track(&worker, Track::Canary);
    publish(&worker, "5", &[10], "v3");
    let after = track(&worker, Track::Canary);
    assert!(!Rc::ptr_eq(&before.endpoints[0], &after.endpoints[0]));
    assert!(!Arc::ptr_eq(&before.series, &after.series));
}

#[test]
fn the_same_table_is_not_looked_at_twice() {
    let worker = worker();
    publish(&worker, "5", &[10], "v2");
    assert!(Rc::ptr_eq(&worker.routes(), &worker.routes()));
    worker.shared.table.store(Arc::new(Table::default()));
    assert_eq!(worker.routes().table.routes().len(), 0);
}

/// The order of 1,000 decisions.
fn decided(worker: &Worker) -> Vec<Track> {
    let routes = worker.routes();
    let route = routes.table.routes().get(0).unwrap();
    let client = std::net::Ipv4Addr::LOCALHOST.into();
    let head = weir_routing::Head { method: "GET", host: "h", path: "/", query: None, headers: &(), client };
    let next = || {
        worker.with_state(route, |state| weir_routing::decide(route, &head, &mut state.turns).backend.track)
    };
    (0..1_000).map(|_| next().unwrap()).collect()
}

#[test]
fn turns_go_on_over_a_new_table_of_the_same_weights() {
    let (steady, changed) = (worker(), worker());
    for worker in [&steady, &changed] {
        publish(worker, "5", &[10], "v2");
    }
    let mut orders = [Vec::new(), Vec::new()];
    for ports in [&[10][..], &[10, 11], &[11]] {
        orders[0].extend(decided(&steady));
        publish(&changed, "5", ports, "v2");
        orders[1].extend(decided(&changed));
    }
    assert_eq!(orders[0], orders[1]);
}

#[test]
fn a_new_table_does_not_touch_what_is_known_of_its_routes_until_it_is_asked_for_or_tidied() {
    let worker = worker();
    publish(&worker, "5", &[10], "v2");
    track(&worker, Track::Stable);
    assert_eq!(worker.states.borrow().known(), 1);
    worker.shared.table.store(Arc::default());
    worker.routes();
    assert_eq!(worker.states.borrow().known(), 1);
    worker.tidy();
    assert_eq!(worker.states.borrow().known(), 0, "the route is gone");
}

#[test]
fn a_route_that_gets_the_place_of_another_one_shares_nothing_with_it() {
    let worker = worker();
    publish(&worker, "5", &[10], "v2");
    let (before, old) = (track(&worker, Track::Stable), worker.routes());
    worker
        .shared
        .table
        .store(Arc::new(compile(&Objects::default(), &Options::default(), Some(&old.table)).0));
    publish(&worker, "5", &[10], "v2");
    let after = track(&worker, Track::Stable);
    assert!(!Rc::ptr_eq(&before, &after));
    let route = old.table.routes().get(0).unwrap();
    assert_eq!(
        worker.with_state(route, |_| ()),
        None,
        "a request with the old table takes no turn of the new route"
    );
    assert!(Rc::ptr_eq(&after, &track(&worker, Track::Stable)));
}
