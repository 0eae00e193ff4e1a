//! Which route takes a request: hosts, path types and ages, case by case, and against a plain model.

use proptest::prelude::{Strategy, prop, prop_assert_eq, proptest};
use serde_json::{Value, json};
use weir_routing::{Options, Route, Table, compile};

use crate::objects::{World, backend, get, rule};

/// A table of one Ingress a rule, named and answered by `r0`, `r1`...; the lower the number, the older.
fn table(rules: &[(&str, &str, &str)]) -> Table {
    let mut world = World::default();
    for (index, (host, kind, path)) in rules.iter().enumerate() {
        let name = format!("r{index}");
        let created = format!("2026-01-01T00:00:{index:02}Z");
        world = world.service(&name, 1).ingress_with(
            &name,
            &rule(host, kind, path, &name),
            &json!({}),
            Some(&created),
        );
    }
    // Characters that ingress-nginx lets stand in expressions only are let through here.
    compile(&world.objects, &Options { loose_path_types: true, ..Options::default() }, None).0
}

/// The rule that takes a request.
fn taken(table: &Table, host: &str, path: &str) -> Option<String> {
    table.find(&get(host, path)).map(|route| route.service.trim_start_matches("shop/").to_owned())
}

fn check(rules: &[(&str, &str, &str)], cases: &[(&str, &str, Option<usize>)]) {
    let table = table(rules);
    for (host, path, expected) in cases {
        assert_eq!(
            taken(&table, host, path),
            expected.map(|index| format!("r{index}")),
            "{host}{path} of {rules:?}"
        );
    }
}

#[test]
fn prefix_goes_by_elements() {
    // Kubernetes' own examples, then more.
    check(&[("", "Prefix", "/")], &[("h", "/", Some(0)), ("h", "/any/path", Some(0)), ("", "/", Some(0))]);
    check(
        &[("", "Prefix", "/foo")],
        &[
            ("h", "/foo", Some(0)),
            ("h", "/foo/", Some(0)),
            ("h", "/foo/bar", Some(0)),
            ("h", "/foobar", None),
            ("h", "/fo", None),
            ("h", "/", None),
            ("h", "/Foo", None),
        ],
    );
    check(
        &[("", "Prefix", "/foo/")],
        &[("h", "/foo", Some(0)), ("h", "/foo/", Some(0)), ("h", "/foo/x", Some(0)), ("h", "/foobar", None)],
    );
    check(&[("", "Prefix", "/aaa/bb")], &[("h", "/aaa/bbb", None), ("h", "/aaa/bb", Some(0))]);
    check(
        &[("", "Prefix", "/aaa/bbb/")],
        &[
            ("h", "/aaa/bbb", Some(0)),
            ("h", "/aaa/bbb/", Some(0)),
            ("h", "/aaa/bbb/ccc", Some(0)),
            ("h", "/aaa/bbbxyz", None),
        ],
    );
    check(
        &[("", "Prefix", "/"), ("", "Prefix", "/aaa")],
        &[("h", "/aaa/ccc", Some(1)), ("h", "/ccc", Some(0)), ("h", "/aaab", Some(0))],
    );
    check(
        &[("", "Prefix", "/aaa"), ("", "Prefix", "/aaa/bbb"), ("", "Prefix", "/")],
        &[("h", "/aaa/bbb/x", Some(1)), ("h", "/aaa/bbbx", Some(0)), ("h", "/x", Some(2))],
    );
    check(
        &[("", "Prefix", "/a/b"), ("", "Prefix", "/a/b/c/d/e")],
        &[
            ("h", "/a/b/c/d", Some(0)),
            ("h", "/a/b/c/d/e", Some(1)),
            ("h", "/a/b/c/d/ef", Some(0)),
            ("h", "/a/c", None),
        ],
    );
}

#[test]
fn exact_goes_before_prefix() {
    check(
        &[("", "Exact", "/foo")],
        &[("h", "/foo", Some(0)), ("h", "/foo/", None), ("h", "/foo/x", None), ("h", "/bar", None)],
    );
    // As in nginx, which sends the client to the slash.
    check(&[("", "Exact", "/foo/")], &[("h", "/foo", Some(0)), ("h", "/foo/", Some(0)), ("h", "/fo", None)]);
    check(
        &[("", "Prefix", "/foo"), ("", "Exact", "/foo")],
        &[("h", "/foo", Some(1)), ("h", "/foo/", Some(0)), ("h", "/foo/x", Some(0))],
    );
    check(&[("", "Prefix", "/"), ("", "Exact", "/")], &[("h", "/", Some(1)), ("h", "/x", Some(0))]);
    check(
        &[("", "Exact", "/foo/bar"), ("", "Prefix", "/foo")],
        &[("h", "/foo/bar", Some(0)), ("h", "/foo/bar/", Some(1)), ("h", "/foo/ba", Some(1))],
    );
}

