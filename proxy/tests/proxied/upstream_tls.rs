//! Upstreams over TLS: what is spoken, whom the proxy takes for an upstream, and what it shows itself as.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Client, Reply, get, request};
use crate::support::eventually;
use crate::support::manifest::{Service, file, secret};
use crate::support::pki::{Authority, Pair};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

const NAME: &str = "web.shop.svc";

/// Objects for one Ingress with these annotations beside `backend-protocol: HTTPS`, one Service, and further ones.
fn objects(web: &[&Upstream], annotations: &[(&str, &str)], others: &[String]) -> String {
    let annotations = [&[("backend-protocol", "HTTPS")], annotations].concat();
    let rules = ingress("web", ("/", "Prefix"), "web", &annotations);
    let endpoints: Vec<_> = web.iter().map(|web| web.address).collect();
    file(&[rules], &[Service::new("web", &endpoints)]) + &others.concat()
}

async fn ask(proxy: &Proxy) -> Reply {
    get(proxy.http(), "/a", &[("Host", "h")]).await
}

/// What an upstream saw of its handshake.
fn about(reply: &Reply) -> String {
    let text = reply.text();
    let line = text.lines().find_map(|line| line.strip_prefix("x-tls: "));
    line.unwrap_or_else(|| panic!("{} {text}", reply.status)).to_owned()
}

async fn says(proxy: &Proxy, words: &str) {
    eventually(words, || async { proxy.admin("/debug/problems").await.text().contains(words).then_some(()) })
        .await;
}

/// A Secret `mine` with a pair and authorities.
fn mine(pair: Option<&Pair>, authority: Option<&Authority>) -> String {
    let mut data = Vec::new();
    if let Some(pair) = pair {
        data.extend([("tls.crt", pair.chain.as_str()), ("tls.key", pair.key.as_str())]);
    }
    data.extend(authority.map(|authority| ("ca.crt", authority.pem.as_str())));
    secret("mine", &data)
}

#[tokio::test]
async fn https_and_grpcs_are_spoken_where_annotation_or_port_ask_for_them() {
    let authority = Authority::new("root");
    let pair = authority.issue("web", &["anything.example"]);
    let web = Upstream::echo_tls("web", &pair.server("http/1.1", None)).await;
    let rpc = Upstream::echo_tls("rpc", &pair.server("h2", None)).await;
    let rules = [
        ingress("https", ("/https", "Prefix"), "web", &[("backend-protocol", "HTTPS")]),
        ingress("grpcs", ("/grpcs", "Prefix"), "rpc", &[("backend-protocol", "grpcs")]),
        ingress("port", ("/port", "Prefix"), "port", &[]),
        ingress("clear", ("/clear", "Prefix"), "port", &[("backend-protocol", "HTTP")]),
    ];
    let services = [
        Service::new("web", &[web.address]),
        Service::new("rpc", &[rpc.address]),
        Service::new("port", &[web.address]).speaks("https"),
    ];
    let proxy = Proxy::start(&file(&rules, &services), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for (path, said) in [
        ("/https", "alpn http/1.1 sni none"),
        ("/port", "alpn http/1.1 sni none"),
        ("/grpcs", "alpn h2 sni none"),
    ] {
        client.send(request("POST", path, &[("Host", "h")], "abc")).await;
        let reply = client.reply().await.unwrap();
        assert!(about(&reply).starts_with(said) && reply.text().ends_with("body abc\n"), "{}", reply.text());
        let (status, _, text) = http2::answer(&proxy, ("POST", &format!("http://h{path}")), &[], "xyz").await;
        assert!(
            status == 200 && text.contains(said) && text.ends_with("body xyz\n"),
            "{path}: {status} {text}"
        );
    }
    let text = get(proxy.http(), "/grpcs", &[("Host", "h")]).await.text();
    assert!(text.contains("GET https://h/grpcs"), "{text}");
    assert_eq!(get(proxy.http(), "/clear", &[("Host", "h")]).await.status, 502, "an annotation goes first");
}

#[tokio::test]
async fn connections_are_kept_and_sessions_resumed() {
    let authority = Authority::new("root");
    let web = Upstream::echo_tls("web", &authority.issue("web", &[NAME]).server("http/1.1", None)).await;
    let proxy = Proxy::start(&objects(&[&web], &[], &[]), &[]).await;
    let large = "x".repeat(300_000);
    let mut client = Client::connect(proxy.http()).await;
    for _ in 0..3 {
        client.send(request("POST", "/a", &[("Host", "h")], &large)).await;
        let reply = client.reply().await.unwrap();
        assert!(reply.complete && about(&reply).ends_with(" Full") && reply.body.len() > large.len());
    }
    assert_eq!(web.connections(), 1);
    // A connection that ends with its answer leaves the next request with a new one.
    client.send(request("GET", "/a", &[("Host", "h"), ("Connection", "close")], "")).await;
    let closing = [("connection-proxy-header", "close")];
    proxy.apply(&objects(&[&web], &closing, &[])).await;
    let first = about(&ask(&proxy).await);
    let second = about(&ask(&proxy).await);
    assert!(second.ends_with(" Resumed"), "{first}, then {second}");
}

#[tokio::test]
async fn a_server_name_is_sent_where_it_is_asked_for() {
    let authority = Authority::new("root");
    let web = Upstream::echo_tls("web", &authority.issue("web", &[NAME]).server("http/1.1", None)).await;
    for (annotations, sni) in [
        (&[("proxy-ssl-server-name", "off")][..], "none"),
        (&[("proxy-ssl-server-name", "on")], NAME),
        (&[("proxy-ssl-server-name", "on"), ("proxy-ssl-name", "other.example")], "other.example"),
        (&[("proxy-ssl-name", "other.example")], "none"),
        (&[("proxy-ssl-server-name", "yes")], "none"),
    ] {
        let proxy = Proxy::start(&objects(&[&web], annotations, &[]), &[]).await;
        let said = about(&ask(&proxy).await);
        assert!(said.contains(&format!(" sni {sni} ")), "{annotations:?}: {said}");
        if annotations[0].1 == "yes" {
            says(&proxy, "neither on nor off").await;
        }
    }
}

#[tokio::test]
async fn an_upstream_that_does_not_speak_tls_is_left_for_one_that_does() {
    let authority = Authority::new("root");
    let clear = Upstream::echo("clear").await;
    let web = Upstream::echo_tls("web", &authority.issue("web", &[NAME]).server("http/1.1", None)).await;
    let proxy = Proxy::start(&objects(&[&clear], &[], &[]), &[]).await;
    assert_eq!(ask(&proxy).await.status, 502);
    assert_eq!(clear.requests(), 0);
    assert!(proxy.metric("weir_upstream_tls_failed_total{reason=\"handshake\"}").await > 0);
    assert!(proxy.metric("weir_upstream_connects_failed_total").await > 0);
    proxy.apply(&objects(&[&clear, &web], &[], &[])).await;
    for _ in 0..10 {
        assert_eq!(ask(&proxy).await.status, 200);
    }
}

#[tokio::test]
async fn a_handshake_has_the_time_of_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rules = ingress("web", ("/", "Prefix"), "web", &[("backend-protocol", "HTTPS")]);
    let objects = file(&[rules], &[Service::new("web", &[listener.local_addr().unwrap()])]);
    let proxy = Proxy::start(&objects, &["--connect-timeout", "200ms"]).await;
    assert_eq!(ask(&proxy).await.status, 504);
}

