//! Objects to routes: endpoints, splits, faults and what stays in force.

use serde_json::{Value, json};
use weir_api::Track;
use weir_routing::compile::Classes;
use weir_routing::{Options, Protocol, Rejection, Route, Severity, Split, Table, compile};

use crate::objects::{NAMESPACE, World, backend, get, rule, simple};

fn route<'t>(table: &'t Table, path: &str) -> &'t Route {
    table.find(&get("h", path)).expect("a route")
}

fn ports(table: &Table, path: &str) -> Vec<String> {
    route(table, path).split.stable().endpoints.iter().map(ToString::to_string).collect()
}

fn one(rejections: &[Rejection]) -> (Severity, String) {
    let [rejection] = rejections else { panic!("one rejection expected: {rejections:#?}") };
    (rejection.severity, rejection.to_string())
}

#[test]
fn the_port_is_found_by_name_or_number_and_endpoints_by_its_name() {
    let mut world = World::default();
    world.objects.services.push(
        serde_json::from_value(json!({
            "metadata": { "name": "api", "namespace": NAMESPACE },
            "spec": { "ports": [
                { "name": "http", "port": 80, "targetPort": 3000 },
                { "name": "grpc", "port": 90, "targetPort": "rpc", "appProtocol": "kubernetes.io/h2c" },
            ] },
        }))
        .unwrap(),
    );
    let slice = |addresses: Value, kind: &str| {
        json!({
            "addressType": kind,
            "metadata": { "name": kind, "namespace": NAMESPACE, "labels": { "kubernetes.io/service-name": "api" } },
            "ports": [{ "name": "http", "port": 3000 }, { "name": "grpc", "port": 4000 }],
            "endpoints": addresses,
        })
    };
    let by_name = json!({ "rules": [{ "http": { "paths": [
        { "pathType": "Prefix", "path": "/", "backend": backend("api") },
        { "pathType": "Prefix", "path": "/rpc", "backend": { "service": { "name": "api", "port": { "name": "grpc" } } } },
    ] } }] });
    let table = world
        .slice(slice(
            json!([{ "addresses": ["10.0.0.2", "10.9.9.9"] }, { "addresses": ["10.0.0.1"] }]),
            "IPv4",
        ))
        .slice(slice(json!([{ "addresses": ["fd00::1"] }, { "addresses": ["fd00::1"] }]), "IPv6"))
        .ingress("web", &by_name)
        .clean();
    assert_eq!(
        ports(&table, "/"),
        ["10.0.0.1:3000", "10.0.0.2:3000", "[fd00::1]:3000"],
        "sorted, each once, one address a pod"
    );
    assert_eq!(ports(&table, "/rpc"), ["10.0.0.1:4000", "10.0.0.2:4000", "[fd00::1]:4000"]);
    assert_eq!(route(&table, "/").split.stable().protocol, Protocol::Http1);
    assert_eq!(route(&table, "/rpc").split.stable().protocol, Protocol::Http2);
}

#[test]
fn only_ready_endpoints_serve_and_terminating_ones_where_there_are_no_others() {
    let conditions = |ready: Value, serving: Value, terminating: Value| json!({ "ready": ready, "serving": serving, "terminating": terminating });
    let (yes, no, unknown) = (json!(true), json!(false), Value::Null);
    for (endpoints, expected) in [
        (
            vec![
                conditions(yes.clone(), yes.clone(), no.clone()),
                conditions(no.clone(), no.clone(), no.clone()),
            ],
            &["10.0.0.1:8080"][..],
        ),
        (vec![conditions(unknown.clone(), unknown.clone(), unknown.clone())], &["10.0.0.1:8080"]),
        (
            vec![
                conditions(no.clone(), yes.clone(), yes.clone()),
                conditions(yes.clone(), yes.clone(), no.clone()),
            ],
            &["10.0.0.2:8080"],
        ),
        (
            vec![
                conditions(no.clone(), yes.clone(), yes.clone()),
                conditions(no.clone(), no.clone(), yes.clone()),
            ],
            &["10.0.0.1:8080"],
        ),
        (vec![conditions(no.clone(), yes.clone(), no.clone())], &[]),
    ] {
        let endpoints: Vec<Value> = endpoints
            .into_iter()
            .enumerate()
            .map(|(index, conditions)| json!({ "addresses": [format!("10.0.0.{}", index + 1)], "conditions": conditions }))
            .collect();
        let world = World::default().service("api", 0).ingress("web", &simple("/", "api")).slice(json!({
            "addressType": "IPv4",
            "metadata": { "name": "two", "namespace": NAMESPACE, "labels": { "kubernetes.io/service-name": "api" } },
            "ports": [{ "name": "http", "port": 8080 }], "endpoints": endpoints,
        }));
        assert_eq!(ports(&world.table().0, "/"), expected, "{endpoints:?}");
    }
}

