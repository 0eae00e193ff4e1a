//! Handshakes in memory: who is taken, and who is not.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};

use super::{AuthorityError, Expected, authorities, configure, unverified};

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// An authority, or one below another.
fn authority(name: &str, above: Option<&Authority>) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let made = match above {
        Some(above) => params.signed_by(&key, &above.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Authority { pem: made.pem(), issuer: Issuer::new(params, key) }
}

/// A server with a certificate for `name`, which also shows `others`.
fn server(name: &str, authority: &Authority, others: &[&Authority]) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let made =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority.issuer).unwrap();
    let chain = others.iter().fold(made.pem(), |chain, other| chain + &other.pem);
    let pair = super::super::pair::of(chain.as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    Arc::new(
        ServerConfig::builder_with_provider(super::super::provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(pair))),
    )
}

fn shake(client: ClientConfig, server: &Arc<ServerConfig>) -> Result<(), rustls::Error> {
    let name = ServerName::try_from("web.shop.svc").unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name)?;
    let mut server = ServerConnection::new(Arc::clone(server))?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        server.read_tls(&mut bytes.as_slice()).unwrap();
        server.process_new_packets()?;
        bytes.clear();
        server.write_tls(&mut bytes).unwrap();
        client.read_tls(&mut bytes.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(())
}

fn expect(authority: &Authority, name: Option<&str>, depth: Option<usize>) -> ClientConfig {
    let name = name.map(|name| ServerName::try_from(name.to_owned()).unwrap());
    let authorities = Arc::new(authorities(authority.pem.as_bytes()).unwrap());
    let expected = Expected { authorities, name, depth };
    configure(Some(expected), crate::tls::provider(), rustls::DEFAULT_VERSIONS).unwrap()
}

#[test]
fn authority_name_and_depth_are_checked() {
    let root = authority("root", None);
    let below = authority("below", Some(&root));
    let stranger = authority("stranger", None);
    let direct = server("web.shop.svc", &root, &[]);
    let through = server("web.shop.svc", &below, &[&below]);
    let other = server("other.example", &root, &[]);
    let refusal = |client, server| shake(client, server).unwrap_err().to_string();
    assert_eq!(shake(expect(&root, None, Some(0)), &direct), Ok(()));
    assert_eq!(shake(expect(&root, None, Some(1)), &through), Ok(()));
    assert_eq!(shake(expect(&root, None, None), &through), Ok(()));
    assert_eq!(shake(expect(&root, Some("other.example"), None), &other), Ok(()));
    assert!(refusal(expect(&root, None, Some(0)), &through).contains("Depth"));
    assert!(refusal(expect(&stranger, None, None), &direct).contains("UnknownIssuer"));
    assert!(refusal(expect(&root, None, None), &other).contains("CertNotValidForName"));
    assert!(refusal(expect(&root, Some("other.example"), None), &direct).contains("CertNotValidForName"));
}

#[test]
fn whoever_is_not_verified_still_has_to_hold_its_key() {
    let stranger = authority("stranger", None);
    assert_eq!(shake(unverified().unwrap(), &server("other.example", &stranger, &[])), Ok(()));
    // The certificate of one, the key of another.
    let shown = rcgen::generate_simple_self_signed(["web.shop.svc".to_owned()]).unwrap();
    let held = PrivateKeyDer::try_from(KeyPair::generate().unwrap().serialize_der()).unwrap();
    let key = super::super::provider().key_provider.load_private_key(held).unwrap();
    let pair = rustls::sign::CertifiedKey::new(vec![shown.cert.der().clone()], key);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let liar = ServerConfig::builder_with_provider(super::super::provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(pair.clone())));
        let refused = shake(unverified().unwrap(), &Arc::new(liar)).unwrap_err();
        assert!(refused.to_string().contains("BadSignature"), "{version:?}: {refused}");
    }
}

#[test]
fn what_holds_no_authority_is_said_precisely() {
    assert!(matches!(authorities(b"").unwrap_err(), AuthorityError::None));
    assert!(matches!(authorities(b"hello").unwrap_err(), AuthorityError::None));
    let torn = b"-----BEGIN CERTIFICATE-----\nAAAA\n";
    assert!(matches!(authorities(torn).unwrap_err(), AuthorityError::Pem(_)));
    let empty = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(authorities(empty).unwrap_err(), AuthorityError::Certificate(1, ..)));
}