#[tokio::test]
async fn verified_means_issued_by_the_authority_for_the_name() {
    let (root, stranger) = (Authority::new("root"), Authority::new("stranger"));
    let web = Upstream::echo_tls("web", &root.issue("web", &[NAME]).server("http/1.1", None)).await;
    let verify = [("proxy-ssl-verify", "on"), ("proxy-ssl-secret", "shop/mine")];
    let other = [&verify[..], &[("proxy-ssl-name", "other.example")]].concat();
    let named = [&verify[..], &[("proxy-ssl-name", NAME)]].concat();
    let by_name = [("proxy-ssl-verify", "on"), ("proxy-ssl-secret", "mine")];
    let off =
        [("proxy-ssl-verify", "off"), ("proxy-ssl-secret", "mine"), ("proxy-ssl-name", "other.example")];
    for (authority, annotations, status) in [
        (&root, &verify[..], 200),
        (&root, &by_name, 200),
        (&root, &named, 200),
        (&root, &other, 502),
        (&stranger, &verify, 502),
        (&stranger, &off, 200),
    ] {
        let proxy = Proxy::start(&objects(&[&web], annotations, &[mine(None, Some(authority))]), &[]).await;
        assert_eq!(ask(&proxy).await.status, status, "{annotations:?}");
        let refused = proxy.metric("weir_upstream_tls_failed_total{reason=\"certificate\"}").await;
        assert_eq!(refused > 0, status == 502, "{annotations:?}");
    }
}

