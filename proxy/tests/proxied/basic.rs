//! Names and passwords: who comes in, what the upstream sees of it, and what becomes of Secrets that are missing, broken or changed.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Client, Reply, get, request};
use crate::support::manifest::{NAMESPACE, Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

const ROOT: (&str, &str) = ("/", "Prefix");
/// `htpasswd -m`, of the password `open`.
const ANA: &str = "ana:$apr1$saltsalt$BJ8ZoMQQVmQ9DSUqX7duf.";
const ASKED: [(&str, &str); 3] =
    [("auth-type", "basic"), ("auth-secret", "users"), ("auth-realm", "staff only")];

fn object(kind: &str, name: &str, data: &str, entries: &[(&str, &str)]) -> String {
    let mut text = format!(
        "apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {NAMESPACE}}}\n{data}:\n"
    );
    for (key, value) in entries {
        let value = serde_json::Value::from(*value);
        let _ = writeln!(text, "  {key}: {value}");
    }
    text + "---\n"
}

fn secret(entries: &[(&str, &str)]) -> String {
    object("Secret", "users", "stringData", entries)
}

fn objects(web: &Upstream, annotations: &[(&str, &str)], more: &[String]) -> String {
    let mut rules = vec![ingress("web", ROOT, "web", annotations)];
    rules.extend_from_slice(more);
    file(&rules, &[Service::new("web", &[web.address])])
}

async fn come(proxy: &Proxy, name: &str, password: &str) -> Reply {
    let credentials = format!("Basic {}", STANDARD.encode(format!("{name}:{password}")));
    get(proxy.http(), "/", &[("Host", "h"), ("Authorization", &credentials)]).await
}

#[tokio::test]
async fn a_user_of_the_secret_comes_in_and_nobody_else_does() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&objects(&web, &ASKED, &[secret(&[("auth", ANA)])]), &[]).await;
    let reply = come(&proxy, "ana", "open").await;
    assert_eq!(reply.status, 200);
    assert!(
        !reply.text().contains("authorization"),
        "the password is not for the upstream: {}",
        reply.text()
    );
    for (name, password) in [("ana", "opem"), ("ana", ""), ("bob", "open"), ("", "open")] {
        let reply = come(&proxy, name, password).await;
        assert_eq!(reply.status, 401, "{name}:{password}");
        assert_eq!(reply.header("www-authenticate"), Some("Basic realm=\"staff only\""));
    }
    for value in ["", "Basic", "Basic !", "Bearer YW5hOm9wZW4="] {
        let reply = get(proxy.http(), "/", &[("Host", "h"), ("Authorization", value)]).await;
        assert_eq!(reply.status, 401, "{value}");
    }
    assert_eq!(web.requests(), 1);
    assert_eq!(proxy.metric("weir_requests_denied_total{reason=\"credentials\"}").await, 8);
    let explained = proxy.admin("/debug/routes?host=h&path=/").await.text();
    assert!(explained.contains("once the client is a user of Secret shop/users"), "{explained}");
    assert!(!explained.contains("apr1"), "{explained}");
}

#[tokio::test]
async fn the_connection_stays_whatever_was_sent_with_it() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&objects(&web, &ASKED, &[secret(&[("auth", ANA)])]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    let good = format!("Basic {}", STANDARD.encode("ana:open"));
    for round in 0..3 {
        client.send(request("POST", "/", &[("Host", "h")], "abc")).await;
        let reply = client.reply().await.unwrap();
        assert_eq!((reply.status, reply.complete), (401, true), "{round}");
        client.send(request("POST", "/", &[("Host", "h"), ("Authorization", &good)], "abc")).await;
        let reply = client.reply().await.unwrap();
        assert_eq!((reply.status, reply.complete), (200, true), "{round}");
    }
    assert_eq!(http2::answer(&proxy, ("GET", "http://h/"), &[], "").await.0, 401);
    assert_eq!(http2::answer(&proxy, ("GET", "http://h/"), &[("authorization", &good)], "").await.0, 200);
}

#[tokio::test]
async fn every_key_is_a_user_where_the_secret_is_a_map() {
    let web = Upstream::echo("web").await;
    let annotations = [ASKED.as_slice(), &[("auth-secret-type", "auth-map")]].concat();
    let (_, hash) = ANA.split_once(':').unwrap();
    let users = secret(&[("ana", hash), ("bob", "{PLAIN}b"), ("old", "aJ5oXUcqcfxG6")]);
    let proxy = Proxy::start(&objects(&web, &annotations, &[users]), &[]).await;
    assert_eq!(come(&proxy, "ana", "open").await.status, 200);
    assert_eq!(come(&proxy, "bob", "b").await.status, 200);
    assert_eq!(come(&proxy, "old", "old").await.status, 401);
    let problems = proxy.admin("/debug/problems").await.text();
    assert!(problems.contains("user old") && problems.contains("htpasswd -B"), "{problems}");
    assert!(!problems.contains("aJ5oXUcqcfxG6"), "{problems}");
}