#[test]
fn a_service_that_is_not_there_or_has_no_endpoints_is_named_and_the_others_go_on() {
    let world = World::default()
        .service("api", 1)
        .service("empty", 0)
        .ingress("good", &simple("/good", "api"))
        .ingress("none", &simple("/none", "nowhere"))
        .ingress("unready", &simple("/empty", "empty"));
    let (table, rejections) = world.table();
    let said: Vec<String> = rejections.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "Ingress shop/none: spec.rules[0].http.paths[0].backend.service.name: there is no Service shop/nowhere; its requests are answered 503",
            "Ingress shop/unready: spec.rules[0].http.paths[0].backend.service.name: Service shop/empty has no endpoints; its requests are answered 503",
        ]
    );
    assert_eq!(
        rejections.iter().map(|r| r.severity).collect::<Vec<_>>(),
        [Severity::Error, Severity::Warning]
    );
    assert!(route(&table, "/good").split.stable().is_ready());
    for path in ["/none", "/empty"] {
        let backend = route(&table, path).split.stable();
        assert!(!backend.is_ready() && backend.problem.is_some(), "{path}");
    }
    assert_eq!(world.over(Some(&table)).1, rejections, "and said again as long as it is so");
}

/// Ingresses that are wrong in one field each: the field under the rule and its new value, the field that is named, and words that say why.
fn faults() -> Vec<(Value, String, &'static str)> {
    let (path, backend) = ("/http/paths/0", "/http/paths/0/backend");
    let no_port = "has no port 81; it has \"http\" (80)";
    [
        ("/host", json!("a b"), "host", "not a host"),
        ("/host", json!("h:80"), "host", "leave the port out"),
        ("/host", json!("a.*.b"), "host", "whole first label"),
        ("/host", json!("*"), "host", "leave the host out"),
        (&format!("{path}/pathType"), json!("prefix"), "pathType", "did you mean Prefix?"),
        (&format!("{path}/path"), json!("a"), "path", "starts with a slash"),
        (&format!("{path}/path"), json!("/a?b"), "path", "leave the query out"),
        (&format!("{path}/path"), json!("/%zz"), "path", "percent sign"),
        (path, json!({ "pathType": "Exact", "backend": {} }), "path", "Exact path is needed"),
        (backend, json!({}), "backend.service", "no Service is named"),
        (backend, json!({ "resource": { "kind": "B", "name": "b" } }), "backend.resource", "name a Service"),
        (&format!("{backend}/service/name"), json!(""), "backend.service.name", "empty"),
        (&format!("{backend}/service/port"), json!({}), "backend.service.port", "no port is given"),
        (
            &format!("{backend}/service/port"),
            json!({ "name": "a", "number": 1 }),
            "backend.service.port",
            "not both",
        ),
        (&format!("{backend}/service/port"), json!({ "number": 81 }), "backend.service.port", no_port),
    ]
    .into_iter()
    .map(|(pointer, value, field, words)| {
        let mut spec = rule("h", "Prefix", "/a", "api");
        *spec["rules"][0].pointer_mut(pointer).expect("a field of the rule") = value;
        let under = if field == "host" { "" } else { "http.paths[0]." };
        (spec, format!("spec.rules[0].{under}{field}"), words)
    })
    .collect()
}