#[tokio::test]
async fn verification_without_anything_to_verify_with_is_closed() {
    let root = Authority::new("root");
    let pair = root.issue("web", &[NAME]);
    let web = Upstream::echo_tls("web", &pair.server("http/1.1", None)).await;
    let on = ("proxy-ssl-verify", "on");
    let secret_of = |name| ("proxy-ssl-secret", name);
    let broken = secret("mine", &[("ca.crt", "hello")]);
    for (annotations, secret, words) in [
        (&[on][..], String::new(), "it needs proxy-ssl-secret"),
        (&[on, secret_of("mine")], String::new(), "there is no Secret shop/mine"),
        (&[on, secret_of("other/mine")], mine(None, Some(&root)), "in another namespace"),
        (&[on, secret_of("a/b/c")], mine(None, Some(&root)), "not the name of an object"),
        (&[on, secret_of("mine")], mine(Some(&pair), None), "missing: the authorities"),
        (&[on, secret_of("mine")], broken, "no PEM certificate in it"),
        (&[("proxy-ssl-verify", "yes")], String::new(), "neither on nor off"),
        (&[secret_of("mine")], String::new(), "there is no Secret shop/mine"),
        (&[("proxy-ssl-name", "$host")], String::new(), "is not a name that a certificate can be for"),
    ] {
        let proxy = Proxy::start(&objects(&[&web], annotations, &[secret]), &[]).await;
        assert_eq!(ask(&proxy).await.status, 503, "{annotations:?}");
        says(&proxy, words).await;
    }
    assert_eq!(web.requests(), 0);
}

#[tokio::test]
async fn a_chain_may_be_as_long_as_is_said() {
    let root = Authority::new("root");
    let below = root.below("below");
    let lower = below.below("lower");
    let verify = [("proxy-ssl-verify", "on"), ("proxy-ssl-secret", "mine")];
    let mut long = lower.issue("web", &[NAME]);
    long.chain += &below.pem;
    for (pair, depth, status) in [
        (below.issue("web", &[NAME]), None, 200),
        (below.issue("web", &[NAME]), Some("0"), 502),
        (root.issue("web", &[NAME]), Some("0"), 200),
        (long, Some("2"), 200),
        (lower.issue("web", &[NAME]), Some("soon"), 502),
    ] {
        let web = Upstream::echo_tls("web", &pair.server("http/1.1", None)).await;
        let depth = depth.map(|depth| ("proxy-ssl-verify-depth", depth));
        let annotations: Vec<_> = verify.into_iter().chain(depth).collect();
        let proxy = Proxy::start(&objects(&[&web], &annotations, &[mine(None, Some(&root))]), &[]).await;
        assert_eq!(ask(&proxy).await.status, status, "{depth:?}");
        if depth.is_some_and(|(_, depth)| depth == "soon") {
            says(&proxy, "is not a number from 0 to 255").await;
        }
    }
}

#[tokio::test]
async fn the_proxy_shows_its_certificate_and_a_new_one_at_once() {
    let (root, clients) = (Authority::new("root"), Authority::new("clients"));
    for alpn in ["http/1.1", "h2"] {
        let config = root.issue("web", &[NAME]).server(alpn, Some(&clients));
        let web = Upstream::echo_tls("web", &config).await;
        let pairs = ["first", "second", "third"].map(|name| clients.issue(name, &[]));
        let protocol = if alpn == "h2" { "GRPCS" } else { "HTTPS" };
        let with = |annotations: &[(&str, &str)], secret: String| {
            let annotations = [&[("backend-protocol", protocol)], annotations].concat();
            file(
                &[ingress("web", ("/", "Prefix"), "web", &annotations)],
                &[Service::new("web", &[web.address])],
            ) + &secret
        };
        let proxy = Proxy::start(&with(&[], String::new()), &[]).await;
        assert_eq!(ask(&proxy).await.status, 502, "it shows none");

        let named = [("proxy-ssl-secret", "mine")];
        proxy.apply(&with(&named, mine(Some(&pairs[0]), None))).await;
        assert!(about(&ask(&proxy).await).contains(" client first "));
        proxy.apply(&with(&named, mine(Some(&pairs[1]), None))).await;
        assert!(about(&ask(&proxy).await).contains(" client second "), "not over a connection of before");

        // The certificate of one, the key of another: the last good one stays, and so it does where the Secret goes.
        let torn = Pair { chain: pairs[2].chain.clone(), key: pairs[0].key.clone() };
        proxy.apply(&with(&named, mine(Some(&torn), None))).await;
        says(&proxy, "what it said last stays in force").await;
        assert!(about(&ask(&proxy).await).contains(" client second "));
        proxy.apply(&with(&named, String::new())).await;
        says(&proxy, "there is no Secret shop/mine").await;
        assert!(about(&ask(&proxy).await).contains(" client second "));
        proxy.apply(&with(&named, mine(Some(&pairs[2]), None))).await;
        assert!(about(&ask(&proxy).await).contains(" client third "));
    }
}

