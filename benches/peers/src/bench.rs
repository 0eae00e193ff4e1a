//! What every measurement needs: tools, a certificate, a backend, a folder, and how long and how often to measure.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

use crate::install::Tools;
use crate::process::{Cpus, Program, Running, free_address};
use crate::ready;

/// Wanted limit of open files: enough for 9,500 connections on both sides of a proxy.
const FILES: u64 = 65_536;
const BACKEND_PATIENCE: Duration = Duration::from_secs(5);

/// Everything that measurements share.
#[derive(Debug)]
pub(crate) struct Bench {
    /// Generators and instruments.
    pub(crate) tools: Tools,
    /// For servers that speak TLS.
    pub(crate) certificate: Certificate,
    /// A file with one gRPC message.
    pub(crate) message: PathBuf,
    /// Pins what OpenSSL's users offer.
    openssl: PathBuf,
    /// Open files that a process may have.
    pub(crate) files: u64,
    /// Rounds that count.
    pub(crate) rounds: usize,
    /// Seconds of each measurement.
    pub(crate) seconds: f64,
    /// Where the backend answers.
    pub(crate) upstreams: [SocketAddr; 2],
    /// Stops with the bench.
    _backend: Running,
    /// Last, so that it goes when nobody writes into it any more.
    pub(crate) folder: TempDir,
}

/// Files of a certificate for `localhost`, ECDSA P-256.
#[derive(Debug)]
pub(crate) struct Certificate {
    /// The certificate.
    pub(crate) chain: PathBuf,
    /// Its key.
    pub(crate) key: PathBuf,
    /// Both in one file.
    pub(crate) both: PathBuf,
}

impl Bench {
    /// Makes everything ready in `folder`.
    pub(crate) fn new(folder: TempDir, tools: Tools, rounds: usize, seconds: f64) -> Result<Self> {
        let path = folder.path();
        let certificate = Certificate::make(path)?;
        let message = path.join("message");
        std::fs::write(&message, b"\0\0\0\0\x10sixteen bytes...")?;
        let openssl = path.join("openssl.cnf");
        std::fs::write(&openssl, OPENSSL)?;
        let files = raise_files();
        let upstreams = [free_address()?, free_address()?];
        let args = ["backend".to_owned()].into_iter().chain(upstreams.iter().map(ToString::to_string));
        let program = Program::new(&tools.own, Cpus::Load).args(args);
        let mut backend = program.start(&path.join("backend.log")).context("the backend")?;
        for upstream in upstreams {
            ready::connects(upstream, &mut backend, BACKEND_PATIENCE).context("the backend")?;
        }
        Ok(Self {
            tools,
            certificate,
            message,
            openssl,
            files,
            rounds,
            seconds,
            upstreams,
            _backend: backend,
            folder,
        })
    }

    /// Has a generator offer TLS 1.3 with AES-256-GCM and X25519 alone, so that every peer has the same work.
    pub(crate) fn with_openssl(&self, program: Program) -> Program {
        program.env("OPENSSL_CONF", self.openssl.display().to_string())
    }
}

impl Certificate {
    fn make(folder: &Path) -> Result<Self> {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let chain = rcgen::CertificateParams::new(names)?.self_signed(&key)?.pem();
        let key = key.serialize_pem();
        let write = |name: &str, text: &str| -> Result<PathBuf> {
            let path = folder.join(name);
            std::fs::write(&path, text)?;
            Ok(path)
        };
        Ok(Self {
            chain: write("tls.crt", &chain)?,
            key: write("tls.key", &key)?,
            both: write("both.pem", &format!("{chain}{key}"))?,
        })
    }
}

/// Raises the limit of open files as far as it goes, for this process and those that it starts.
fn raise_files() -> u64 {
    let now = getrlimit(Resource::Nofile);
    let hard = now.maximum.unwrap_or(FILES);
    let more = Rlimit { current: Some(FILES.max(hard)), maximum: Some(FILES.max(hard)) };
    if setrlimit(Resource::Nofile, more).is_ok() {
        return FILES;
    }
    let most = Rlimit { current: Some(hard), maximum: now.maximum };
    if setrlimit(Resource::Nofile, most).is_ok() { hard.min(FILES) } else { now.current.unwrap_or(1024) }
}

const OPENSSL: &str = "openssl_conf = bench
[bench]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
MinProtocol = TLSv1.3
Ciphersuites = TLS_AES_256_GCM_SHA384
Groups = X25519
";
