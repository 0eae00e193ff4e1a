//! Header routes of a release: who goes to the canary whatever its weight, and how canary and baseline share such requests.

use serde_json::{Value, json};
use weir_api::Track;
use weir_routing::{Because, Head, Rejection, Table, Turns, decide, explain};

use crate::objects::{World, get, simple, with};

/// A Service split by a Canary with these shares and header routes; endpoints of the canary.
fn compiled(canary: u8, baseline: Option<u8>, routes: &Value, endpoints: u8) -> (Table, Vec<Rejection>) {
    let track = |name: &str, weight: u8| json!({ "service": name, "revision": name, "weight": weight });
    let split = json!({
        "epoch": 3, "stableRevision": "v1", "headerRoutes": routes,
        "canary": track("canary", canary), "baseline": baseline.map(|weight| track("baseline", weight)),
    });
    World::default()
        .service("api", 1)
        .service("canary", endpoints)
        .service("baseline", 1)
        .ingress("web", &simple("/", "api"))
        .canary("api", "api", &json!({ "epoch": 3, "split": split }))
        .table()
}

fn ask(table: &Table, head: &Head<'_>, turns: &mut Turns) -> (Track, Because, Option<Track>) {
    let decision = decide(table.find(head).unwrap(), head, turns);
    (decision.backend.track, decision.because, decision.instead_of)
}

const ALONE: Because = Because::Match { shared: false };

#[test]
fn every_condition_has_to_hold() {
    for (requests, headers, method, path, taken) in [
        (json!({"headers": {"x-beta": {"exact": "yes"}}}), &[("X-Beta", "yes")][..], "GET", "/", true),
        (json!({"headers": {"X-Beta": {"exact": "yes"}}}), &[("x-beta", "yes")], "GET", "/", true),
        (json!({"headers": {"x-beta": {"exact": "yes"}}}), &[("x-beta", "yes!")], "GET", "/", false),
        (json!({"headers": {"x-beta": {"exact": "yes"}}}), &[], "GET", "/", false),
        (
            json!({"headers": {"x-beta": {"exact": "yes"}}}),
            &[("x-beta", "no"), ("x-beta", "yes")],
            "GET",
            "/",
            true,
        ),
        (json!({"headers": {"ua": {"prefix": "curl/"}}}), &[("ua", "curl/8")], "GET", "/", true),
        (json!({"headers": {"ua": {"prefix": "curl/"}}}), &[("ua", "a curl/8")], "GET", "/", false),
        (json!({"headers": {"ua": {"regex": "curl|wget"}}}), &[("ua", "wget")], "GET", "/", true),
        (json!({"headers": {"ua": {"regex": "curl|wget"}}}), &[("ua", "wget2")], "GET", "/", false),
        (json!({"cookies": {"plan": {"exact": "pro"}}}), &[("cookie", "a=b; plan=pro")], "GET", "/", true),
        (json!({"cookies": {"Plan": {"exact": "pro"}}}), &[("cookie", "plan=pro")], "GET", "/", false),
        (json!({"method": {"exact": "POST"}}), &[], "POST", "/", true),
        (json!({"method": {"exact": "POST"}}), &[], "GET", "/", false),
        (json!({"path": {"prefix": "/api/"}}), &[], "GET", "/api/1", true),
        (json!({"path": {"prefix": "/api/"}}), &[], "GET", "/app", false),
        (
            json!({"method": {"exact": "GET"}, "headers": {"a": {"exact": "1"}, "b": {"exact": "2"}}}),
            &[("a", "1"), ("b", "2")],
            "GET",
            "/",
            true,
        ),
        (
            json!({"method": {"exact": "GET"}, "headers": {"a": {"exact": "1"}, "b": {"exact": "2"}}}),
            &[("a", "1")],
            "GET",
            "/",
            false,
        ),
    ] {
        let (table, rejections) = compiled(0, None, &json!([{"name": "beta", "match": requests}]), 1);
        assert_eq!(rejections, []);
        let headers = headers.to_vec();
        let head = Head { method, ..with(&headers, "h", path) };
        let expected =
            if taken { (Track::Canary, ALONE, None) } else { (Track::Stable, Because::Turn, None) };
        assert_eq!(
            ask(&table, &head, &mut Turns::new(1)),
            expected,
            "{requests} {headers:?} {method} {path}"
        );
    }
}

