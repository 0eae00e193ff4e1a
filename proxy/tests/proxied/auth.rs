//! Requests that another server is asked about first: what it is asked, and what becomes of its answers.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, Response};

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Client, Reply, get, request};
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::{Upstream, full};

#[cfg(test)]
mod answers;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod values;

const ROOT: (&str, &str) = ("/", "Prefix");

/// A server that decides as its question's `x-do` says, with what it was asked.
struct Decider {
    server: Upstream,
    asked: Arc<Mutex<Vec<(String, HeaderMap)>>>,
}

impl Decider {
    async fn start() -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        let server = Upstream::serve(false, move |request| {
            let (parts, _) = request.into_parts();
            let said = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            let status = said("x-do").map_or(200, |status| status.parse().unwrap());
            let mut answer = Response::builder().status(status).header("X-Noise", "1");
            if let Some(user) = said("x-as") {
                answer = answer.header("X-User", user).header("X-Groups", "a").header("X-Groups", "b");
            }
            if said("x-bake").is_some() {
                answer = answer.header("Set-Cookie", "a=1; Path=/").header("Set-Cookie", "b=2");
            }
            if status == 401 {
                answer = answer
                    .header("WWW-Authenticate", "Basic realm=\"x\"")
                    .header("WWW-Authenticate", "Bearer");
            }
            let body = if status < 300 { "" } else { "<p>who are you?</p>" };
            let answer = answer.header("Content-Type", "text/html").body(full(body)).unwrap();
            notes.lock().unwrap().push((format!("{} {}", parts.method, parts.uri), parts.headers));
            Box::pin(async move { answer })
        })
        .await;
        Self { server, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }

