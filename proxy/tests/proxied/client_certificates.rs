//! Hosts whose clients have to show a certificate.

use std::sync::Arc;

use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::certificates::client_config;
use crate::policies::ingress;
use crate::support::client::{Client, Reply, get};
use crate::support::eventually;
use crate::support::manifest::{Service, file, secret};
use crate::support::pki::{Authority, Pair};
use crate::support::proxy::{Proxy, by_hyper};
use crate::support::upstream::Upstream;

const SECRET: (&str, &str) = ("auth-tls-secret", "shop/clients");

/// An Ingress of a host with these annotations.
fn rule(host: &str, annotations: &[(&str, &str)]) -> String {
    let name = host.replace('.', "-");
    ingress(&name, ("/", "Prefix"), "web", annotations).replace("host: h,", &format!("host: {host},"))
}

fn objects(web: &Upstream, rules: &[String], secrets: &[String]) -> String {
    file(rules, &[Service::new("web", &[web.address])]) + &secrets.concat()
}

/// The Secret `clients`, or another one.
fn clients(name: &str, authority: &Authority) -> String {
    secret(name, &[("ca.crt", &authority.pem)])
}

async fn start(objects: &str) -> Proxy {
    let listen = if by_hyper() { "127.0.0.1:0/hyper" } else { "127.0.0.1:0" };
    Proxy::start(objects, &["--listen-tls", listen]).await
}

/// A connection to this host with this configuration.
async fn connect(proxy: &Proxy, config: &Arc<ClientConfig>, host: &str) -> Client<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(proxy.bound.https[0]).await.unwrap();
    let name = host.to_owned().try_into().unwrap();
    Client::over(TlsConnector::from(Arc::clone(config)).connect(name, tcp).await.unwrap())
}

/// One request for a host, of a client with this certificate.
async fn ask(proxy: &Proxy, pair: Option<&Pair>, host: &str) -> Reply {
    connect(proxy, &client_config(pair), host).await.get("/", &[("Host", host)]).await
}

async fn says(proxy: &Proxy, words: &str) {
    eventually(words, || async { proxy.admin("/debug/problems").await.text().contains(words).then_some(()) })
        .await;
}

#[tokio::test]
async fn each_mode_lets_in_whom_nginx_lets_in() {
    let (web, root, stranger) =
        (Upstream::echo("web").await, Authority::new("root"), Authority::new("other"));
    let (good, strange) = (root.issue("first", &[]), stranger.issue("second", &[]));
    let missing = "No required SSL certificate was sent";
    let wrong = "The SSL certificate error";
    for (verify, of_none, of_strange) in [
        ("on", (400, missing), (400, wrong)),
        ("optional", (200, "ssl-client-verify: NONE\n"), (400, wrong)),
        (
            "optional_no_ca",
            (200, "ssl-client-verify: NONE\n"),
            (200, "ssl-client-verify: FAILED:unable to get local"),
        ),
        ("off", (200, "web\n"), (200, "web\n")),
    ] {
        let rules = [rule("h", &[SECRET, ("auth-tls-verify-client", verify)])];
        let proxy = start(&objects(&web, &rules, &[clients("clients", &root)])).await;
        let of_good = (200, if verify == "off" { "web\n" } else { "ssl-client-verify: SUCCESS\n" });
        for (pair, (status, words)) in [(None, of_none), (Some(&strange), of_strange), (Some(&good), of_good)]
        {
            let reply = ask(&proxy, pair, "h").await;
            assert_eq!(reply.status, status, "{verify}: {}", reply.text());
            assert!(reply.text().contains(words), "{verify}: {}", reply.text());
        }
    }
}

#[tokio::test]
async fn upstreams_are_told_by_the_proxy_alone() {
    let (web, root) = (Upstream::echo("web").await, Authority::new("root"));
    let pair = root.issue("first, of all", &[]);
    for pass in ["true", "false"] {
        let rules =
            [rule("h", &[SECRET, ("auth-tls-pass-certificate-to-upstream", pass)]), rule("free", &[])];
        let proxy = start(&objects(&web, &rules, &[clients("clients", &root)])).await;
        let mut client = connect(&proxy, &client_config(Some(&pair)), "h").await;
        let forged = [
            ("Host", "h"),
            ("Ssl-Client-Verify", "SUCCESS"),
            ("ssl-client-subject-dn", "CN=admin"),
            ("ssl-client-cert", "forged"),
            ("ssl-client-other", "forged"),
        ];
        for _ in 0..2 {
            let text = client.get("/", &forged).await.text();
            assert!(text.contains("ssl-client-subject-dn: CN=first\\, of all\n"), "{text}");
            assert!(text.contains("ssl-client-issuer-dn: CN=root\n") && !text.contains("forged"), "{text}");
            assert_eq!(text.matches("ssl-client-verify: SUCCESS\n").count(), 1, "{text}");
            let escaped = pair.chain.replace("\r\n", "\n").replace(['\n'], "%0A").replace(' ', "%20");
            let escaped = escaped.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            assert_eq!(text.contains(&format!("ssl-client-cert: {escaped}\n")), pass == "true", "{text}");
        }
        assert_eq!(ask(&proxy, None, "free").await.status, 200, "other hosts ask nobody");
    }
}