#[test]
fn implementation_specific_goes_by_bytes_and_after_prefix() {
    check(
        &[("", "ImplementationSpecific", "/foo")],
        &[("h", "/foo", Some(0)), ("h", "/foobar", Some(0)), ("h", "/foo/x", Some(0)), ("h", "/fo", None)],
    );
    check(
        &[("", "ImplementationSpecific", "/foo"), ("", "Prefix", "/foo")],
        &[("h", "/foo", Some(1)), ("h", "/foo/x", Some(1)), ("h", "/foobar", Some(0))],
    );
    check(
        &[("", "ImplementationSpecific", "/foo/")],
        &[("h", "/foo", Some(0)), ("h", "/foo/", Some(0)), ("h", "/foo/x", Some(0)), ("h", "/foox", None)],
    );
    check(&[("", "ImplementationSpecific", "")], &[("h", "/", Some(0)), ("h", "/x", Some(0))]);
    check(
        &[("", "ImplementationSpecific", "/fo"), ("", "Prefix", "/foo")],
        &[("h", "/foox", Some(0)), ("h", "/foo/x", Some(1))],
    );
}

#[test]
fn the_most_specific_host_owns_the_request() {
    let rules = [
        ("a.example", "Prefix", "/x"),
        ("*.example", "Prefix", "/"),
        ("", "Prefix", "/y"),
        ("*.a.example", "Prefix", "/"),
    ];
    check(
        &rules,
        &[
            ("a.example", "/x", Some(0)),
            ("a.example", "/y", None),
            ("b.example", "/x", Some(1)),
            ("b.example", "/y", Some(1)),
            ("b.a.example", "/", Some(3)),
            ("c.b.example", "/", None),
            ("c.b.example", "/y", Some(2)),
            ("c.b.a.example", "/y", Some(2)),
            ("example", "/y", Some(2)),
            ("example", "/", None),
            (".example", "/", None),
            ("", "/y", Some(2)),
            ("other", "/y/z", Some(2)),
            ("aa.example.", "/", None),
        ],
    );
    check(&[("A.Example", "Prefix", "/")], &[("a.example", "/", Some(0)), ("b.example", "/", None)]);
    check(&[("*.Example", "Prefix", "/")], &[("a.example", "/", Some(0)), ("example", "/", None)]);
}

#[test]
fn paths_are_normalised_like_requests() {
    check(&[("", "Prefix", "/a//b/")], &[("h", "/a/b", Some(0)), ("h", "/a/b/c", Some(0))]);
    check(&[("", "Exact", "/%7euser")], &[("h", "/~user", Some(0))]);
    check(&[("", "Prefix", "/x/../y")], &[("h", "/y", Some(0)), ("h", "/x", None)]);
    check(&[("", "Prefix", "/caf\u{e9}")], &[("h", "/caf%C3%A9/menu", Some(0))]);
}

#[test]
fn the_oldest_wins_and_the_loser_is_named() {
    let same = rule("h", "Prefix", "/a", "one");
    let slash = rule("h", "Prefix", "/a/", "two");
    let world = World::default().service("one", 1).service("two", 1);
    for (old, young, expected) in [
        (Some("2026-01-01T00:00:00Z"), Some("2026-01-02T00:00:00Z"), "one"),
        (Some("2026-01-02T00:00:00Z"), Some("2026-01-01T00:00:00Z"), "two"),
        (None, Some("2026-01-01T00:00:00Z"), "two"),
        (None, None, "two"),
    ] {
        // By name `a` comes first, so that only ages make `b` win.
        let world = world.clone().ingress_with("b", &same, &json!({}), old).ingress_with(
            "a",
            &slash,
            &json!({}),
            young,
        );
        let (table, rejections) = world.table();
        assert_eq!(taken(&table, "h", "/a").as_deref(), Some(expected), "{old:?} {young:?}");
        let [rejection] = rejections.as_slice() else { panic!("one loser: {rejections:?}") };
        let loser = if expected == "one" { "a" } else { "b" };
        assert_eq!(
            (rejection.name.as_str(), rejection.field.as_str()),
            (loser, "spec.rules[0].http.paths[0]")
        );
        assert!(rejection.message.contains("already belongs to Ingress shop/"), "{rejection}");
    }
}

#[test]
fn a_default_backend_takes_what_no_path_takes() {
    let spec = |host: &str, service: &str, default: &str| {
        let mut spec = rule(host, "Prefix", "/x", service);
        spec["defaultBackend"] = backend(default);
        spec
    };
    let mut world = World::default();
    for name in ["one", "own", "every", "plain"] {
        world = world.service(name, 1);
    }
    let table = world
        .ingress("a", &spec("a.example", "one", "own"))
        .ingress("b", &rule("b.example", "Prefix", "/x", "plain"))
        .ingress("c", &json!({ "defaultBackend": backend("every") }))
        .clean();
    for (host, path, expected) in [
        ("a.example", "/x", "one"),
        ("a.example", "/y", "own"),
        ("b.example", "/x", "plain"),
        ("b.example", "/y", "every"),
        ("c.example", "/", "every"),
        ("", "/", "every"),
    ] {
        assert_eq!(taken(&table, host, path).as_deref(), Some(expected), "{host}{path}");
    }
    let ids: Vec<&str> = table.routes().iter().map(|route| &*route.id).collect();
    assert_eq!(ids, ["shop/a/a.example/x", "shop/a/a.example", "shop/b/b.example/x", "shop/c/*"]);
}

