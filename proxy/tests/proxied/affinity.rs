//! Clients that stay with an endpoint by a cookie, and what a canary Ingress makes of it.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Reply, get};
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

const PATH: (&str, &str) = ("/shop", "Prefix");
const COOKIE: (&str, &str) = ("affinity", "cookie");

fn objects(endpoints: &[SocketAddr], annotations: &[(&str, &str)]) -> String {
    let annotations: Vec<_> = [COOKIE].iter().chain(annotations).copied().collect();
    file(&[ingress("web", PATH, "web", &annotations)], &[Service::new("web", endpoints)])
}

/// One request with cookies and further fields: who answered, the cookie that is set.
async fn ask(proxy: &Proxy, cookie: Option<&str>, headers: &[(&str, &str)]) -> (String, Option<String>) {
    let mut all = vec![("Host", "h")];
    all.extend_from_slice(headers);
    all.extend(cookie.map(|cookie| ("Cookie", cookie)));
    let reply: Reply = get(proxy.http(), "/shop/x", &all).await;
    assert_eq!(reply.status, 200);
    let name = reply.text().lines().next().unwrap().to_owned();
    (name, reply.header("set-cookie").map(str::to_owned))
}

/// The pair that a client sends back.
fn pair(set_cookie: &str) -> &str {
    set_cookie.split(';').next().unwrap()
}

#[tokio::test]
async fn a_client_stays_with_the_endpoint_that_it_came_to_first() {
    let (a, b, c) = (Upstream::echo("a").await, Upstream::echo("b").await, Upstream::echo("c").await);
    for mode in ["balanced", "persistent"] {
        let annotations =
            [("affinity-mode", mode), ("session-cookie-max-age", "60"), ("session-cookie-samesite", "lax")];
        let proxy = Proxy::start(&objects(&[a.address, b.address, c.address], &annotations), &[]).await;
        let mut seen = BTreeSet::new();
        for _ in 0..30 {
            let (name, cookie) = ask(&proxy, None, &[]).await;
            let cookie = cookie.unwrap();
            assert!(
                cookie.starts_with("INGRESSCOOKIE=")
                    && cookie.ends_with("; Path=/shop; Max-Age=60; SameSite=Lax; HttpOnly"),
                "{cookie}"
            );
            for _ in 0..3 {
                assert_eq!(ask(&proxy, Some(pair(&cookie)), &[]).await, (name.clone(), None));
            }
            let (status, fields, text) =
                http2::answer(&proxy, ("GET", "http://h/shop"), &[("cookie", pair(&cookie))], "").await;
            assert_eq!((status, fields.get("set-cookie")), (200, None));
            assert!(text.starts_with(&name));
            seen.insert(name);
        }
        assert_eq!(seen.len(), 3, "new clients are spread");
        let (_, fields, _) =
            http2::answer(&proxy, ("GET", "http://h/shop"), &[("cookie", "INGRESSCOOKIE=odd")], "").await;
        assert!(fields["set-cookie"].to_str().unwrap().contains("Path=/shop"));
    }
}

#[tokio::test]
async fn whose_endpoint_goes_gets_another() {
    let (a, b) = (Upstream::echo("a").await, Upstream::echo("b").await);
    let dead = Upstream::nowhere();
    for mode in ["persistent", "balanced"] {
        let annotations = [("affinity-mode", mode)];
        let proxy = Proxy::start(&objects(&[a.address], &annotations), &[]).await;
        let (_, cookie) = ask(&proxy, None, &[]).await;
        let cookie = cookie.unwrap();
        proxy.apply(&objects(&[b.address], &annotations)).await;
        let (name, renewed) = ask(&proxy, Some(pair(&cookie)), &[]).await;
        // Where ids are hashed, the one that it has leads to another endpoint.
        assert_eq!((name.as_str(), renewed.is_some()), ("b", mode == "persistent"), "its endpoint has gone");
        // A new client stays with whoever answered it.
        proxy.apply(&objects(&[dead, b.address], &annotations)).await;
        for _ in 0..10 {
            let (name, cookie) = ask(&proxy, None, &[]).await;
            assert_eq!(name, "b");
            assert_eq!(ask(&proxy, Some(pair(&cookie.unwrap())), &[]).await, ("b".to_owned(), None));
        }
    }
}

#[tokio::test]
async fn a_client_whose_endpoint_refuses_is_answered_by_another() {
    let a = Upstream::echo("a").await;
    for (change, changes) in [("false", false), ("true", true)] {
        let gone = Upstream::echo("gone").await;
        let annotations = [("affinity-mode", "persistent"), ("session-cookie-change-on-failure", change)];
        let both = objects(&[a.address, gone.address], &annotations);
        let alone = objects(&[gone.address], &annotations);
        let proxy = Proxy::start(&alone, &["--upstream-idle-timeout", "10ms"]).await;
        let cookie = ask(&proxy, None, &[]).await.1.unwrap();
        proxy.apply(&both).await;
        gone.end().await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let (name, renewed) = ask(&proxy, Some(pair(&cookie)), &[]).await;
        assert_eq!((name.as_str(), renewed.is_some()), ("a", changes));
    }
}

