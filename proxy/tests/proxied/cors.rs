//! Pages of other origins: what they are told, and what becomes of their preflights.

use http::HeaderMap;

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Client, Reply, request};
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::{Upstream, full};

const ROOT: (&str, &str) = ("/", "Prefix");
const GOOD: &str = "https://a.shop.example";

/// An upstream that has fields of its own, and a proxy in front of it.
async fn with(annotations: &[(&str, &str)]) -> (Upstream, Proxy) {
    let web = Upstream::serve(false, |request| {
        Box::pin(async move {
            let status = if request.uri().path() == "/500" { 500 } else { 200 };
            let answer = http::Response::builder()
                .status(status)
                .header("Access-Control-Allow-Origin", "https://upstream");
            answer.header("Access-Control-Expose-Headers", "X-Own").body(full("web")).unwrap()
        })
    })
    .await;
    let annotations: Vec<_> = [("enable-cors", "true")].iter().chain(annotations).copied().collect();
    let rules = ingress("web", ROOT, "web", &annotations);
    let proxy = Proxy::start(&file(&[rules], &[Service::new("web", &[web.address])]), &[]).await;
    (web, proxy)
}

async fn ask(proxy: &Proxy, method: &str, path: &str, origin: Option<&str>) -> Reply {
    let mut headers = vec![("Host", "h")];
    headers.extend(origin.map(|origin| ("Origin", origin)));
    let mut client = Client::connect(proxy.http()).await;
    client.send(request(method, path, &headers, "")).await;
    let reply = client.reply_to(method).await.unwrap();
    // The connection goes on whatever was answered.
    assert!(client.is_usable().await);
    reply
}

fn all(reply: &Reply, name: &str) -> Vec<String> {
    reply.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
}

#[tokio::test]
async fn every_origin_may_where_none_is_listed() {
    let (web, proxy) = with(&[]).await;
    for origin in [None, Some(GOOD)] {
        let reply = ask(&proxy, "GET", "/500", origin).await;
        assert_eq!((reply.status, all(&reply, "access-control-allow-origin")), (500, vec!["*".to_owned()]));
        assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(reply.header("access-control-max-age"), Some("1728000"));
        assert_eq!(
            reply.header("access-control-allow-methods"),
            Some("GET, PUT, POST, DELETE, PATCH, OPTIONS")
        );
        // Only what the Ingress says takes the place of the upstream's.
        assert_eq!(all(&reply, "access-control-expose-headers"), ["X-Own"]);
    }
    let before = web.requests();
    let reply = ask(&proxy, "OPTIONS", "/", Some(GOOD)).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, Some("*")));
    assert_eq!(web.requests(), before);
}

#[tokio::test]
async fn listed_origins_may_and_others_are_told_nothing() {
    let annotations = [
        ("cors-allow-origin", "https://shop.example, https://*.shop.example,http://shop.example:8080"),
        ("cors-allow-methods", "GET"),
        ("cors-allow-headers", "X-One, X-Two"),
        ("cors-expose-headers", "*, X-Three"),
        ("cors-allow-credentials", "false"),
        ("cors-max-age", "600"),
    ];
    let (_web, proxy) = with(&annotations).await;
    for origin in [GOOD, "https://shop.example", "HTTP://SHOP.example:8080"] {
        let reply = ask(&proxy, "OPTIONS", "/", Some(origin)).await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, Some(origin)));
        let reply = ask(&proxy, "GET", "/", Some(origin)).await;
        assert_eq!(
            (reply.status, all(&reply, "access-control-allow-origin")),
            (200, vec![origin.to_owned()])
        );
        assert_eq!(reply.header("access-control-allow-headers"), Some("X-One, X-Two"));
        assert_eq!(all(&reply, "access-control-expose-headers"), ["*, X-Three"]);
        assert_eq!(
            (reply.header("access-control-allow-credentials"), reply.header("access-control-max-age")),
            (None, Some("600"))
        );
    }
    for origin in [
        None,
        Some("https://evil.example"),
        Some("https://a.b.shop.example"),
        Some("https://shop.example.evil"),
    ] {
        let reply = ask(&proxy, "OPTIONS", "/", origin).await;
        assert_eq!((reply.status, reply.text().as_str()), (200, "web"), "{origin:?} goes to the upstream");
        assert_eq!(all(&reply, "access-control-allow-origin"), ["https://upstream"]);
        assert_eq!(reply.header("access-control-allow-methods"), None);
    }
}

#[tokio::test]
async fn http2_is_told_the_same() {
    let (_web, proxy) = with(&[("cors-allow-origin", "https://*.shop.example")]).await;
    let get = async |method, origin| -> (u16, HeaderMap) {
        let (status, fields, _) =
            http2::answer(&proxy, (method, "http://h/"), &[("origin", origin)], "").await;
        (status, fields)
    };
    let (status, fields) = get("OPTIONS", GOOD).await;
    assert_eq!((status, fields["access-control-allow-origin"].as_bytes()), (204, GOOD.as_bytes()));
    let (status, fields) = get("GET", GOOD).await;
    assert_eq!((status, fields.get_all("access-control-allow-origin").iter().count()), (200, 1));
    assert_eq!(fields["access-control-allow-origin"].as_bytes(), GOOD.as_bytes());
    let (status, fields) = get("OPTIONS", "https://evil.example").await;
    assert_eq!((status, fields["access-control-allow-origin"].as_bytes()), (200, &b"https://upstream"[..]));
}

#[tokio::test]
async fn answers_of_the_proxys_own_may_be_seen_too() {
    let annotations = [("enable-cors", "true"), ("denylist-source-range", "127.0.0.0/8")];
    let rules = [
        ingress("denied", ("/denied", "Prefix"), "web", &annotations),
        ingress("dead", ("/dead", "Prefix"), "web", &annotations[..1]),
        ingress(
            "moved",
            ("/moved", "Prefix"),
            "web",
            &[annotations[0], ("permanent-redirect", "https://new.example/")],
        ),
    ];
    let nowhere = Upstream::nowhere();
    let proxy = Proxy::start(&file(&rules, &[Service::new("web", &[nowhere])]), &[]).await;
    for (method, path, status) in [
        ("GET", "/denied", 403),
        ("GET", "/dead", 502),
        ("GET", "/moved", 301),
        ("OPTIONS", "/denied", 204),
        ("OPTIONS", "/moved", 204),
    ] {
        let reply = ask(&proxy, method, path, Some(GOOD)).await;
        assert_eq!(
            (reply.status, reply.header("access-control-allow-origin")),
            (status, Some("*")),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_read_lets_nobody_in() {
    for (origins, allowed) in
        [("shop.example, https://shop.example", true), ("shop.example", false), ("", false)]
    {
        let (_web, proxy) =
            with(&[("cors-allow-origin", origins), ("cors-allow-methods", "G$T"), ("cors-max-age", "soon")])
                .await;
        let reply = ask(&proxy, "OPTIONS", "/", Some("https://shop.example")).await;
        assert_eq!(reply.status == 204, allowed, "{origins}");
        let problems = proxy.admin("/debug/problems").await.text();
        for words in ["cors-allow-origin", "is not a list of names", "is not a number of seconds"] {
            assert!(problems.contains(words), "{words}: {problems}");
        }
    }
}