#[tokio::test]
async fn a_changed_secret_is_in_force_at_once() {
    let web = Upstream::echo("web").await;
    let with = |line: &str| objects(&web, &ASKED, &[secret(&[("auth", line)])]);
    let proxy = Proxy::start(&with(ANA), &[]).await;
    assert_eq!(come(&proxy, "ana", "open").await.status, 200);
    proxy.apply(&with("ana:{PLAIN}new")).await;
    assert_eq!(come(&proxy, "ana", "open").await.status, 401);
    assert_eq!(come(&proxy, "ana", "new").await.status, 200);
    proxy.apply(&with("bob:{PLAIN}new")).await;
    assert_eq!(come(&proxy, "ana", "new").await.status, 401);
    assert_eq!(come(&proxy, "bob", "new").await.status, 200);
}

#[tokio::test]
async fn what_cannot_tell_users_from_others_closes_the_route() {
    let web = Upstream::echo("web").await;
    let users = || secret(&[("auth", ANA)]);
    let proxy = Proxy::start(&objects(&web, &[], &[]), &[]).await;
    assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.status, 200);
    for (annotations, secrets, words) in [
        (&ASKED[..], vec![], "there is no Secret shop/users"),
        (&ASKED[..], vec![secret(&[("users", ANA)])], "has no key"),
        (&ASKED[..], vec![secret(&[("auth", "# nobody\n")])], "names no user"),
        (&[("auth-type", "basic")][..], vec![users()], "it needs auth-secret"),
        (&[("auth-secret", "users")][..], vec![users()], "no effect without auth-type"),
        (&[("auth-type", "digest"), ("auth-secret", "users")][..], vec![users()], "digest"),
        (&[("auth-type", "basic"), ("auth-secret", "other/users")][..], vec![users()], "another namespace"),
        (
            &[("auth-type", "basic"), ("auth-secret", "users"), ("auth-secret-type", "file")][..],
            vec![users()],
            "write auth-file or auth-map",
        ),
    ] {
        proxy.apply(&objects(&web, annotations, &secrets)).await;
        assert_eq!(come(&proxy, "ana", "open").await.status, 503, "{words}");
        let problems = proxy.admin("/debug/problems").await.text();
        assert!(problems.contains(words), "{words}: {problems}");
        assert!(problems.contains("its requests are answered 503"), "{words}: {problems}");
    }
    assert_eq!(web.requests(), 1);
    proxy.apply(&objects(&web, &ASKED, &[users()])).await;
    assert_eq!(come(&proxy, "ana", "open").await.status, 200);
}

#[tokio::test]
async fn many_requests_at_a_time_with_a_slow_hash_all_come_in() {
    let web = Upstream::echo("web").await;
    // Of crypt_blowfish's own tests, with the password "U*U".
    let users = secret(&[("auth", "ana:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]);
    let proxy = Proxy::start(&objects(&web, &ASKED, &[users]), &[]).await;
    let all = futures_util::future::join_all((0..50).map(|_| come(&proxy, "ana", "U*U"))).await;
    assert!(all.iter().all(|reply| reply.status == 200));
}

#[tokio::test]
async fn fields_of_a_config_map_are_on_every_answer_of_the_route() {
    let web = Upstream::serve(false, |_| {
        Box::pin(async {
            let answer = http::Response::builder().header("X-Frame-Options", "ALLOW").header("X-Own", "1");
            answer.body(crate::support::upstream::full("web")).unwrap()
        })
    })
    .await;
    let map = |entries: &[(&str, &str)]| object("ConfigMap", "fields", "data", entries);
    let annotations = [("custom-headers", "shop/fields"), ("denylist-source-range", "192.0.2.0/24")];
    let fields = map(&[("X-Frame-Options", "DENY"), ("Content-Length", "7"), ("X-Y", "a b")]);
    let trusts = ["--trust-forwarded", "127.0.0.0/8"];
    let proxy = Proxy::start(&objects(&web, &annotations, &[fields]), &trusts).await;
    let reply = get(proxy.http(), "/", &[("Host", "h")]).await;
    let frames: Vec<_> = reply.headers.iter().filter(|(name, _)| name == "x-frame-options").collect();
    assert_eq!(frames.len(), 1, "{:?}", reply.headers);
    assert_eq!((reply.status, reply.header("x-frame-options")), (200, Some("DENY")));
    assert_eq!(
        (reply.header("x-y"), reply.header("x-own"), reply.text().as_str()),
        (Some("a b"), Some("1"), "web")
    );
    let reply = get(proxy.http(), "/", &[("Host", "h"), ("X-Forwarded-For", "192.0.2.1")]).await;
    assert_eq!((reply.status, reply.header("x-y")), (403, Some("a b")));
    let problems = proxy.admin("/debug/problems").await.text();
    assert!(problems.contains("Content-Length says how messages are sent"), "{problems}");

    proxy.apply(&objects(&web, &annotations, &[map(&[("X-Z", "new")])])).await;
    let reply = get(proxy.http(), "/", &[("Host", "h")]).await;
    assert_eq!((reply.header("x-z"), reply.header("x-y")), (Some("new"), None));
    assert_eq!(reply.header("x-frame-options"), Some("ALLOW"));
    for (annotation, words) in
        [("nowhere", "there is no ConfigMap shop/nowhere"), ("kube-system/x", "another namespace")]
    {
        proxy.apply(&objects(&web, &[("custom-headers", annotation)], &[])).await;
        assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.status, 200, "{annotation}");
        let problems = proxy.admin("/debug/problems").await.text();
        assert!(problems.contains(words), "{words}: {problems}");
    }
}
