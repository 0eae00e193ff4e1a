//! Certificates from Secrets, and their change under load.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::case::Case;
use crate::installed::until;
use crate::load::Load;

type Pair = rcgen::CertifiedKey<rcgen::KeyPair>;

fn secret(name: &str, pair: &Pair) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": name},
        "stringData": {"tls.crt": pair.cert.pem(), "tls.key": pair.signing_key.serialize_pem()},
    })
}

/// Whether a client that trusts this certificate only can shake hands with every proxy.
fn trusts(case: &Case, certificate: &CertificateDer<'static>) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    for proxy in case.proxies() {
        let name = ServerName::try_from(case.host.clone()).unwrap();
        let shaken = case.installed.inside(|| async {
            let tcp = TcpStream::connect(proxy.https()).await?;
            connector.connect(name, tcp).await.map(drop)
        });
        shaken.map_err(|error| format!("{}: {error}", proxy.name))?;
    }
    Ok(())
}

#[test]
fn a_certificate_is_changed_on_every_proxy_and_no_request_fails() {
    let Some(case) = Case::begin("certificates") else { return };
    case.upstreams(&[("one", 1)]);
    let [first, second] = [(); 2].map(|()| rcgen::generate_simple_self_signed([case.host.clone()]).unwrap());
    let mut ingress = case.ingress("web", "/", "one");
    ingress["spec"]["tls"] = json!([{"hosts": [case.host], "secretName": "web-tls"}]);
    ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/ssl-redirect"] = Value::from("false");
    case.apply(&[ingress, secret("web-tls", &first)]);
    until("every proxy has the certificate", || trusts(&case, first.cert.der()));
    case.everywhere("/", "one");
    let load = Load::start(&case, &["/"]);
    assert!(trusts(&case, second.cert.der()).is_err(), "a client that trusts another one is not served");
    case.apply(&[secret("web-tls", &second)]);
    until("every proxy has the new certificate", || trusts(&case, second.cert.der()));

    // Half a change, and then none at all: what was good stays, and then the default one is served.
    let torn = json!({"stringData": {"tls.crt": first.cert.pem()}}).to_string();
    case.kubectl(&["patch", "secret", "web-tls", "--patch", &torn]);
    until("every proxy has seen that the key does not match", || {
        let seen = |proxy: &crate::proxies::Proxy| {
            proxy
                .problems(case.installed, &case.namespace)
                .iter()
                .any(|said| said.contains("does not belong"))
        };
        if case.proxies().iter().all(seen) { Ok(()) } else { Err("not yet".to_owned()) }
    });
    trusts(&case, second.cert.der()).unwrap();
    case.kubectl(&["delete", "secret", "web-tls"]);
    until("nobody has it any more", || match trusts(&case, second.cert.der()) {
        Ok(()) => Err("it is still served".to_owned()),
        Err(_) => Ok(()),
    });
    load.stop(&case, "clear text beside it");
}
