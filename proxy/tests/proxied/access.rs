//! Lists of networks: who may come in, and what becomes of lists that cannot be read.

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Client, get, request};
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

const ROOT: (&str, &str) = ("/", "Prefix");

async fn proxy(web: &Upstream, annotations: &[(&str, &str)], flags: &[&str]) -> Proxy {
    let rules = ingress("web", ROOT, "web", annotations);
    Proxy::start(&file(&[rules], &[Service::new("web", &[web.address])]), flags).await
}

#[tokio::test]
async fn clients_outside_the_list_get_403_and_the_connection_stays() {
    let web = Upstream::echo("web").await;
    let proxy = proxy(&web, &[("allowlist-source-range", "192.0.2.0/24, 2001:db8::/32")], &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for (method, body) in [("GET", ""), ("POST", "abc"), ("HEAD", ""), ("GET", "")] {
        client.send(request(method, "/", &[("Host", "h"), ("X-Forwarded-For", "192.0.2.1")], body)).await;
        let reply = client.reply_to(method).await.unwrap();
        assert_eq!((reply.status, reply.complete), (403, true), "{method}");
        assert!(method == "HEAD" || reply.text() == "403 Forbidden: this address may not come in here\n");
    }
    assert_eq!(http2::answer(&proxy, ("GET", "http://h/"), &[], "").await.0, 403);
    assert_eq!(proxy.metric("weir_requests_denied_total{reason=\"source_range\"}").await, 5);
    assert_eq!(web.requests(), 0);
    let explained = proxy.admin("/debug/routes?host=h&path=/&client=192.0.2.7").await.text();
    assert!(explained.contains("192.0.2.0/24") && !explained.contains("\"denied\""), "{explained}");
    let explained = proxy.admin("/debug/routes?host=h&path=/&client=192.0.3.7").await.text();
    assert!(explained.contains("refuses the client (403, source_range)"), "{explained}");
}

#[tokio::test]
async fn behind_trusted_proxies_the_address_that_they_vouch_for_counts() {
    let web = Upstream::echo("web").await;
    let annotations = [("whitelist-source-range", "192.0.2.0/24"), ("denylist-source-range", "192.0.2.66")];
    let proxy = proxy(&web, &annotations, &["--trust-forwarded", "127.0.0.0/8"]).await;
    for (chain, status) in
        [("192.0.2.1", 200), ("192.0.2.66", 403), ("192.0.2.1, 203.0.113.5", 403), ("203.0.113.5", 403)]
    {
        let reply = get(proxy.http(), "/", &[("Host", "h"), ("X-Forwarded-For", chain)]).await;
        assert_eq!(reply.status, status, "{chain}");
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_closes_the_route_and_the_last_good_one() {
    let web = Upstream::echo("web").await;
    let objects = |annotations: &[(&str, &str)]| {
        file(&[ingress("web", ROOT, "web", annotations)], &[Service::new("web", &[web.address])])
    };
    let proxy = Proxy::start(&objects(&[]), &[]).await;
    let status = async || get(proxy.http(), "/", &[("Host", "h")]).await.status;
    assert_eq!(status().await, 200);
    for bad in ["127.0.0.0/8, 10.0.0.0/33", "localhost", "", ","] {
        proxy.apply(&objects(&[("whitelist-source-range", bad)])).await;
        assert_eq!(status().await, 503, "{bad}");
        let problems = proxy.admin("/debug/problems").await.text();
        assert!(problems.contains("its requests are answered 503"), "{bad}: {problems}");
    }
    proxy.apply(&objects(&[("denylist-source-range", "10.0.0.0/8")])).await;
    assert_eq!(status().await, 200);
}

#[tokio::test]
async fn redirects_come_before_refusals() {
    let web = Upstream::echo("web").await;
    let annotations = [("denylist-source-range", "0.0.0.0/0"), ("force-ssl-redirect", "true")];
    let proxy = proxy(&web, &annotations, &[]).await;
    assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.status, 308);
}