#[test]
fn a_bad_field_is_named_keeps_its_last_good_route_and_stops_nobody() {
    let world = World::default().service("api", 1).ingress("other", &simple("/other", "api"));
    let before = world.clone().ingress("web", &rule("h", "Prefix", "/a", "api")).clean();
    for (spec, field, words) in faults() {
        let broken = world.clone().ingress("web", &spec);
        let (table, rejections) = broken.over(Some(&before));
        let [rejection] = rejections.as_slice() else { panic!("{field}: {rejections:#?}") };
        assert_eq!(
            (rejection.kind.as_str(), rejection.name.as_str(), rejection.field.as_str()),
            ("Ingress", "web", field.as_str())
        );
        assert!(rejection.message.contains(words), "{rejection}");
        assert!(
            rejection
                .kept
                .as_ref()
                .is_some_and(|kept| kept.contains("as it was") || kept.contains("last good")),
            "{rejection}"
        );
        assert_eq!(&*route(&table, "/a").id, "shop/web/h/a", "{field}: the last good route");
        assert!(route(&table, "/a").split.stable().is_ready(), "{field}");
        let (third, _) = broken.over(Some(&table));
        assert_eq!(&*route(&third, "/a").id, "shop/web/h/a", "{field}: and the next time");
        let (fresh, _) = broken.table();
        assert!(fresh.find(&get("x", "/other")).is_some(), "{field}: others go on");
        assert!(
            fresh.find(&get("h", "/a")).is_none_or(|route| !route.split.stable().is_ready()),
            "{field}: nothing to keep"
        );
    }
}

#[test]
fn a_last_good_route_follows_its_endpoints_and_yields_to_a_good_one() {
    let good = rule("h", "Prefix", "/a", "api");
    let bad = rule("h", "prefix", "/a", "api");
    let before = World::default().service("api", 1).ingress("web", &good).clean();
    let (grown, _) = World::default().service("api", 3).ingress("web", &bad).over(Some(&before));
    assert_eq!(ports(&grown, "/a").len(), 3, "endpoints are never stale");
    let (taken, rejections) =
        World::default().service("api", 1).ingress("web", &bad).ingress("zoo", &good).over(Some(&before));
    assert_eq!(&*route(&taken, "/a").id, "shop/zoo/h/a");
    assert!(one(&rejections).1.contains("it has no route"));
    let (gone, rejections) = World::default().service("api", 1).over(Some(&before));
    assert_eq!((gone.routes().len(), rejections.len()), (0, 0), "what is deleted is not kept");
}

fn annotated(canary: &Value) -> World {
    World::default()
        .service_with("api", 1, canary, &json!({}))
        .service("api-canary", 1)
        .service("api-baseline", 1)
        .ingress("web", &simple("/", "api"))
}

fn weight(table: &Table, track: Track) -> String {
    match &route(table, "/").split {
        Split::Single(_) => "single".to_owned(),
        Split::Tracks(tracks) => tracks.weight(track).to_string(),
    }
}

#[test]
fn annotations_split_a_service_and_a_bad_weight_keeps_the_last_good_one() {
    let with = |weight: &str| {
        annotated(&json!({ "weir.dev/canary-service": "api-canary", "weir.dev/canary-weight": weight }))
    };
    let before = with("5").clean();
    assert_eq!(
        (weight(&before, Track::Canary), weight(&before, Track::Stable)),
        ("5 %".to_owned(), "95 %".to_owned())
    );
    let Split::Tracks(tracks) = &route(&before, "/").split else { panic!("a split") };
    assert_eq!((&*tracks.canary().service, &*tracks.canary().revision), ("shop/api-canary", "api-canary"));

    let (after, rejections) = with("5%%").over(Some(&before));
    assert_eq!(weight(&after, Track::Canary), "5 %");
    let text = "Service shop/api: metadata.annotations[\"weir.dev/canary-weight\"]: \"5%%\" is not a share: give percent from 0 to 100 with at most two \
                decimals, such as 5, 0.1 or 33.33; the last good canary, api-canary with 5 %, stays in force";
    assert_eq!(one(&rejections), (Severity::Error, text.to_owned()));
    let (third, _) = with("-1").over(Some(&after));
    assert_eq!(weight(&third, Track::Canary), "5 %", "and the next time");
    let (fresh, _) = with("5%%").table();
    assert_eq!(weight(&fresh, Track::Canary), "single");

    let (ended, rejections) = annotated(&json!({ "weir.dev/canary-weight": "5" })).over(Some(&before));
    assert_eq!(weight(&ended, Track::Canary), "single", "taking the Service away ends the split");
    assert!(one(&rejections).1.contains("a weight without weir.dev/canary-service"));
}

