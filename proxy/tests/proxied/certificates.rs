//! Certificates by host, from the Secrets that Ingresses name.

use std::fmt::Write as _;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::pki;
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

type Pair = rcgen::CertifiedKey<rcgen::KeyPair>;

fn pair(names: &[&str]) -> Pair {
    rcgen::generate_simple_self_signed(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        .unwrap()
}

/// A Secret with the certificate of one pair and the key of another.
fn secret(name: &str, namespace: &str, certificate: &Pair, key: &Pair) -> String {
    let lines = |pem: String| format!("    {}\n", pem.trim_end().replace('\n', "\n    "));
    format!(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData:\n  \
         tls.crt: |\n{}  tls.key: |\n{}---\n",
        lines(certificate.cert.pem()),
        lines(key.signing_key.serialize_pem()),
    )
}

/// An Ingress of these hosts with these entries of `spec.tls`, the older the smaller its number.
fn ingress(number: u32, hosts: &[&str], tls: &str) -> String {
    let mut text = format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web-{number}, namespace: shop, creationTimestamp: \
         \"2026-01-01T00:00:{number:02}Z\", annotations: {{nginx.ingress.kubernetes.io/ssl-redirect: \"false\"}}}}\nspec:\n  tls: \
         {tls}\n  rules:\n"
    );
    for host in hosts {
        let _ = writeln!(
            text,
            "    - {{host: \"{host}\", http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{name: \
             http}}}}}}}}]}}}}"
        );
    }
    text + "---\n"
}

fn backend(upstream: &Upstream) -> String {
    crate::support::manifest::simple(&[upstream.address])
}

fn algorithms() -> rustls::crypto::WebPkiSupportedAlgorithms {
    rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms
}

/// Trusts everybody who holds the key of what it shows, and is asked what it was shown.
#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        algorithms().supported_schemes()
    }
}

/// A TLS connection to this host.
pub(crate) async fn secure(tcp: TcpStream, host: &str) -> TlsStream<TcpStream> {
    try_secure(tcp, host).await.unwrap()
}

/// The same, or why there is none.
pub(crate) async fn try_secure(tcp: TcpStream, host: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).unwrap();
    TlsConnector::from(client_config(None)).connect(name, tcp).await
}

/// A client that shows this certificate, or none.
pub(crate) fn client_config(pair: Option<&pki::Pair>) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting));
    Arc::new(match pair {
        Some(pair) => builder.with_client_auth_cert(pair.certificates(), pair.private_key()).unwrap(),
        None => builder.with_no_client_auth(),
    })
}

/// The certificate that a client is shown for a host, and the status of a request there.
async fn shown(proxy: &Proxy, host: &str) -> (CertificateDer<'static>, u16) {
    let stream = secure(TcpStream::connect(proxy.bound.https[0]).await.unwrap(), host).await;
    let certificate = stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned();
    let status = Client::over(stream).get("/", &[("Host", host)]).await.status;
    (certificate, status)
}

async fn start(objects: &str) -> Proxy {
    Proxy::start(objects, &["--listen-tls", "127.0.0.1:0"]).await
}

#[tokio::test]
async fn each_host_gets_the_certificate_of_the_oldest_ingress_that_lists_it() {
    let web = Upstream::echo("web").await;
    let [listed, wild, covering, younger] =
        [&["a.example"][..], &["*.b.example"], &["c.example", "d.example"], &["a.example"]].map(pair);
    let objects = backend(&web)
        + &secret("listed", "shop", &listed, &listed)
        + &secret("wild", "shop", &wild, &wild)
        + &secret("covering", "shop", &covering, &covering)
        + &secret("younger", "shop", &younger, &younger)
        + &ingress(
            1,
            &["a.example", "x.b.example"],
            "[{hosts: [a.example], secretName: listed}, {hosts: [\"*.b.example\"], secretName: wild}]",
        )
        + &ingress(2, &["c.example", "e.example"], "[{secretName: covering}]")
        + &ingress(3, &["a.example"], "[{hosts: [a.example], secretName: younger}]")
        + &ingress(4, &["f.example"], "[{hosts: [f.example]}]");
    let proxy = start(&objects).await;
    for (host, expected) in [("a.example", &listed), ("x.b.example", &wild), ("c.example", &covering)] {
        let (certificate, status) = shown(&proxy, host).await;
        assert_eq!((&certificate, status), (expected.cert.der(), 200), "{host}");
    }
    let (default, _) = shown(&proxy, "unknown.example").await;
    for host in ["e.example", "f.example", "d.example", "y.x.b.example", "b.example"] {
        assert_eq!(shown(&proxy, host).await.0, default, "{host} has none of its own");
    }
    assert!([&listed, &wild, &covering, &younger].iter().all(|pair| *pair.cert.der() != default));
}