#[tokio::test]
async fn connections_of_routes_with_other_demands_are_never_shared() {
    let (root, clients) = (Authority::new("root"), Authority::new("clients"));
    let pair = root.issue("web", &["other.example"]);
    let web = Upstream::echo_tls("web", &pair.server("http/1.1", None)).await;
    let strict = [("backend-protocol", "HTTPS"), ("proxy-ssl-verify", "on"), ("proxy-ssl-secret", "mine")];
    let rules = [
        ingress("lax", ("/lax", "Prefix"), "web", &strict[..1]),
        ingress("strict", ("/strict", "Prefix"), "web", &strict),
    ];
    let objects = file(&rules, &[Service::new("web", &[web.address])])
        + &mine(Some(&clients.issue("first", &[])), Some(&root));
    let proxy = Proxy::start(&objects, &[]).await;
    for _ in 0..2 {
        assert_eq!(get(proxy.http(), "/lax", &[("Host", "h")]).await.status, 200);
        assert_eq!(get(proxy.http(), "/strict", &[("Host", "h")]).await.status, 502, "not its name");
    }
}

#[tokio::test]
async fn versions_and_suites_are_those_of_the_list() {
    let root = Authority::new("root");
    let web = Upstream::echo_tls("web", &root.issue("web", &[NAME]).server("http/1.1", None)).await;
    let suite = ("proxy-ssl-ciphers", "ECDHE-ECDSA-CHACHA20-POLY1305:HIGH");
    let old = ("proxy-ssl-protocols", "TLSv1.2");
    for (annotations, said, words) in [
        (&[("proxy-ssl-protocols", "TLSv1.2 TLSv1.3")][..], "TLSv1_3", ""),
        (
            &[("proxy-ssl-protocols", "TLSv1 TLSv1.1 TLSv1.2")],
            "TLSv1_2",
            "nothing protects what is: TLSv1, TLSv1.1",
        ),
        (&[old, suite], "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "not known: HIGH"),
        (&[old, ("proxy-ssl-ciphers", "HIGH")], "TLSv1_2", "all of these are in force"),
        (&[suite], "TLSv1_3", "not known: HIGH"),
        (&[("proxy-ssl-ciphers", "DEFAULT")], "TLSv1_3", ""),
    ] {
        let proxy = Proxy::start(&objects(&[&web], annotations, &[]), &[]).await;
        let about = about(&ask(&proxy).await);
        assert!(about.contains(said), "{annotations:?}: {about}");
        says(&proxy, words).await;
    }
    let proxy = Proxy::start(&objects(&[&web], &[("proxy-ssl-protocols", "TLSv1.1")], &[]), &[]).await;
    assert_eq!(ask(&proxy).await.status, 503);
    says(&proxy, "write TLSv1.2, TLSv1.3 or both").await;
}

#[tokio::test]
async fn demands_on_tls_without_tls_are_said() {
    let (web, root) = (Upstream::echo("web").await, Authority::new("root"));
    let annotations = [("proxy-ssl-verify", "on"), ("proxy-ssl-secret", "mine")];
    let rules = ingress("web", ("/", "Prefix"), "web", &annotations);
    let objects = file(&[rules], &[Service::new("web", &[web.address])]) + &mine(None, Some(&root));
    let proxy = Proxy::start(&objects, &[]).await;
    assert_eq!(ask(&proxy).await.status, 200, "as with nginx");
    says(&proxy, "write backend-protocol: HTTPS or GRPCS").await;
}

#[tokio::test]
async fn an_upgrade_goes_through_tls_both_ways() {
    let root = Authority::new("root");
    let config = root.issue("web", &[NAME]).server("http/1.1", None);
    let web = Upstream::scripted_tls(&config, |mut stream| async move {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let answer =
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello";
        stream.write_all(answer).await.unwrap();
        let mut bytes = [0; 4];
        while stream.read_exact(&mut bytes).await.is_ok() {
            stream.write_all(&bytes).await.unwrap();
        }
    })
    .await;
    let proxy = Proxy::start(&objects(&[&web], &[], &[]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    let headers = [("Host", "h"), ("Connection", "Upgrade"), ("Upgrade", "websocket")];
    client.send(request("GET", "/", &headers, "")).await;
    assert_eq!(client.reply().await.unwrap().status, 101);
    assert_eq!(client.bytes(5).await, b"hello");
    for ping in ["ping", "pong"] {
        client.send(ping).await;
        assert_eq!(client.bytes(4).await, ping.as_bytes());
    }
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_never_given_to_the_next_request() {
    let root = Authority::new("root");
    let config: Arc<_> = root.issue("web", &[NAME]).server("http/1.1", None);
    // Each answer is followed by another one in the same record.
    let web = Upstream::scripted_tls(&config, |mut stream| async move {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
        }
        let answers = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmineHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
        stream.write_all(answers).await.unwrap();
        // Stays open until the other side closes.
        let _ = stream.read_u8().await;
    })
    .await;
    let proxy = Proxy::start(&objects(&[&web], &[], &[]), &[]).await;
    for _ in 0..5 {
        assert_eq!(ask(&proxy).await.text(), "mine");
    }
}