#[test]
fn an_unknown_annotation_is_a_warning_with_the_name_that_was_meant() {
    let (table, rejections) =
        annotated(&json!({ "weir.dev/canary-service": "api-canary", "weir.dev/canary-wieght": "5" })).table();
    assert_eq!(weight(&table, Track::Canary), "0 %");
    let text = "Service shop/api: metadata.annotations[\"weir.dev/canary-wieght\"]: unknown annotation, did you mean weir.dev/canary-weight?; \
                the Service is served without it";
    assert_eq!(one(&rejections), (Severity::Warning, text.to_owned()));
    let on_ingress = |key: &str| {
        World::default()
            .service("api", 1)
            .ingress_with("web", &simple("/", "api"), &json!({ key: "5" }), None)
            .table()
            .1
    };
    assert!(one(&on_ingress("weir.dev/canary-weight")).1.contains("belongs on the Service"));
    assert!(one(&on_ingress("weir.dev/canary-wieght")).1.contains("did you mean weir.dev/canary-weight?"));
}

#[test]
fn shares_that_do_not_fit_keep_both_last_good_ones() {
    let with = |canary: &str, baseline: &str| {
        annotated(&json!({
            "weir.dev/canary-service": "api-canary", "weir.dev/canary-weight": canary,
            "weir.dev/baseline-service": "api-baseline", "weir.dev/baseline-weight": baseline,
        }))
    };
    let before = with("60", "10").clean();
    for (canary, baseline) in [("60", "50"), ("x", "50"), ("95", "x")] {
        let (after, rejections) = with(canary, baseline).over(Some(&before));
        assert_eq!(
            (weight(&after, Track::Canary), weight(&after, Track::Baseline)),
            ("60 %".to_owned(), "10 %".to_owned()),
            "{canary} {baseline}"
        );
        assert!(!rejections.is_empty());
    }
    let (alone, rejections) = annotated(&json!({ "weir.dev/baseline-service": "api-baseline" })).table();
    assert_eq!(weight(&alone, Track::Stable), "single");
    assert!(one(&rejections).1.contains("a baseline (api-baseline) without a canary"));
}

fn status(epoch: u64, canary: f64, baseline: f64) -> Value {
    let track = |name: &str, weight: f64| json!({ "service": name, "revision": format!("{name}-1"), "weight": weight });
    json!({ "epoch": epoch, "split": {
        "epoch": epoch, "stableRevision": "stable-1",
        "canary": track("api-canary", canary), "baseline": track("api-baseline", baseline),
    } })
}

#[test]
fn a_canary_goes_before_annotations_and_brings_revisions_and_epoch() {
    let world = annotated(
        &json!({ "weir.dev/canary-service": "api-baseline", "weir.dev/canary-weight": "50", "weir.dev/canary-header": "x-track" }),
    );
    let table = world.clone().canary("release", "api", &status(3, 5.0, 5.0)).clean();
    let Split::Tracks(tracks) = &route(&table, "/").split else { panic!("a split") };
    let seen: Vec<_> =
        route(&table, "/").split.backends().map(|b| (b.track, &*b.service, &*b.revision)).collect();
    assert_eq!(
        seen,
        [
            (Track::Stable, "shop/api", "stable-1"),
            (Track::Baseline, "shop/api-baseline", "api-baseline-1"),
            (Track::Canary, "shop/api-canary", "api-canary-1"),
        ]
    );
    assert_eq!(tracks.force.header.as_deref(), Some("x-track"), "force comes from the Service");
    let release = tracks.release.as_ref().unwrap();
    assert_eq!((&*release.canary_key, release.epoch), ("shop/release", 3));
    assert_eq!(table.epochs().get("shop/release"), Some(&3));

    let done = json!({ "epoch": 9, "stable": { "image": "api:2", "revision": "stable-2" } });
    let after = World::default()
        .service("api", 1)
        .ingress("web", &simple("/", "api"))
        .canary("release", "api", &done)
        .clean();
    assert_eq!(&*route(&after, "/").split.stable().revision, "stable-2");
    assert_eq!(after.epochs().get("shop/release"), Some(&9), "an epoch without a split is served too");
}

