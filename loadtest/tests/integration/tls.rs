//! `https`: by a given authority, by any, and refused otherwise.

use std::{convert::Infallible, net::SocketAddr, num::NonZeroUsize, path::Path, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use weir_load::{
    drive::{self, ConnectError, RunError},
    plan::{Pace, Plan, PlanError, Protocol, Trust},
};

/// Serves 200 with a fresh certificate for `localhost`, which is written to `pem`.
async fn secure_server(pem: &Path) -> SocketAddr {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(pem, certified.cert.pem()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(certified.signing_key.serialize_pem().as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let respond = |_: Request<Incoming>| async {
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"secure"))))
                };
                let builder = auto::Builder::new(TokioExecutor::new());
                drop(builder.serve_connection(TokioIo::new(stream), service_fn(respond)).await);
            });
        }
    });
    address
}

fn plan(address: SocketAddr, trust: Trust, protocol: Protocol) -> Plan {
    let pace = Pace::Closed { lanes: NonZeroUsize::new(4).unwrap(), requests: Some(100), duration: None };
    let plan = Plan::new("https://localhost/", pace).unwrap();
    Plan { connect: Some(address.to_string()), trust, protocol, ..plan }
}

#[tokio::test]
async fn a_given_authority_is_trusted_over_both_protocols_and_a_stranger_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let pem = directory.path().join("ca.pem");
    let address = secure_server(&pem).await;
    for protocol in [Protocol::Http1, Protocol::Http2 { streams: NonZeroUsize::new(10).unwrap() }] {
        for trust in [Trust::Authorities(pem.clone()), Trust::Anyone] {
            let report = drive::run(plan(address, trust, protocol)).await.unwrap();
            assert_eq!(
                (report.results.outcomes["2xx"], report.results.body_bytes),
                (100, 600),
                "{protocol:?}"
            );
        }
    }
    let stranger = directory.path().join("stranger.pem");
    secure_server(&stranger).await;
    let refused = drive::run(plan(address, Trust::Authorities(stranger), Protocol::Http1)).await;
    assert!(matches!(refused, Err(RunError::Unreachable(ConnectError::Tls(..)))), "{refused:?}");
    let unknown = drive::run(plan(address, Trust::None, Protocol::Http1)).await;
    assert!(matches!(unknown, Err(RunError::Plan(PlanError::Trust))), "{unknown:?}");
}