#[tokio::test]
async fn a_connection_to_another_host_opens_nothing() {
    let (web, root, other) = (Upstream::echo("web").await, Authority::new("root"), Authority::new("other"));
    let rules = [
        rule("a.example", &[SECRET]),
        rule("b.example", &[("auth-tls-secret", "others")]),
        rule("free.example", &[]),
    ];
    let secrets = [clients("clients", &root), clients("others", &other)];
    let proxy = start(&objects(&web, &rules, &secrets)).await;
    let config = client_config(Some(&root.issue("first", &[])));
    for host in ["free.example", "b.example", "unknown.example", "127.0.0.1"] {
        let mut client = connect(&proxy, &config, host).await;
        assert_eq!(client.get("/", &[("Host", "a.example")]).await.status, 421, "{host}");
        // Others may be asked for over it.
        let reply = client.get("/", &[("Host", "free.example")]).await;
        assert_eq!(reply.status, 200, "{host}");
    }
    assert_eq!(ask(&proxy, Some(&root.issue("first", &[])), "a.example").await.status, 200);
    assert_eq!(proxy.metric("weir_requests_denied_total{reason=\"misdirected\"}").await, 4);
}

#[tokio::test]
async fn a_session_is_of_one_host_and_is_looked_at_again() {
    let (web, root, other) = (Upstream::echo("web").await, Authority::new("root"), Authority::new("other"));
    let rules = [rule("a.example", &[SECRET]), rule("b.example", &[("auth-tls-secret", "others")])];
    let secrets = |a: &Authority| [clients("clients", a), clients("others", &other)];
    let proxy = start(&objects(&web, &rules, &secrets(&root))).await;
    let config = client_config(Some(&root.issue("first", &[])));
    let mut first = connect(&proxy, &config, "a.example").await;
    assert_eq!(first.get("/", &[("Host", "a.example")]).await.status, 200);
    let mut again = connect(&proxy, &config, "a.example").await;
    assert_eq!(again.get("/", &[("Host", "a.example")]).await.status, 200);
    let kind = again.stream.get_ref().1.handshake_kind();
    assert_eq!(kind, Some(rustls::HandshakeKind::Resumed));
    let mut b = connect(&proxy, &config, "b.example").await;
    assert_eq!(b.get("/", &[("Host", "b.example")]).await.status, 400, "another authority");
    assert_eq!(b.stream.get_ref().1.handshake_kind(), Some(rustls::HandshakeKind::Full));

    // The authority changes: neither a session nor an open connection lets anybody in.
    proxy.apply(&objects(&web, &rules, &secrets(&other))).await;
    assert_eq!(first.get("/", &[("Host", "a.example")]).await.status, 400);
    let mut late = connect(&proxy, &config, "a.example").await;
    assert_eq!(late.get("/", &[("Host", "a.example")]).await.status, 400);
    assert_eq!(ask(&proxy, Some(&other.issue("second", &[])), "a.example").await.status, 200);
}

#[tokio::test]
async fn in_clear_text_nothing_can_be_shown() {
    let (web, root) = (Upstream::echo("web").await, Authority::new("root"));
    for (verify, status) in [("on", 400), ("optional", 200)] {
        let plain = rule("h", &[SECRET, ("auth-tls-verify-client", verify)]);
        let proxy = start(&objects(&web, std::slice::from_ref(&plain), &[clients("clients", &root)])).await;
        let headers = [("Host", "h"), ("ssl-client-verify", "SUCCESS"), ("X-Forwarded-Proto", "https")];
        let reply = get(proxy.http(), "/", &headers).await;
        assert_eq!(reply.status, status);
        assert!(!reply.text().contains("SUCCESS"), "{}", reply.text());
        let redirecting = plain.replace("spec:\n", "spec:\n  tls: [{hosts: [h]}]\n");
        proxy.apply(&objects(&web, &[redirecting], &[clients("clients", &root)])).await;
        assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.status, 308);
    }
}