#[tokio::test]
async fn a_secret_changes_goes_and_comes_back_without_harm() {
    let web = Upstream::echo("web").await;
    let [first, second, third] = [(); 3].map(|()| pair(&["a.example"]));
    let ingress = ingress(1, &["a.example"], "[{hosts: [a.example], secretName: tls}]");
    let with = |secret: String| backend(&web) + &ingress + &secret;
    let proxy = start(&with(secret("tls", "shop", &first, &first))).await;
    let (certificate, status) = shown(&proxy, "a.example").await;
    assert_eq!((&certificate, status), (first.cert.der(), 200));

    // Half a change: the last good pair stays.
    proxy.apply(&with(secret("tls", "shop", &second, &first))).await;
    let said = |text: &'static str| {
        let proxy = &proxy;
        async move { proxy.admin("/debug/problems").await.text().contains(text).then_some(()) }
    };
    eventually("the fault is shown", || said("does not belong")).await;
    assert!(said("its last good certificate is served").await.is_some());
    assert_eq!(shown(&proxy, "a.example").await.0, *first.cert.der());

    proxy.apply(&with(secret("tls", "shop", &second, &second))).await;
    eventually("the new one is served", || async {
        (shown(&proxy, "a.example").await.0 == *second.cert.der()).then_some(())
    })
    .await;

    // A Secret of the same name in another namespace is none of this Ingress's.
    proxy.apply(&with(secret("tls", "other", &third, &third))).await;
    eventually("it is missed", || said("there is no Secret shop/tls")).await;
    let (default, status) = shown(&proxy, "a.example").await;
    assert!(default != *second.cert.der() && default != *third.cert.der());
    assert_eq!(status, 200, "with the default certificate");

    proxy.apply(&with(secret("tls", "shop", &third, &third))).await;
    eventually("it is back", || async {
        (shown(&proxy, "a.example").await.0 == *third.cert.der()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_end_of_each_hosts_certificate_is_exported_and_follows_its_secret() {
    let web = Upstream::echo("web").await;
    let ending = |year: i32| {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        Pair { cert: params.self_signed(&key).unwrap(), signing_key: key }
    };
    let objects = |pair: &Pair| {
        let tls = "[{hosts: [a.example, \"*.b.example\"], secretName: tls}]";
        backend(&web) + &secret("tls", "shop", pair, pair) + &ingress(1, &["a.example"], tls)
    };
    let proxy = start(&objects(&ending(2031))).await;
    // 2031-01-01T00:00:00Z belongs to it still.
    let metrics = proxy.admin("/metrics").await.text();
    for host in ["a.example", "*.b.example"] {
        let sample = format!("weir_tls_certificate_ends_seconds{{host=\"{host}\"}} 1924992001\n");
        assert!(metrics.contains(&sample), "{sample} in {metrics}");
    }
    assert!(metrics.contains("weir_tls_certificate_ends_seconds{host=\"_\"} "), "the default certificate");
    proxy.apply(&objects(&ending(2032))).await;
    eventually("the renewed one is told", || async {
        let metrics = proxy.admin("/metrics").await.text();
        metrics.contains("{host=\"a.example\"} 1956528001\n").then_some(())
    })
    .await;
}