#[test]
fn an_impossible_split_keeps_the_last_one_and_its_epoch() {
    let world = annotated(&json!({}));
    let before = world.clone().canary("release", "api", &status(3, 5.0, 5.0)).clean();
    let broken = world.canary("release", "api", &status(4, 60.0, 50.0));
    let (after, rejections) = broken.over(Some(&before));
    assert_eq!(weight(&after, Track::Canary), "5 %");
    assert_eq!(after.epochs().get("shop/release"), Some(&3), "epoch 4 is not acknowledged");
    assert_eq!(
        one(&rejections).1,
        "Canary shop/release: status.split: canary and baseline together are more than 100 %; the split of epoch 3 stays in force"
    );
    let (fresh, _) = broken.table();
    assert_eq!(
        (weight(&fresh, Track::Canary).as_str(), fresh.epochs().get("shop/release")),
        ("single", None)
    );
}

#[test]
fn one_canary_a_service_and_a_dead_one_is_named() {
    let world = World::default().service("api", 1).ingress("web", &simple("/", "api"));
    let (table, rejections) = world
        .clone()
        .canary("a", "api", &status(1, 5.0, 0.0))
        .canary("b", "api", &status(2, 50.0, 0.0))
        .table();
    assert_eq!(weight(&table, Track::Canary), "5 %");
    let said: Vec<String> = rejections.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "Canary shop/a: status.split.canary.service: there is no Service shop/api-canary; stable takes the canary's share of 5 %",
            "Canary shop/b: spec.service: Service shop/api already belongs to Canary shop/a; that Canary stays in force",
        ]
    );
}

#[test]
fn revisions_come_from_the_slices_where_no_controller_says_them() {
    let table = World::default()
        .service_with("api", 1, &json!({}), &json!({ "weir.dev/revision": "r7" }))
        .ingress("web", &simple("/", "api"))
        .clean();
    assert_eq!(&*route(&table, "/").split.stable().revision, "r7");
}

#[test]
fn classes_choose_ingresses() {
    let mut world = World::default().service("api", 1);
    for (name, class, annotation) in [
        ("none", None, None),
        ("weir", Some("weir"), None),
        ("nginx", Some("nginx"), None),
        ("old", None, Some("nginx")),
    ] {
        let mut spec = simple(&format!("/{name}"), "api");
        spec["ingressClassName"] = json!(class);
        world = world.ingress_with(
            name,
            &spec,
            &json!({ "kubernetes.io/ingress.class": annotation.unwrap_or("weir") }),
            None,
        );
        if annotation.is_none() {
            world.objects.ingresses.last_mut().unwrap().metadata.annotations = None;
        }
    }
    let served = |classes: Classes| {
        let (table, _) = compile(&world.objects, &Options { classes, ..Options::default() }, None);
        table.routes().iter().map(|route| route.matches.path.to_string()).collect::<Vec<_>>()
    };
    let named = |names: &[&str], unclassed| Classes::Named {
        names: names.iter().map(ToString::to_string).collect(),
        unclassed,
    };
    assert_eq!(served(Classes::All), ["/nginx", "/none", "/old", "/weir"]);
    assert_eq!(served(named(&["weir"], true)), ["/none", "/weir"]);
    assert_eq!(served(named(&["weir"], false)), ["/weir"]);
    assert_eq!(served(named(&["weir", "nginx"], false)), ["/nginx", "/old", "/weir"]);
}

fn nginx(kind: &str, path: &str, annotations: &[(&str, &str)]) -> World {
    let annotations: Value = annotations
        .iter()
        .map(|(key, value)| (format!("nginx.ingress.kubernetes.io/{key}"), json!(value)))
        .collect::<serde_json::Map<String, Value>>()
        .into();
    World::default().service("api", 1).ingress_with("web", &rule("h", kind, path, "api"), &annotations, None)
}

