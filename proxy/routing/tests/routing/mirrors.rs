//! Mirror routes of a release: of which requests copies are made, and in which share.

use serde_json::{Value, json};
use weir_api::Track;
use weir_routing::split::{Copying, Split};
use weir_routing::{Head, Rejection, Table, Turns, decide, explain};

use crate::objects::{World, get, simple, with};

/// A Service split by a Canary at weight 0 with these mirror routes.
fn compiled(baseline: bool, routes: &Value) -> (Table, Vec<Rejection>) {
    let track = |name: &str| json!({ "service": name, "revision": name, "weight": 0 });
    let split = json!({
        "epoch": 3, "stableRevision": "v1", "mirrorRoutes": routes,
        "canary": track("canary"), "baseline": baseline.then(|| track("baseline")),
    });
    World::default()
        .service("api", 1)
        .service("canary", 1)
        .service("baseline", 1)
        .ingress("web", &simple("/", "api"))
        .canary("api", "api", &json!({ "epoch": 3, "split": split }))
        .table()
}

fn copying(table: &Table) -> Copying {
    Copying::of(7, table.find(&get("h", "/")).unwrap())
}

fn copies(table: &Table, head: &Head<'_>, copying: &mut Copying) -> bool {
    let route = table.find(head).unwrap();
    assert_eq!(decide(route, head, &mut Turns::new(1)).backend.track, Track::Stable, "users are stable's");
    let Split::Tracks(tracks) = &route.split else { panic!("{:?}", route.split) };
    let copied = copying.takes(tracks.mirror_routes(), head);
    assert_eq!(route.split.copied_by(head).is_some(), copied, "every share here is the whole");
    copied
}

#[test]
fn one_entry_has_to_hold_with_all_that_it_names_and_only_safe_methods_by_themselves() {
    let one = json!({"name": "a", "percentage": 100, "match": [
        {"path": {"prefix": "/api"}, "headers": {"x-a": {"exact": "1"}}},
        {"cookies": {"plan": {"regex": "pro|max"}}},
    ]});
    let any = json!({"name": "a", "percentage": 100, "match": [{"path": {"prefix": "/api"}}], "unsafeMethods": true});
    for (route, method, headers, path, copied) in [
        (&one, "GET", &[("x-a", "1")][..], "/api/1", true),
        (&one, "HEAD", &[("x-a", "1")], "/api/1", true),
        (&one, "POST", &[("x-a", "1")], "/api/1", false),
        (&one, "GET", &[("x-a", "2")], "/api/1", false),
        (&one, "GET", &[("x-a", "1")], "/", false),
        (&one, "GET", &[("cookie", "plan=max")], "/", true),
        (&one, "GET", &[("cookie", "plan=free")], "/", false),
        (&one, "DELETE", &[("cookie", "plan=max")], "/", false),
        (&any, "POST", &[], "/api/1", true),
        (&any, "PATCH", &[], "/other", false),
    ] {
        let (table, rejections) = compiled(true, &json!([route]));
        assert_eq!(rejections, []);
        let headers = headers.to_vec();
        let head = Head { method, ..with(&headers, "h", path) };
        assert_eq!(copies(&table, &head, &mut copying(&table)), copied, "{method} {headers:?} {path}");
    }
}

#[test]
fn every_route_keeps_its_exact_share_and_the_first_one_decides() {
    let routes = json!([
        {"name": "few", "percentage": 0.5, "match": [{"path": {"prefix": "/few"}}]},
        {"name": "many", "percentage": 70, "match": [{"path": {"prefix": "/"}}]},
    ]);
    let (table, rejections) = compiled(true, &routes);
    assert_eq!(rejections, []);
    let route = table.find(&get("h", "/")).unwrap();
    let Split::Tracks(tracks) = &route.split else { panic!("no tracks") };
    let mut copying = copying(&table);
    let mut seen = [0_u32; 2];
    for n in 1..=10_000_u32 {
        for (place, path) in ["/few", "/many"].into_iter().enumerate() {
            seen[place] += u32::from(copying.takes(tracks.mirror_routes(), &get("h", path)));
        }
        // Within one request of its share at any time, although the two take turns.
        assert!(seen[0].abs_diff(n / 200) <= 1 && seen[1].abs_diff(n * 7 / 10) <= 1, "{n}: {seen:?}");
    }
    assert_eq!(seen, [50, 7000]);
    let said = explain(&table, &get("h", "/few")).message;
    assert!(
        said.ends_with("copies of 0.5 % of those that stable answers go to canary and baseline"),
        "{said}"
    );
}

#[test]
fn nothing_is_copied_without_a_baseline_or_a_route_and_a_broken_one_is_named() {
    let all = json!([{"name": "a", "percentage": 100, "match": [{"path": {"prefix": "/"}}]}]);
    for (baseline, routes) in [(false, &all), (true, &json!([]))] {
        let (table, _) = compiled(baseline, routes);
        assert!(!copies(&table, &get("h", "/"), &mut copying(&table)), "{baseline} {routes}");
    }
    let broken = json!([{"name": "a", "percentage": 100, "match": [{"path": {"prefix": "/"}}, {"path": {"regex": "("}}]}]);
    let (table, rejections) = compiled(true, &broken);
    assert_eq!(rejections.len(), 1, "{rejections:?}");
    assert_eq!(rejections[0].field, "status.split.mirrorRoutes[0].match[1]");
    assert!(!copies(&table, &get("h", "/"), &mut copying(&table)));
}

#[test]
fn copies_are_made_in_plain_http_1_only_and_an_ingress_that_asks_for_more_is_told() {
    let routes = json!([{"name": "a", "percentage": 100, "match": [{"path": {"prefix": "/"}}]}]);
    let track = |name: &str| json!({ "service": name, "revision": name, "weight": 0 });
    let split = json!({
        "epoch": 3, "stableRevision": "v1", "mirrorRoutes": routes, "canary": track("canary"), "baseline": track("baseline"),
    });
    let grpc = json!({"nginx.ingress.kubernetes.io/backend-protocol": "GRPC"});
    let (table, rejections) = World::default()
        .service("api", 1)
        .service("canary", 1)
        .service("baseline", 1)
        .ingress_with("web", &simple("/", "api"), &grpc, None)
        .canary("api", "api", &json!({ "epoch": 3, "split": split }))
        .table();
    assert_eq!(rejections.len(), 1, "{rejections:?}");
    assert!(rejections[0].message.starts_with("mirror route a of Canary"), "{}", rejections[0].message);
    assert!(table.find(&get("h", "/")).unwrap().split.copied_by(&get("h", "/")).is_none());
}