#[tokio::test]
async fn who_is_refused_may_be_sent_elsewhere_and_names_are_matched() {
    let (web, root) = (Upstream::echo("web").await, Authority::new("root"));
    let page = ("auth-tls-error-page", "https://login.example/why");
    let match_cn = ("auth-tls-match-cn", "CN=(first|second)(,|$)");
    let rules = [rule("h", &[SECRET, page, match_cn])];
    let proxy = start(&objects(&web, &rules, &[clients("clients", &root)])).await;
    let reply = ask(&proxy, None, "h").await;
    assert_eq!((reply.status, reply.header("location")), (302, Some("https://login.example/why")));
    let stranger = Authority::new("other").issue("first", &[]);
    assert_eq!(ask(&proxy, Some(&stranger), "h").await.status, 302);
    for (name, status) in [("first", 200), ("second", 200), ("third", 403), ("first of all", 403)] {
        assert_eq!(ask(&proxy, Some(&root.issue(name, &[])), "h").await.status, status, "{name}");
    }
    assert_eq!(web.requests(), 2);
}

#[tokio::test]
async fn chains_have_their_length_and_certificates_are_revoked() {
    let (web, root) = (Upstream::echo("web").await, Authority::new("root"));
    let below = root.below("below");
    let long = below.issue("first", &[]);
    for (depth, status) in [("0", 400), ("1", 200)] {
        let rules = [rule("h", &[SECRET, ("auth-tls-verify-depth", depth)])];
        let proxy = start(&objects(&web, &rules, &[clients("clients", &root)])).await;
        assert_eq!(ask(&proxy, Some(&long), "h").await.status, status, "{depth}");
    }
    let (kept, gone) = (root.issue_as(7, "first"), root.issue_as(8, "second"));
    let list = root.revoke(&[8]);
    let rules = [rule("h", &[SECRET])];
    let with =
        |list: &str| objects(&web, &rules, &[secret("clients", &[("ca.crt", &root.pem), ("ca.crl", list)])]);
    let proxy = start(&with(&list)).await;
    assert_eq!(ask(&proxy, Some(&kept), "h").await.status, 200);
    assert_eq!(ask(&proxy, Some(&gone), "h").await.status, 400);
    // A list that is none: the last one stays in force.
    proxy.apply(&with("hello")).await;
    says(&proxy, "no PEM list of revoked certificates").await;
    assert_eq!(ask(&proxy, Some(&gone), "h").await.status, 400);
    proxy.apply(&with(&root.revoke(&[7]))).await;
    assert_eq!(ask(&proxy, Some(&gone), "h").await.status, 200);
    assert_eq!(ask(&proxy, Some(&kept), "h").await.status, 400);
}

#[tokio::test]
async fn what_cannot_be_read_is_closed() {
    let (web, root) = (Upstream::echo("web").await, Authority::new("root"));
    let pair = root.issue("first", &[]);
    let broken = secret("clients", &[("ca.crt", "hello")]);
    for (annotations, secret, words) in [
        (&[SECRET][..], String::new(), "there is no Secret shop/clients"),
        (&[SECRET], broken, "no PEM certificate in it"),
        (&[("auth-tls-secret", "other/clients")], clients("clients", &root), "in another namespace"),
        (
            &[SECRET, ("auth-tls-verify-client", "maybe")],
            clients("clients", &root),
            "not a way to verify clients",
        ),
        (&[SECRET, ("auth-tls-verify-depth", "-1")], clients("clients", &root), "not a number from 0 to 255"),
        (&[SECRET, ("auth-tls-match-cn", "first")], clients("clients", &root), "does not begin with CN="),
        (&[SECRET, ("auth-tls-match-cn", "CN=(")], clients("clients", &root), "mend it"),
        (
            &[SECRET, ("auth-tls-error-page", "$x")],
            clients("clients", &root),
            "is not a place to send clients to",
        ),
        (&[("auth-tls-match-cn", "CN=a")], String::new(), "it needs auth-tls-secret"),
        (&[("auth-tls-verify-client", "on")], String::new(), "it needs auth-tls-secret"),
    ] {
        let proxy = start(&objects(&web, &[rule("h", annotations)], &[secret])).await;
        assert_eq!(ask(&proxy, Some(&pair), "h").await.status, 503, "{annotations:?}");
        says(&proxy, words).await;
    }
    assert_eq!(web.requests(), 0);
}

#[tokio::test]
async fn a_secret_that_goes_leaves_its_authorities() {
    let (web, root) = (Upstream::echo("web").await, Authority::new("root"));
    let pair = root.issue("first", &[]);
    let rules = [rule("h", &[SECRET])];
    let proxy = start(&objects(&web, &rules, &[clients("clients", &root)])).await;
    assert_eq!(ask(&proxy, Some(&pair), "h").await.status, 200);
    for secrets in [vec![secret("clients", &[("ca.crt", "hello")])], vec![]] {
        proxy.apply(&objects(&web, &rules, &secrets)).await;
        says(&proxy, "what it said last stays in force").await;
        assert_eq!(ask(&proxy, Some(&pair), "h").await.status, 200);
        assert_eq!(ask(&proxy, None, "h").await.status, 400);
    }
}
