//! What nginx's annotations make of a request on its way: redirects, another path, another Host.

use std::fmt::Write as _;

use crate::http2;
use crate::support::client::{Client, get, request};
use crate::support::manifest::{NAMESPACE, Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

/// An Ingress of host `h` with annotations of nginx.
pub(crate) fn ingress(
    name: &str,
    (path, kind): (&str, &str),
    service: &str,
    annotations: &[(&str, &str)],
) -> String {
    let mut text = format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\n  namespace: {NAMESPACE}\n  annotations:\n    x.example/any: \"\"\n"
    );
    for (name, value) in annotations {
        let _ = writeln!(text, "    nginx.ingress.kubernetes.io/{name}: '{value}'");
    }
    let _ = writeln!(
        text,
        "spec:\n  rules: [{{host: h, http: {{paths: [{{path: '{path}', pathType: {kind}, backend: {{service: {{name: {service}, port: {{name: http}}}}}}}}]}}}}]\n---"
    );
    text
}

#[tokio::test]
async fn a_redirect_is_answered_and_counted_and_the_connection_stays() {
    let web = Upstream::echo("web").await;
    let rules = ingress("web", ("/", "Prefix"), "web", &[("permanent-redirect", "https://new.example/x")]);
    let proxy = Proxy::start(&file(&[rules], &[Service::new("web", &[web.address])]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for (method, body) in [("GET", ""), ("POST", "abc"), ("HEAD", ""), ("GET", "")] {
        client.send(request(method, "/y", &[("Host", "h")], body)).await;
        let reply = client.reply_to(method).await.unwrap();
        assert_eq!((reply.status, reply.header("location")), (301, Some("https://new.example/x")));
        assert!(reply.complete, "{method}");
        assert!(method == "HEAD" || reply.text() == "301 Moved Permanently: go to https://new.example/x\n");
    }
    assert_eq!(web.requests(), 0);
    assert_eq!(proxy.metric("weir_requests_redirected_total{reason=\"elsewhere\"}").await, 4);
    assert_eq!(proxy.metric("weir_requests_refused_total{reason=\"no_route\"}").await, 0);
}

#[tokio::test]
async fn a_redirect_is_answered_over_http2_too() {
    let web = Upstream::echo("web").await;
    let rules = ingress("web", ("/x/", "Prefix"), "web", &[]);
    let proxy = Proxy::start(&file(&[rules], &[Service::new("web", &[web.address])]), &[]).await;
    let (status, location) = http2::status_and_location(&proxy, "http://h/x?y=1").await;
    assert_eq!((status, location.as_deref()), (301, Some("http://h/x/?y=1")));
    assert_eq!(proxy.metric("weir_requests_redirected_total{reason=\"slash\"}").await, 1);
}

#[tokio::test]
async fn a_forwarded_scheme_counts_only_from_those_who_are_trusted() {
    let web = Upstream::echo("web").await;
    let rules = [ingress("web", ("/", "Prefix"), "web", &[("force-ssl-redirect", "true")])];
    let objects = file(&rules, &[Service::new("web", &[web.address])]);
    let headers = [("Host", "h:8080"), ("X-Forwarded-Proto", "https")];
    let proxy = Proxy::start(&objects, &[]).await;
    let reply = get(proxy.http(), "/a", &headers).await;
    assert_eq!((reply.status, reply.header("location")), (308, Some("https://h/a")));
    let trusting = Proxy::start(&objects, &["--trust-forwarded", "127.0.0.0/8"]).await;
    assert_eq!(get(trusting.http(), "/a", &headers).await.status, 200);
    let headers = [("Host", "h:8080"), ("X-Forwarded-Host", "front.example, other")];
    let reply = get(trusting.http(), "/a", &headers).await;
    assert_eq!(reply.header("location"), Some("https://front.example/a"));
}

#[tokio::test]
async fn the_upstream_gets_the_host_and_prefix_that_were_asked_for() {
    for h2c in [false, true] {
        let web = if h2c { Upstream::echo_h2("web").await } else { Upstream::echo("web").await };
        let annotations =
            [("upstream-vhost", "api.internal:81"), ("rewrite-target", "/$2"), ("x-forwarded-prefix", "/$1")];
        let rules = ingress("web", ("/(api|web)/(.*)", "ImplementationSpecific"), "web", &annotations);
        let service = Service::new("web", &[web.address]);
        let service = if h2c { service.h2c() } else { service };
        let proxy = Proxy::start(&file(&[rules], &[service]), &[]).await;
        let headers = [("Host", "h:8080"), ("X-Forwarded-Prefix", "/forged"), ("X-Other", "1")];
        let text = get(proxy.http(), "/API/users?x=1", &headers).await.text();
        let all: Vec<&str> = text.lines().filter(|line| line.starts_with("x-forwarded-prefix")).collect();
        assert_eq!(all, ["x-forwarded-prefix: /API"], "{text}");
        assert!(text.contains("x-forwarded-host: h:8080\n") && text.contains("x-other: 1\n"), "{text}");
        let (target, host) = if h2c {
            ("GET http://api.internal:81/users?x=1", "")
        } else {
            ("GET /users?x=1", "\nhost: api.internal:81\n")
        };
        assert!(text.contains(target) && text.contains(host), "{text}");
    }
}

#[tokio::test]
async fn a_prefix_header_passes_where_no_rewrite_sets_one() {
    let web = Upstream::echo("web").await;
    let rules = ingress("web", ("/", "Prefix"), "web", &[("x-forwarded-prefix", "/mine")]);
    let proxy = Proxy::start(&file(&[rules], &[Service::new("web", &[web.address])]), &[]).await;
    let text = get(proxy.http(), "/", &[("Host", "h"), ("X-Forwarded-Prefix", "/theirs")]).await.text();
    assert!(text.contains("x-forwarded-prefix: /theirs\n"), "{text}");
    let problems = proxy.admin("/debug/problems").await.text();
    assert!(problems.contains("beside a rewrite-target only"), "{problems}");
}

#[tokio::test]
async fn a_host_that_is_none_is_said_and_left_out() {
    let web = Upstream::echo("web").await;
    let rules = ingress("web", ("/", "Prefix"), "web", &[("upstream-vhost", "a b")]);
    let proxy = Proxy::start(&file(&[rules], &[Service::new("web", &[web.address])]), &[]).await;
    let text = get(proxy.http(), "/", &[("Host", "h")]).await.text();
    assert!(text.contains("host: h\n"), "{text}");
    assert!(proxy.admin("/debug/problems").await.text().contains("is not a host, such as"));
}

#[tokio::test]
async fn explain_shows_redirect_rewrite_and_canary_rule() {
    let (a, b) = (Upstream::echo("a").await, Upstream::echo("b").await);
    let canary = [("canary", "true"), ("canary-weight", "5"), ("canary-by-header", "X-Canary")];
    let path = ("/api/(.*)", "ImplementationSpecific");
    let rules = [
        ingress("main", path, "a", &[("rewrite-target", "/$1"), ("force-ssl-redirect", "true")]),
        ingress("canary", path, "b", &canary),
    ];
    let services = [Service::new("a", &[a.address]), Service::new("b", &[b.address])];
    let proxy = Proxy::start(&file(&rules, &services), &[]).await;
    let explained = async |query: &str| -> serde_json::Value {
        serde_json::from_slice(&proxy.admin(&format!("/debug/routes?{query}")).await.body).unwrap()
    };
    let json = explained("host=h&path=/api/x").await;
    assert_eq!(json["redirect"]["location"], "https://h/api/x");
    assert_eq!(json["redirect"]["reason"], "https");
    let json = explained("host=h&path=/api/x&scheme=https&header=X-Canary:always").await;
    assert_eq!((&json["upstreamPath"], &json["choice"]["by"]), (&"/x".into(), &"header".into()), "{json}");
    let rule = &json["candidates"][0]["route"]["canaryIngress"];
    assert_eq!(rule["ingress"], "shop/canary");
    assert_eq!((&rule["header"], &rule["weight"]), (&"x-canary: always or never".into(), &"5 of 100".into()));
}

#[tokio::test]
async fn a_path_says_what_its_upstream_speaks() {
    let (web, grpc) = (Upstream::echo("web").await, Upstream::echo_h2("grpc").await);
    let rules = [
        ingress("plain", ("/plain", "Prefix"), "web", &[("backend-protocol", "http")]),
        ingress("grpc", ("/grpc", "Prefix"), "grpc", &[("backend-protocol", "GRPC")]),
        ingress("odd", ("/odd", "Prefix"), "web", &[("backend-protocol", "SPDY")]),
    ];
    // The annotation goes before what the port says.
    let services = [Service::new("web", &[web.address]).h2c(), Service::new("grpc", &[grpc.address])];
    let proxy = Proxy::start(&file(&rules, &services), &[]).await;
    for path in ["/plain", "/grpc"] {
        let reply = get(proxy.http(), path, &[("Host", "h")]).await;
        assert_eq!((reply.status, &reply.text()[..4] != "no b"), (200, true), "{path}");
        assert_eq!(
            http2::answer(&proxy, ("GET", &format!("http://h{path}")), &[], "").await.0,
            200,
            "{path}"
        );
    }
    assert_eq!(get(proxy.http(), "/odd", &[("Host", "h")]).await.status, 502);
    assert!(proxy.admin("/debug/problems").await.text().contains("is not a protocol: write HTTP, HTTPS"));
}

#[tokio::test]
async fn a_canary_is_spoken_to_as_its_main_ingress_says() {
    let (a, b) = (Upstream::echo_h2("a").await, Upstream::echo_h2("b").await);
    let canary = [("canary", "true"), ("canary-weight", "100"), ("backend-protocol", "HTTPS")];
    let rules = [
        ingress("main", ("/", "Prefix"), "a", &[("backend-protocol", "GRPC")]),
        ingress("canary", ("/", "Prefix"), "b", &canary),
    ];
    let services = [Service::new("a", &[a.address]), Service::new("b", &[b.address])];
    let proxy = Proxy::start(&file(&rules, &services), &[]).await;
    let reply = get(proxy.http(), "/", &[("Host", "h")]).await;
    assert!(reply.status == 200 && reply.text().starts_with("b\n"), "{}", reply.text());
}

#[tokio::test]
async fn what_was_meant_to_be_encrypted_is_not_sent_in_clear_text() {
    let web = Upstream::echo("web").await;
    for protocol in ["AUTO_HTTP", "FCGI"] {
        let rules = [ingress("web", ("/", "Prefix"), "web", &[("backend-protocol", protocol)])];
        let proxy = Proxy::start(&file(&rules, &[Service::new("web", &[web.address])]), &[]).await;
        assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.status, 503, "{protocol}");
        let problems = proxy.admin("/debug/problems").await.text();
        assert!(problems.contains(&format!("{protocol}: ")), "{problems}");
    }
    assert_eq!(web.requests(), 0);
}