    /// What it was asked last.
    fn last(&self) -> (String, HeaderMap) {
        self.asked.lock().unwrap().last().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// A proxy whose one Ingress asks `url` and has these annotations besides.
async fn proxy(web: &Upstream, url: &str, annotations: &[(&str, &str)], flags: &[&str]) -> Proxy {
    let annotations: Vec<_> = [("auth-url", url)].iter().chain(annotations).copied().collect();
    let rules = ingress("web", ROOT, "web", &annotations);
    Proxy::start(&file(&[rules], &[Service::new("web", &[web.address])]), flags).await
}

async fn ask(proxy: &Proxy, path: &str, headers: &[(&str, &str)]) -> Reply {
    let headers: Vec<_> = [("Host", "h")].iter().chain(headers).copied().collect();
    get(proxy.http(), path, &headers).await
}

async fn outcomes(proxy: &Proxy) -> [u64; 4] {
    let mut counts = [0; 4];
    for (count, outcome) in counts.iter_mut().zip(["allowed", "denied", "signin", "failed"]) {
        *count = proxy.metric(&format!("weir_auth_requests_total{{outcome=\"{outcome}\"}}")).await;
    }
    counts
}

fn all(reply: &Reply, name: &str) -> Vec<String> {
    reply.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
}

/// The lines of an echo that begin with this.
fn lines<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
    text.lines().filter(|line| line.starts_with(start)).collect()
}

#[tokio::test]
async fn who_is_let_in_goes_on_and_the_question_is_nginxs() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let proxy = proxy(&web, &decider.url("/verify?a=1"), &[], &[]).await;
    let headers = [
        ("Cookie", "s=1"),
        ("Authorization", "Basic abc"),
        ("Connection", "x-mine, close"),
        ("X-Mine", "1"),
        ("TE", "trailers"),
        ("Range", "bytes=0-1"),
        ("If-None-Match", "\"x\""),
        ("X-Sent-From", "me"),
        ("X-Original-URL", "http://evil/"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Forwarded-Proto", "https"),
    ];
    let reply = ask(&proxy, "/a/../b%20c?x=/y", &headers).await;
    let text = reply.text();
    assert_eq!(reply.status, 200, "{text}");
    let (line, asked) = decider.last();
    assert_eq!(line, "GET /verify?a=1");
    let said = |name: &str| asked.get(name).map(|value| value.to_str().unwrap());
    for (name, value) in [
        ("host", Some(decider.server.address.to_string())),
        ("x-original-url", Some("http://h/b%20c?x=/y".to_owned())),
        ("x-original-method", Some("GET".to_owned())),
        ("x-sent-from", Some("nginx-ingress-controller".to_owned())),
        ("x-auth-request-redirect", Some("/b%20c?x=/y".to_owned())),
        ("x-real-ip", Some("127.0.0.1".to_owned())),
        ("x-forwarded-for", Some("127.0.0.1".to_owned())),
        ("cookie", Some("s=1".to_owned())),
        ("authorization", Some("Basic abc".to_owned())),
    ] {
        assert_eq!(said(name), value.as_deref(), "{name}");
        assert!(asked.get_all(name).iter().count() <= 1, "{name}");
    }
    for name in
        ["x-mine", "te", "range", "if-none-match", "x-forwarded-proto", "x-forwarded-host", "content-length"]
    {
        assert_eq!(said(name), None, "{name}");
    }
    // One request, one id.
    assert_eq!(lines(&text, "x-request-id"), [format!("x-request-id: {}", said("x-request-id").unwrap())]);
    assert_eq!(outcomes(&proxy).await, [1, 0, 0, 0]);
}

#[tokio::test]
async fn questions_share_connections() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let proxy = proxy(&web, &decider.url("/"), &[], &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for _ in 0..5 {
        assert_eq!(client.get("/", &[("Host", "h")]).await.status, 200);
        assert_eq!(http2::answer(&proxy, ("GET", "http://h/"), &[], "").await.0, 200);
    }
    assert_eq!((decider.server.requests(), decider.server.connections()), (10, 1));
}

#[tokio::test]
async fn certificates_can_be_had_without_being_known_and_preflights_are_not_asked_about() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let url = decider.url("/");
    let annotations = [("auth-url", &*url), ("enable-cors", "true")];
    let acme = ("/.well-known/acme-challenge", "Prefix");
    let rules = [ingress("web", ROOT, "web", &annotations), ingress("acme", acme, "web", &annotations)];
    let proxy = Proxy::start(&file(&rules, &[Service::new("web", &[web.address])]), &[]).await;
    let no = [("X-Do", "403")];
    assert_eq!(ask(&proxy, "/.well-known/acme-challenge/x", &no).await.status, 200);
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("OPTIONS", "/", &[("Host", "h"), ("Origin", "https://a"), no[0]], "")).await;
    assert_eq!(client.reply().await.unwrap().status, 204);
    assert_eq!(decider.count(), 0);
    let reply = ask(&proxy, "/", &no).await;
    // A page may see why.
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (403, Some("*")));
}

#[tokio::test]
async fn redirects_and_lists_of_networks_come_before_questions_and_canaries_after() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let url = decider.url("/");
    for (annotation, status) in
        [(("force-ssl-redirect", "true"), 308), (("denylist-source-range", "0.0.0.0/0"), 403)]
    {
        let proxy = proxy(&web, &url, &[annotation], &[]).await;
        assert_eq!(ask(&proxy, "/", &[]).await.status, status);
        assert_eq!(decider.count(), 0);
    }
    let canary = Upstream::echo("canary").await;
    let rules = [
        ingress("web", ROOT, "web", &[("auth-url", &url)]),
        ingress("canary", ROOT, "canary", &[("canary", "true"), ("canary-weight", "50")]),
    ];
    let services = [Service::new("web", &[web.address]), Service::new("canary", &[canary.address])];
    let proxy = Proxy::start(&file(&rules, &services), &[]).await;
    // Whoever is refused takes no turn: the shares of the others stay exact.
    for number in 0..20 {
        assert_eq!(
            ask(&proxy, "/", &[("X-Do", if number % 3 == 0 { "403" } else { "401" })]).await.status / 100,
            4
        );
        assert_eq!(ask(&proxy, "/", &[]).await.status, 200);
    }
    assert_eq!((web.requests(), canary.requests(), decider.count()), (10, 10, 40));
}