#[test]
fn ids_tell_every_route_apart() {
    let table = table(&[
        ("", "Prefix", "/"),
        ("h", "Exact", "/a"),
        ("h", "Prefix", "/a"),
        ("*.h", "ImplementationSpecific", "/b"),
    ]);
    let ids: Vec<&str> = table.routes().iter().map(|route| &*route.id).collect();
    assert_eq!(ids, ["shop/r0/*/", "shop/r1/h=/a", "shop/r2/h/a", "shop/r3/*.h/b"]);
    assert!(table.routes().iter().enumerate().all(|(index, route)| route.index == index));
}

#[test]
fn of_two_paths_that_lack_the_same_slash_the_exact_one_is_taken() {
    let table = table(&[("h", "ImplementationSpecific", "/a/"), ("h", "Exact", "/a/")]);
    assert_eq!(taken(&table, "h", "/a").as_deref(), Some("r1"));
}

fn some_path() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "ab", "abc", "c"]);
    (prop::collection::vec(segment, 0..5), prop::bool::ANY).prop_map(|(segments, slash)| {
        let path = if segments.is_empty() { String::new() } else { format!("/{}", segments.join("/")) };
        if slash || path.is_empty() { format!("{path}/") } else { path }
    })
}

proptest! {
    /// The model scans every route: the most specific host that is known at all, the longest path, then the path type, then the age. A path that
    /// lacks nothing but the slash is taken by the route with it, if no route has that very path.
    #[test]
    fn lookup_agrees_with_a_plain_scan(
        rules in prop::collection::vec((
            prop::sample::select(vec!["", "h", "x.h", "*.h", "*.x.h"]),
            prop::sample::select(vec!["Exact", "Prefix", "ImplementationSpecific"]),
            some_path(),
        ), 0..24),
        requests in prop::collection::vec((prop::sample::select(vec!["h", "x.h", "y.h", "z.x.h", "q", ""]), some_path()), 20),
    ) {
        let rules: Vec<(&str, &str, &str)> = rules.iter().map(|(host, kind, path)| (*host, *kind, path.as_str())).collect();
        let table = table(&rules);
        for (host, path) in &requests {
            let specificity = |known: &str| (!known.starts_with('*'), known.len());
            let owner = table.routes().iter().map(|route| &route.matches).filter(|m| m.takes_host(host))
                .map(|m| &*m.host).max_by_key(|known| specificity(known));
            let lacks = |route: &Route| route.matches.path.strip_suffix('/') == Some(path);
            let taken = || table.routes().iter().filter(|route| Some(&*route.matches.host) == owner && route.takes_path(path));
            let named = taken().any(|route| *route.matches.path == **path);
            let expected = taken()
                .filter(|route| !named || !lacks(route))
                .max_by_key(|route| (lacks(route), route.matches.path.len(), std::cmp::Reverse(route.matches.kind), std::cmp::Reverse(route.index)));
            prop_assert_eq!(table.find(&get(host, path)).map(|r| &*r.id), expected.map(|r| &*r.id), "{}{}", host, path);
        }
    }
}

#[test]
fn ten_thousand_ingresses_compile() {
    let mut world = World::default();
    for index in 0..10_000 {
        let name = format!("s{index}");
        let host = format!("h{index}.example");
        world = world.service(&name, 2).ingress(&name, &rule(&host, "Prefix", "/", &name));
    }
    let table = world.clean();
    assert_eq!(table.routes().len(), 10_000);
    let again = world.over(Some(&table)).0;
    assert_eq!(again.generation(), 2);
    assert_eq!(taken(&again, "h9999.example", "/x").as_deref(), Some("s9999"));
}

#[test]
fn the_order_of_the_objects_does_not_matter() {
    let mut world = World::default();
    for index in 0..20 {
        let name = format!("s{index}");
        let spec: Value = rule("h", "Prefix", &format!("/{}", index % 7), &name);
        world = world.service(&name, index % 3).ingress(&name, &spec);
    }
    let (one, rejections) = world.table();
    world.objects.ingresses.reverse();
    world.objects.services.reverse();
    world.objects.endpoint_slices.reverse();
    let (other, same_rejections) = world.table();
    assert_eq!(one.routes(), other.routes());
    assert_eq!(rejections, same_rejections);
    assert!(rejections.len() > 13, "both conflicts and missing endpoints: {rejections:?}");
}
