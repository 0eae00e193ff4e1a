//! Services of type `ExternalName`: served at the addresses of their names, and not where they must not lead.

use std::net::SocketAddr;

use crate::support::eventually;
use crate::support::manifest::NAMESPACE;
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

const ALLOWED: &str = "--allow-local-external-names";

/// A Service of this name, of which an Ingress names a port that it does not list.
fn external(name: &str, port: u16) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: far, namespace: {NAMESPACE}}}
spec: {{type: ExternalName, externalName: {name}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: {NAMESPACE}}}
spec: {{rules: [{{http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: far, port: {{number: {port}}}}}}}}}]}}}}]}}
"
    )
}

/// What is told to be wrong.
async fn problems(proxy: &Proxy) -> String {
    proxy.admin("/debug/problems").await.text()
}

#[tokio::test]
async fn requests_go_to_the_addresses_of_the_name() {
    let web = Upstream::echo("web").await;
    for name in ["localhost", "127.0.0.1"] {
        let proxy = Proxy::start(&external(name, web.address.port()), &[ALLOWED]).await;
        let reply = proxy.get("/").await;
        assert_eq!(reply.status, 200, "{name}: {}", problems(&proxy).await);
        assert!(reply.text().starts_with("web"), "{}", reply.text());
    }
}

#[tokio::test]
async fn the_target_port_of_the_service_is_that_of_the_name() {
    let web = Upstream::echo("web").await;
    let ports = format!("externalName: 127.0.0.1, ports: [{{port: 80, targetPort: {}}}]", web.address.port());
    let objects = external("127.0.0.1", 80).replace("externalName: 127.0.0.1", &ports);
    let proxy = Proxy::start(&objects, &[ALLOWED]).await;
    assert_eq!(proxy.get("/").await.status, 200, "{}", problems(&proxy).await);
}

#[tokio::test]
async fn a_name_of_this_machine_is_refused_and_so_is_every_name_where_none_are_wanted() {
    let web = Upstream::echo("web").await;
    for (name, flags, why) in [
        ("localhost", &[][..], ALLOWED),
        ("169.254.169.254", &[], "on this machine or its link"),
        ("localhost", &["--disable-svc-external-name", ALLOWED], "--disable-svc-external-name is set"),
        ("nowhere.invalid", &[], "nowhere.invalid"),
    ] {
        let proxy = Proxy::start(&external(name, web.address.port()), flags).await;
        assert_eq!(proxy.get("/").await.status, 503, "{name} {flags:?}");
        eventually("it is told why", || async { problems(&proxy).await.contains(why).then_some(()) }).await;
    }
    assert_eq!(web.requests(), 0);
}

#[tokio::test]
async fn a_name_that_is_mended_is_served() {
    let web = Upstream::echo("web").await;
    let port = SocketAddr::port(&web.address);
    let proxy = Proxy::start(&external("nowhere.invalid", port), &[ALLOWED]).await;
    assert_eq!(proxy.get("/").await.status, 503);
    proxy.apply(&external("127.0.0.1", port)).await;
    eventually("it is served", || async { (proxy.get("/").await.status == 200).then_some(()) }).await;
}
