//! What `/debug/routes` says.

use serde_json::json;
use weir_routing::explain;

use crate::objects::{World, get, rule, with};
use crate::splits;

#[test]
fn every_candidate_is_named_with_its_reason() {
    let mut world = World::default();
    for name in ["any", "wild", "long", "short", "exact", "rest"] {
        world = world.service(name, 1);
    }
    let table = world
        .ingress("any", &rule("", "Prefix", "/", "any"))
        .ingress("wild", &rule("*.example", "Prefix", "/a/b", "wild"))
        .ingress("long", &rule("h.example", "Prefix", "/a/b", "long"))
        .ingress("short", &rule("h.example", "Prefix", "/a", "short"))
        .ingress("exact", &rule("h.example", "Exact", "/a/b", "exact"))
        .ingress(
            "rest",
            &json!({ "defaultBackend": { "service": { "name": "rest", "port": { "name": "http" } } } }),
        )
        .clean();
    let explanation = explain(&table, &get("h.example", "/a/b"));
    assert_eq!(explanation.known_as.as_deref(), Some("h.example"));
    let said: Vec<(&str, bool, &str)> =
        explanation.candidates.iter().map(|c| (c.route.id.as_str(), c.taken, c.why.as_str())).collect();
    assert_eq!(
        said,
        [
            (
                "shop/exact/h.example=/a/b",
                true,
                "longest path on the most specific host: Exact /a/b of host h.example"
            ),
            ("shop/any/*/", false, "host * is less specific than h.example"),
            ("shop/long/h.example/a/b", false, "Prefix comes after the other's path type"),
            ("shop/rest/*", false, "a default backend takes what no path takes"),
            ("shop/short/h.example/a", false, "its path is shorter"),
            ("shop/wild/*.example/a/b", false, "host *.example is less specific than h.example"),
        ]
    );
    assert_eq!(
        explanation.message,
        "route shop/exact/h.example=/a/b takes it; there is no split: stable 100 %"
    );
    let nothing = explain(&World::default().clean(), &get("h", "/x"));
    assert_eq!((nothing.message.as_str(), nothing.choice), ("no route takes h/x: 404", None));
}

#[test]
fn a_split_is_given_with_its_weights_epoch_and_chances() {
    let table = splits::table(5.0, Some(5.0), 7);
    let json = serde_json::to_value(explain(&table, &get("h", "/x"))).unwrap();
    assert_eq!(
        json["choice"],
        json!({
            "by": "turn",
            "chances": [
                { "track": "stable", "share": 90, "answeredBy": "stable" },
                { "track": "baseline", "share": 5, "answeredBy": "baseline" },
                { "track": "canary", "share": 5, "answeredBy": "canary" },
            ],
        })
    );
    let route = &json["candidates"][0]["route"];
    assert_eq!((&route["canary"], &route["epoch"]), (&json!("shop/api"), &json!(7)));
    assert_eq!(route["tracks"][2]["revision"], "api-canary-rev");
    assert_eq!(route["tracks"][0]["endpoints"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        json["message"],
        "route shop/web/*/ takes it; the next turn decides: stable 90 %; baseline 5 %; canary 5 %"
    );
    assert_eq!(weir_routing::explain::routes(&table).len(), 1);
}

#[test]
fn a_dead_track_and_a_forced_one_are_said() {
    let annotations = json!({ "weir.dev/canary-service": "canary", "weir.dev/canary-weight": "5", "weir.dev/canary-header": "x-track", "weir.dev/sticky": "cookie" });
    let table = World::default()
        .service_with("api", 1, &annotations, &json!({}))
        .service("canary", 0)
        .ingress("web", &crate::objects::simple("/", "api"))
        .table()
        .0;
    let headers = vec![("x-track", "always")];
    let forced = explain(&table, &with(&headers, "h", "/"));
    assert_eq!(
        forced.message,
        "route shop/web/*/ takes it; a header forces the track: canary 100 %, answered by stable because canary has no ready endpoint"
    );
    let free = explain(&table, &get("h", "/"));
    assert_eq!(free.choice.unwrap().new_cookie.as_deref(), Some("weir-user"));
}