#[tokio::test]
async fn with_any_it_is_enough_that_the_list_or_the_server_lets_a_client_in() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let annotations =
        [("satisfy", "any"), ("allowlist-source-range", "192.0.2.0/24"), ("auth-response-headers", "X-User")];
    let proxy = proxy(&web, &decider.url("/"), &annotations, &["--trust-forwarded", "127.0.0.0/8"]).await;
    for (client, does, status, asked) in [
        ("192.0.2.1", "403", 200, 0),
        ("198.51.100.1", "200", 200, 1),
        ("198.51.100.1", "403", 403, 2),
        ("198.51.100.1", "500", 500, 3),
    ] {
        let headers = [("X-Forwarded-For", client), ("X-Do", does), ("X-User", "forged")];
        let reply = ask(&proxy, "/", &headers).await;
        assert_eq!((reply.status, decider.count()), (status, asked), "{client} {does}");
        assert!(!reply.text().contains("forged"), "asked or not, it is not for the client to say");
    }
    let annotations = [("satisfy", "all"), ("allowlist-source-range", "192.0.2.0/24")];
    let proxy =
        self::proxy(&web, &decider.url("/"), &annotations, &["--trust-forwarded", "127.0.0.0/8"]).await;
    for (client, does, status) in
        [("192.0.2.1", "403", 403), ("192.0.2.1", "200", 200), ("198.51.100.1", "200", 403)]
    {
        assert_eq!(ask(&proxy, "/", &[("X-Forwarded-For", client), ("X-Do", does)]).await.status, status);
    }
}

#[tokio::test]
async fn passwords_are_looked_at_first_and_with_any_one_of_the_two_is_enough() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let url = decider.url("/");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: users, namespace: shop}\nstringData: {auth: 'ana:{PLAIN}open'}\n---\n";
    let (good, bad) = ("Basic YW5hOm9wZW4=", "Basic YW5hOnNodXQ=");
    for (satisfy, rows) in [
        ("all", [(good, "200", 200, 1), (good, "403", 403, 1), (bad, "200", 401, 0), (bad, "403", 401, 0)]),
        ("any", [(good, "403", 200, 0), (bad, "200", 200, 1), (bad, "403", 401, 1), (bad, "500", 500, 1)]),
    ] {
        let annotations =
            [("auth-url", &*url), ("auth-type", "basic"), ("auth-secret", "users"), ("satisfy", satisfy)];
        let rules = [ingress("web", ROOT, "web", &annotations), secret.to_owned()];
        let proxy = Proxy::start(&file(&rules, &[Service::new("web", &[web.address])]), &[]).await;
        for (credentials, does, status, asked) in rows {
            let before = decider.count();
            let reply = ask(&proxy, "/", &[("Authorization", credentials), ("X-Do", does)]).await;
            let case = format!("{satisfy} {credentials} {does}");
            assert_eq!((reply.status, decider.count() - before), (status, asked), "{case}");
            assert_eq!(reply.header("www-authenticate").is_some(), status == 401, "{case}");
            assert!(
                !lines(&reply.text(), "authorization").iter().any(|line| line.contains("Basic")),
                "{case}"
            );
        }
    }
}

#[tokio::test]
async fn who_may_change_protocols_is_asked_about_too() {
    let web =
        Upstream::raw("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhello")
            .await;
    let decider = Decider::start().await;
    let proxy = proxy(&web, &decider.url("/"), &[("auth-response-headers", "X-User")], &[]).await;
    for (does, status) in [("200", 101), ("401", 401)] {
        let mut client = Client::connect(proxy.http()).await;
        let headers = [("Host", "h"), ("Connection", "upgrade"), ("Upgrade", "x"), ("X-Do", does)];
        client.send(request("GET", "/", &headers, "")).await;
        assert_eq!(client.reply().await.unwrap().status, status);
        let (_, asked) = decider.last();
        assert!(!asked.contains_key("upgrade") && !asked.contains_key("connection"), "{asked:?}");
        if status == 101 {
            assert_eq!(client.bytes(5).await, b"hello");
        }
    }
}
