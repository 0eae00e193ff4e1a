//! Calls by HTTPS. Whom a program trusts it reads from its environment when it begins, so each of these runs its pipeline in a process of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, Issuer, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use weir_pipeline::{Run, Status};

use crate::fixture::{World, reason};
use crate::server::{Server, json};

/// Where a process of its own finds what it runs: `spec` and `trigger.json`; it leaves `run.json`.
const FOLDER: &str = "WEIR_TEST_FOLDER";

/// One who signs certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for this name, and its key.
    pub(crate) fn certificate(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// A server with a certificate for this name.
    fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// The run of these stages in a process that trusts only what this file holds.
async fn run(trusted: Option<&Authority>, spec: &str, trigger: &Value) -> Run {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("spec"), spec).unwrap();
    fs::write(path("trigger.json"), trigger.to_string()).unwrap();
    let pem = trusted.map(|authority| authority.pem.as_str());
    pem.map(|pem| fs::write(path("trusted.pem"), pem)).transpose().unwrap();
    let mut test = tokio::process::Command::new(std::env::current_exe().unwrap());
    test.args(["--exact", "https::by_itself", "--ignored", "--nocapture"]);
    test.env("SSL_CERT_FILE", path("trusted.pem"))
        .env("SSL_CERT_DIR", path("none"))
        .env(FOLDER, folder.path());
    test.stdin(Stdio::null()).kill_on_drop(true);
    let ran = tokio::time::timeout(Duration::from_mins(1), test.output()).await.unwrap().unwrap();
    assert!(
        ran.status.success(),
        "{}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    serde_json::from_slice(&fs::read(path("run.json")).unwrap()).unwrap()
}

#[tokio::test]
#[ignore = "the others run it, in a process of its own"]
async fn by_itself() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let read = |name: &str| fs::read_to_string(Path::new(&folder).join(name)).unwrap();
    let world = World::new().await;
    world.secret("deploy/token", "s3cr3t-token");
    let id = world.start_by(&read("spec"), serde_json::from_str(&read("trigger.json")).unwrap()).await;
    let run = world.over(&id).await;
    fs::write(folder.join("run.json"), serde_json::to_vec(&*run).unwrap()).unwrap();
}

fn call(server: &Server, more: &str) -> String {
    format!(
        "stages:\n- name: Call\n  retries: {{limit: 1, backoff: {{initial: 1ms}}}}\n  webhook:\n    url: {}/deploy\n    secrets: {{Authorization: deploy/token}}\n{more}",
        server.url
    )
}

#[tokio::test]
async fn who_is_trusted_is_called_and_told_by_tls() {
    let authority = Authority::new("ours");
    let server = Server::by_tls(authority.server("localhost", |_| {}), |_, _| json(201, &json!({}))).await;
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let trigger = json!({"forge": "github", "repository": "acme/shop", "commit": commit});
    let tell = format!("- name: Tell\n  status: {{state: success, api: {}, secret: deploy}}\n", server.url);
    let run = run(Some(&authority), &format!("{}{tell}", call(&server, "")), &trigger).await;
    assert_eq!(run.status, Status::Succeeded, "{run:#?}");
    let asked = server.asked();
    let statuses = format!("POST /repos/acme/shop/statuses/{commit}");
    assert_eq!(server.lines(), ["POST /deploy".to_owned(), statuses]);
    assert_eq!(asked[0].header("authorization"), "s3cr3t-token");
    assert_eq!(asked[0].header("idempotency-key"), "shop-1.call.1");
    assert_eq!(asked[1].header("authorization"), "Bearer s3cr3t-token");
}

#[tokio::test]
async fn who_is_not_trusted_is_told_nothing_and_named_with_what_mends_it() {
    let [authority, stranger, renewed] = ["ours", "another", "ours"].map(Authority::new);
    let expired = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 2, 1);
    };
    let (tls, unsigned) =
        (|| authority.server("localhost", |_| {}), "nobody whom this machine trusts has signed");
    let late = authority.server("localhost", expired);
    let other = authority.server("deploy.test", |_| {});
    for (trusted, tls, what, mend) in [
        (Some(&stranger), tls(), unsigned, "SSL_CERT_FILE"),
        (Some(&renewed), tls(), unsigned, "SSL_CERT_FILE"),
        (Some(&authority), late, "its certificate has expired", "its owner has to renew it"),
        (Some(&authority), other, "its certificate is for another name", "deploy.test"),
        (None, tls(), "the certificates that this machine trusts cannot be read", "https needs them"),
    ] {
        let server = Server::by_tls(tls, |_, _| json(200, &json!({}))).await;
        let run = Arc::new(run(trusted, &call(&server, ""), &json!({})).await);
        let told = reason(&run);
        let host = server.url.trim_start_matches("https://");
        assert!(told.contains(&format!("{host}/deploy: {what}")) && told.contains(mend), "{told}");
        assert!(!told.contains("s3cr3t") && !told.contains("tried for"), "{told}");
        // Not the work's fault: so another attempt is made, and within one nobody is asked again.
        assert_eq!(run.stage("call").unwrap().attempt, 2, "{run:#?}");
        let tried = if trusted.is_some() { 2 } else { 0 };
        assert_eq!((server.asked().len(), server.connections()), (0, tried), "{told}");
    }
}

#[tokio::test]
async fn redirects_are_followed_to_nobody_and_secrets_go_to_no_other_host() {
    let authority = Authority::new("ours");
    let other =
        Server::by_tls(authority.server("localhost", |_| {}), |_, _| json(200, &json!({"state": "success"})))
            .await;
    for (status, more) in
        [(307, ""), (302, "    monitor: {url: location, statusPath: $.state, every: 5ms}\n")]
    {
        let to: &str = format!("location: {}/stolen\r\n", other.url).leak();
        let server = Server::by_tls(authority.server("localhost", |_| {}), move |_, _| {
            Some((status, to, "{}".to_owned()))
        })
        .await;
        let run = run(Some(&authority), &call(&server, more), &json!({})).await;
        assert_eq!(run.status, Status::Succeeded, "{run:#?}");
        assert_eq!(run.stage("call").unwrap().outputs["statusCode"], status);
        assert_eq!(server.asked()[0].header("authorization"), "s3cr3t-token");
    }
    // Once, where the stage asks for it, and without what is secret.
    assert_eq!(other.lines(), ["GET /stolen"]);
    assert_eq!(other.asked()[0].header("authorization"), "");
}