#[test]
fn they_hold_at_every_weight_and_end_without_pods_and_with_the_routes() {
    let routes = json!([{"name": "beta", "match": {"headers": {"x-beta": {"exact": "yes"}}}}]);
    let headers = vec![("x-beta", "yes")];
    let head = with(&headers, "h", "/");
    for weight in [0, 1, 100] {
        let (table, _) = compiled(weight, None, &routes, 1);
        assert_eq!(ask(&table, &head, &mut Turns::new(1)), (Track::Canary, ALONE, None), "{weight} %");
    }
    let (dead, _) = compiled(0, None, &routes, 0);
    assert_eq!(ask(&dead, &head, &mut Turns::new(1)), (Track::Stable, ALONE, Some(Track::Canary)));
    let (ended, _) = compiled(0, None, &json!([]), 1);
    assert_eq!(ask(&ended, &head, &mut Turns::new(1)), (Track::Stable, Because::Turn, None));
}

#[test]
fn canary_and_baseline_share_as_the_weights_have_it() {
    let routes = json!([{"name": "beta", "match": {"path": {"prefix": "/beta"}}, "baseline": true}]);
    for (canary, baseline, of_a_thousand) in [(0, 0, 500), (5, 5, 500), (80, 20, 800), (100, 0, 1000)] {
        let (table, _) = compiled(canary, Some(baseline), &routes, 1);
        let mut turns = Turns::new(9);
        let beta = get("h", "/beta");
        let mut hits = 0;
        for _ in 0..1000 {
            match ask(&table, &beta, &mut turns) {
                (Track::Canary, Because::Match { shared: true }, None) => hits += 1,
                (Track::Baseline, Because::Match { shared: true }, None) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(hits, of_a_thousand, "{canary} and {baseline} %");
        let chances = explain(&table, &beta).choice.unwrap().chances;
        let on_canary = chances.iter().find(|chance| chance.track == Track::Canary).unwrap().share;
        assert_eq!(u32::from(on_canary.basis_points()), of_a_thousand * 10);
    }
    // Without a baseline there is nobody to share with.
    let (table, _) = compiled(0, None, &routes, 1);
    assert_eq!(ask(&table, &get("h", "/beta"), &mut Turns::new(1)), (Track::Canary, ALONE, None));
}

#[test]
fn both_tracks_get_the_same_mixture_of_chosen_and_drawn_requests() {
    let routes = json!([{"name": "beta", "match": {"path": {"prefix": "/beta"}}, "baseline": true}]);
    let (table, _) = compiled(30, Some(10), &routes, 1);
    let mut turns = Turns::new(4);
    let mut seen = [[0_i64; 2]; 2];
    for n in 0..100_000 {
        let path = if n % 7 == 0 { "/beta" } else { "/" };
        match ask(&table, &get("h", path), &mut turns).0 {
            Track::Canary => seen[0][usize::from(path == "/beta")] += 1,
            Track::Baseline => seen[1][usize::from(path == "/beta")] += 1,
            Track::Stable | Track::Shadow => assert_eq!(path, "/"),
        }
    }
    let [[drawn, chosen], [drawn_beside, chosen_beside]] = seen;
    // Three to one on both, within what one window of the draw may be off.
    assert!((chosen - 3 * chosen_beside).abs() < 400 && (drawn - 3 * drawn_beside).abs() < 400, "{seen:?}");
}

#[test]
fn the_first_route_decides_a_force_goes_before_and_a_broken_one_is_named() {
    let routes = json!([
        {"name": "broken", "match": {"headers": {"x": {"regex": "("}}}},
        {"name": "shared", "match": {"path": {"prefix": "/a"}}, "baseline": true},
        {"name": "alone", "match": {"path": {"prefix": "/"}}},
    ]);
    let (table, rejections) = compiled(0, Some(0), &routes, 1);
    assert_eq!(rejections.len(), 1, "{rejections:?}");
    assert_eq!(rejections[0].field, "status.split.headerRoutes[0].match");
    let because = |path| ask(&table, &get("h", path), &mut Turns::new(1)).1;
    assert_eq!((because("/a"), because("/b")), (Because::Match { shared: true }, ALONE));
    let said = explain(&table, &get("h", "/b")).message;
    assert!(said.contains("a header route of the release takes it: canary 100 %"), "{said}");
}