#[test]
fn what_spoils_an_ingress_of_nginx_keeps_its_last_good_routes() {
    for (kind, path, annotation, value, words) in [
        ("Prefix", "/a", "rewrite-target", "/$host", "only the groups $1 to $9"),
        ("Prefix", "/a", "rewrite-target", "x y", "is not a path"),
        ("Prefix", "/a", "permanent-redirect", "/b", "is not a URL"),
    ] {
        let before = nginx("Prefix", "/a", &[]).clean();
        let (table, rejections) = nginx(kind, path, &[(annotation, value)]).over(Some(&before));
        let [rejection] = rejections.as_slice() else { panic!("{annotation}: {rejections:?}") };
        let field = format!("metadata.annotations[\"nginx.ingress.kubernetes.io/{annotation}\"]");
        assert_eq!((rejection.field.as_str(), rejection.severity), (field.as_str(), Severity::Error));
        assert!(rejection.message.contains(words), "{rejection}");
        assert!(rejection.kept.as_ref().is_some_and(|kept| kept.contains("as it was")), "{rejection}");
        assert!(route(&table, "/a").rewrite.is_none(), "as it was");
        assert!(route(&table, "/a").split.stable().is_ready());
    }
}

#[test]
fn what_nginx_would_do_and_weir_does_not_is_said() {
    let (table, rejections) = nginx("Prefix", "/a", &[("proxy-buffering", "on")]).table();
    assert_eq!(one(&rejections).0, Severity::Warning);
    assert!(route(&table, "/a").split.stable().is_ready());
    let (table, rejections) = nginx("Prefix", "/a", &[("canary", "true"), ("canary-weight", "5")]).table();
    assert_eq!(table.routes().len(), 0, "a canary Ingress never takes the main one's place");
    assert!(one(&rejections).1.contains("no main Ingress has Prefix /a of host h"));
    let (_, rejections) = nginx("ImplementationSpecific", "/a(/|$)(.*)", &[]).table();
    assert!(one(&rejections).1.contains("it looks like a regular expression"));
}

#[test]
fn a_canary_ingress_has_its_main_ones_annotations() {
    let annotations = [("canary", "true"), ("auth-snippet", "allow all;")];
    let (_, rejections) = nginx("Prefix", "/a", &annotations).table();
    assert!(rejections.iter().any(|r| r.message.contains("those of its main one")), "{rejections:?}");
}

#[test]
fn a_protecting_annotation_refuses_the_route_and_its_last_good_one() {
    let before = nginx("Prefix", "/a", &[]).clean();
    let auth = ("auth-snippet", "allow all;");
    for annotations in [
        &[auth][..],
        &[auth, ("use-regex", "true")],
        &[auth, ("rewrite-target", "$1")],
        &[auth, ("rewrite-target", "$host")],
        &[auth, ("permanent-redirect", "https://other.example")],
        &[("modsecurity-snippet", "SecRuleEngine On")],
    ] {
        let (table, rejections) = nginx("Prefix", "/a", annotations).over(Some(&before));
        let route = route(&table, "/a");
        assert!(!route.split.stable().is_ready(), "{annotations:?} opens nothing");
        assert!(rejections.iter().any(|r| r.message.contains("protects this Ingress")), "{rejections:?}");
        assert!(
            rejections.iter().all(|r| r.kept.as_deref() == Some("its requests are answered 503")),
            "{rejections:?}"
        );
    }
}

#[test]
fn an_unknown_protocol_and_an_external_name_are_named() {
    let mut world = World::default()
        .service("api", 1)
        .service("far", 0)
        .ingress("web", &simple("/a", "api"))
        .ingress("xfar", &simple("/far", "far"));
    for service in &mut world.objects.services {
        let spec = service.spec.as_mut().unwrap();
        if service.metadata.name.as_deref() == Some("far") {
            spec.type_ = Some("ExternalName".to_owned());
        } else {
            spec.ports.as_mut().unwrap()[0].app_protocol = Some("redis".to_owned());
        }
    }
    let (table, rejections) = world.table();
    let said: Vec<String> = rejections.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "Ingress shop/xfar: spec.rules[0].http.paths[0].backend.service.name: Service shop/far is an ExternalName, and its name was not resolved yet; its requests are answered 503",
            "Service shop/api: spec.ports: appProtocol \"redis\" of port 80 is not supported; it is spoken to in HTTP/1.1",
        ]
    );
    assert!(route(&table, "/a").split.stable().is_ready());
}