/// Main Ingress with affinity, and a canary Ingress.
async fn with_canary(canary: &[(&str, &str)], flags: &[&str]) -> (Upstream, Upstream, Proxy) {
    let (main, other) = (Upstream::echo("main").await, Upstream::echo("canary").await);
    let canary: Vec<_> =
        [("canary", "true"), ("canary-by-header", "X-Canary")].iter().chain(canary).copied().collect();
    let rules = [ingress("main", PATH, "main", &[COOKIE]), ingress("canary", PATH, "canary", &canary)];
    let services = [Service::new("main", &[main.address]), Service::new("canary", &[other.address])];
    let proxy = Proxy::start(&file(&rules, &services), flags).await;
    (main, other, proxy)
}

const ALWAYS: [(&str, &str); 1] = [("X-Canary", "always")];
const NEVER: [(&str, &str); 1] = [("X-Canary", "never")];

#[tokio::test]
async fn by_default_and_where_it_is_sticky_clients_stay_with_the_canary() {
    for behaviour in [&[][..], &[("affinity-canary-behavior", "sticky")]] {
        let (_main, _canary, proxy) = with_canary(behaviour, &[]).await;
        let (name, cookie) = ask(&proxy, None, &ALWAYS).await;
        let of_canary = cookie.unwrap();
        assert_eq!(name, "canary");
        // At weight 0, without the header.
        assert_eq!(ask(&proxy, Some(pair(&of_canary)), &[]).await, ("canary".to_owned(), None));
        let (name, cookie) = ask(&proxy, None, &[]).await;
        let of_main = cookie.unwrap();
        assert_eq!(name, "main");
        // A header goes before it, and leaves the cookie alone.
        assert_eq!(ask(&proxy, Some(pair(&of_main)), &ALWAYS).await, ("canary".to_owned(), None));
        assert_eq!(ask(&proxy, Some(pair(&of_canary)), &NEVER).await, ("main".to_owned(), None));
        assert_eq!(ask(&proxy, Some(pair(&of_main)), &[]).await, ("main".to_owned(), None));
    }
}

#[tokio::test]
async fn where_it_is_legacy_the_canary_gives_no_cookie_and_is_drawn_again() {
    let (_main, _canary, proxy) =
        with_canary(&[("affinity-canary-behavior", "legacy"), ("canary-weight", "50")], &[]).await;
    assert_eq!(ask(&proxy, None, &ALWAYS).await, ("canary".to_owned(), None));
    let mut names = BTreeSet::new();
    for _ in 0..10 {
        let (name, cookie) = ask(&proxy, None, &[]).await;
        assert_eq!(cookie.is_some(), name == "main");
        names.insert(name);
    }
    assert_eq!(names.len(), 2);
    let cookie = ask(&proxy, None, &NEVER).await.1.unwrap();
    for _ in 0..10 {
        assert_eq!(ask(&proxy, Some(pair(&cookie)), &[]).await, ("main".to_owned(), None));
    }
}

#[tokio::test]
async fn strictly_the_cookie_goes_before_header_and_weight() {
    let (_main, _canary, proxy) = with_canary(&[("canary-weight", "100")], &["--strict-nginx-canary"]).await;
    let of_main = ask(&proxy, None, &NEVER).await.1.unwrap();
    assert_eq!(ask(&proxy, Some(pair(&of_main)), &ALWAYS).await, ("main".to_owned(), None));
    assert_eq!(ask(&proxy, Some(pair(&of_main)), &[]).await, ("main".to_owned(), None));
    let of_canary = ask(&proxy, None, &ALWAYS).await.1.unwrap();
    assert_eq!(ask(&proxy, Some(pair(&of_canary)), &NEVER).await, ("canary".to_owned(), None));
    let query =
        format!("/debug/routes?host=h&path=/shop&header=Cookie:{}", pair(&of_main).replace('|', "%7C"));
    let explained = proxy.admin(&query).await.text();
    assert!(
        explained.contains("\"by\":\"affinity\"") || explained.contains("\"by\": \"affinity\""),
        "{explained}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_said() {
    let web = Upstream::echo("web").await;
    let annotations = [
        ("affinity-mode", "loose"),
        ("session-cookie-name", "a b"),
        ("session-cookie-path", "/;x"),
        ("session-cookie-samesite", "odd"),
        ("session-cookie-max-age", "1h"),
        ("session-cookie-secure", "true"),
        ("session-cookie-domain", "shop.example"),
        ("session-cookie-expires", "60"),
    ];
    let proxy = Proxy::start(&objects(&[web.address], &annotations), &[]).await;
    let cookie = ask(&proxy, None, &[]).await.1.unwrap();
    assert!(
        cookie.contains("; Path=/shop; Domain=shop.example; Expires=")
            && cookie.ends_with(" GMT; Secure; HttpOnly"),
        "{cookie}"
    );
    let problems = proxy.admin("/debug/problems").await.text();
    for words in [
        "neither balanced nor",
        "not the name of a cookie",
        "not a path of a cookie",
        "neither None nor Lax",
        "not a number of seconds",
    ] {
        assert!(problems.contains(words), "{words}: {problems}");
    }
}
