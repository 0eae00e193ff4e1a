//! `upstream-hash-by`, `load-balance`, `service-upstream`: which endpoint of a Service gets a request.

use std::collections::BTreeSet;

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Client, get};
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

fn objects(annotations: &[(&str, &str)], services: &[Service]) -> String {
    file(&[ingress("web", ("/", "Prefix"), "web", annotations)], services)
}

/// Who answers: the first line of an echo.
fn who(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn requests_that_say_the_same_go_to_the_same_endpoint() {
    let (a, b, c) = (Upstream::echo("a").await, Upstream::echo("b").await, Upstream::echo("c").await);
    let all = [a.address, b.address, c.address];
    for (key, header, path) in [
        ("$http_x_user", "x-user", "/"),
        ("$arg_user-$request_method", "x-none", "/?user="),
        ("$request_uri", "x-none", "/"),
        ("$cookie_user", "cookie", "/"),
    ] {
        let annotations = [("upstream-hash-by", key)];
        let proxy = Proxy::start(&objects(&annotations, &[Service::new("web", &all)]), &[]).await;
        let mut client = Client::connect(proxy.http()).await;
        let mut found = BTreeSet::new();
        // So many that an endpoint without any would be a fault and no chance: 3 (2/3)^60.
        for user in 0..60 {
            let (value, path) = (format!("user={user}"), format!("{path}{user}"));
            let mut same = BTreeSet::new();
            for _ in 0..3 {
                let text = client.get(&path, &[("Host", "h"), (header, &value)]).await.text();
                same.insert(who(&text));
            }
            let header: &'static str = header;
            let uri = format!("http://h{path}");
            same.insert(who(&http2::answer(&proxy, ("GET", &uri), &[(header, &value)], "").await.2));
            assert_eq!(same.len(), 1, "{key}: {user} went to {same:?}");
            found.extend(same);
        }
        assert_eq!(found.len(), 3, "{key}: all of them have a part");
    }
}

#[tokio::test]
async fn what_says_nothing_is_balanced_and_an_endpoint_that_is_gone_is_replaced() {
    let (a, b) = (Upstream::echo("a").await, Upstream::echo("b").await);
    let gone = Upstream::nowhere();
    let services = [Service::new("web", &[a.address, b.address, gone])];
    let proxy = Proxy::start(&objects(&[("upstream-hash-by", "$http_x_user")], &services), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    let mut found = BTreeSet::new();
    for user in 0..60 {
        let user = user.to_string();
        let reply = client.get("/", &[("Host", "h"), ("X-User", &user)]).await;
        assert_eq!(reply.status, 200);
        let reply = client.get("/", &[("Host", "h")]).await;
        assert_eq!(reply.status, 200);
        found.insert(who(&reply.text()));
    }
    assert_eq!(found.len(), 2);
}

#[tokio::test]
async fn an_endpoint_that_comes_takes_its_part_only() {
    let (a, b, c) = (Upstream::echo("a").await, Upstream::echo("b").await, Upstream::echo("c").await);
    let text = |all: &[_]| objects(&[("upstream-hash-by", "$arg_u")], &[Service::new("web", all)]);
    let proxy = Proxy::start(&text(&[a.address, b.address]), &[]).await;
    let ask = async || {
        let mut client = Client::connect(proxy.http()).await;
        let mut all = Vec::new();
        for user in 0..50 {
            all.push(who(&client.get(&format!("/?u={user}"), &[("Host", "h")]).await.text()));
        }
        all
    };
    let before = ask().await;
    proxy.apply(&text(&[a.address, b.address, c.address])).await;
    let after = ask().await;
    let moved: Vec<_> = before.iter().zip(&after).filter(|(before, after)| before != after).collect();
    assert!(!moved.is_empty() && moved.iter().all(|(_, after)| *after == "c"), "{moved:?}");
}

#[tokio::test]
async fn a_service_is_asked_at_its_own_address() {
    let (own, endpoint) = (Upstream::echo("own").await, Upstream::echo("endpoint").await);
    let plain = objects(&[("service-upstream", "true")], &[Service::new("web", &[endpoint.address])]);
    let port = own.address.port();
    let with_address = plain.replace(
        "spec:\n  ports: [{name: http, port: 80",
        &format!("spec:\n  clusterIP: 127.0.0.1\n  ports: [{{name: http, port: {port}"),
    );
    assert_ne!(plain, with_address);
    let headers = [("Host", "h")];
    let proxy = Proxy::start(&with_address, &[]).await;
    assert_eq!(who(&get(proxy.http(), "/", &headers).await.text()), "own");
    assert_eq!(who(&http2::answer(&proxy, ("GET", "http://h/"), &[], "").await.2), "own");
    // One without an address has only its endpoints.
    proxy.apply(&with_address.replace("127.0.0.1\n  ports", "None\n  ports")).await;
    assert_eq!(who(&get(proxy.http(), "/", &headers).await.text()), "endpoint");
    let problems = proxy.admin("/debug/problems").await.text();
    assert!(problems.contains("service-upstream needs an address of the Service's own"), "{problems}");
    proxy.apply(&with_address.replace("\"true\"", "\"false\"").replace("'true'", "'false'")).await;
    assert_eq!(who(&get(proxy.http(), "/", &headers).await.text()), "endpoint");
    // Where nobody is ready, nobody is at that address either.
    let none = objects(&[("service-upstream", "true")], &[Service::new("web", &[])]);
    proxy.apply(&none.replace("spec:\n  ports", "spec:\n  clusterIP: 127.0.0.1\n  ports")).await;
    assert_eq!(get(proxy.http(), "/", &headers).await.status, 503);
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_left_out() {
    let web = Upstream::echo("web").await;
    for (name, value, said) in [
        ("upstream-hash-by", "$server_port", Some("is not supported: the variables are")),
        ("upstream-hash-by", "$", Some("is not supported: the variables are")),
        ("upstream-hash-by-subset", "true", Some("not supported yet")),
        ("load-balance", "ip_hash", Some("is neither round_robin nor ewma")),
        ("service-upstream", "yes", Some("is neither true nor false")),
        ("load-balance", "ewma", None),
        ("load-balance", "round_robin", None),
    ] {
        let annotations = [(name, value)];
        let proxy = Proxy::start(&objects(&annotations, &[Service::new("web", &[web.address])]), &[]).await;
        assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.status, 200);
        let problems = proxy.admin("/debug/problems").await.text();
        match said {
            Some(said) => assert!(problems.contains(said), "{name}: {value}: {problems}"),
            None => assert!(!problems.contains(name), "{name}: {value}: {problems}"),
        }
    }
}
