//! TLS from files. The certificate can change while connections are open; a pair that does not belong together is never served.
//!
//! Files are looked at once a second, because a mounted Secret changes by a symbolic link far above them, which file watches miss. They are
//! read when their state has changed, and what was read counts only if it is still the same afterwards, key and certificate match, and
//! both can be parsed; otherwise the last good pair stays in force and the fault is shown.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::TlsFiles;
use crate::problems::{Problem, Severity, Source};
use crate::worker::Shared;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Why the files give no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{}: no PEM {what} in it", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// Why.
        source: rustls_pki_types::pem::Error,
    },
    /// The pair cannot be used.
    #[error("{}: the key does not belong to the certificate, or is of a kind that is not supported", path.display())]
    Pair {
        /// The key's file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The files changed while they were read.
    #[error("{}: changed while it was read", path.display())]
    Torn {
        /// The certificate's file.
        path: PathBuf,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

/// The certificate in force, and the files that it comes from.
#[derive(Debug)]
pub(crate) struct Certificates {
    files: TlsFiles,
    current: ArcSwap<CertifiedKey>,
    /// State of the files that the first certificate was read from.
    first: Stamp,
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

/// State of the files on disk.
type Stamp = [(u64, u64, i64, i64); 2];

impl Certificates {
    /// The certificate that the files hold now.
    pub(crate) fn load(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let (pair, first) = read(&files)?;
        Ok(Arc::new(Self { files, current: ArcSwap::from_pointee(pair), first }))
    }

    /// The configuration that every worker shares, so that a session begun on one is resumed on another.
    pub(crate) fn server_config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, TlsError> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // One is enough for a client that comes back; each more costs bytes and encryption in every handshake.
        config.send_tls13_tickets = 1;
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().map_err(TlsError::Setup)?;
        Ok(Arc::new(config))
    }

    /// Follows the files, without end.
    pub(crate) async fn follow(&self, shared: &Shared) {
        let mut seen = self.first;
        let mut failing = false;
        let mut every = tokio::time::interval(LOOK);
        loop {
            every.tick().await;
            if !failing && stamp(&self.files).is_ok_and(|now| now == seen) {
                continue;
            }
            let problems = match read(&self.files) {
                Ok((pair, stamp)) => {
                    self.current.store(Arc::new(pair));
                    seen = stamp;
                    tracing::info!(certificate = %self.files.certificate.display(), "certificate read");
                    Vec::new()
                }
                Err(error) => vec![problem(&error)],
            };
            failing = !problems.is_empty();
            shared.problems.replace(Source::Tls, problems);
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn problem(error: &TlsError) -> Problem {
    let source = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    Problem {
        severity: Severity::Error,
        file: match error {
            TlsError::Read { path, .. }
            | TlsError::Pem { path, .. }
            | TlsError::Pair { path, .. }
            | TlsError::Torn { path } => path.display().to_string(),
            TlsError::Setup(_) => "TLS".to_owned(),
        },
        line: None,
        field: String::new(),
        message: format!("{error}{source}"),
        help: Some("The last good certificate stays in force.".to_owned()),
    }
}

/// Reads both files; gives them with their state, which was the same before and after.
fn read(files: &TlsFiles) -> Result<(CertifiedKey, Stamp), TlsError> {
    let before = stamp(files)?;
    let pem = |path: &PathBuf| fs::read(path).map_err(|source| TlsError::Read { path: path.clone(), source });
    let (chain, key) = (pem(&files.certificate)?, pem(&files.key)?);
    if stamp(files)? != before {
        return Err(TlsError::Torn { path: files.certificate.clone() });
    }
    let wrong = |path: &PathBuf, what| {
        let path = path.clone();
        move |source| TlsError::Pem { path, what, source }
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&chain)
        .collect::<Result<_, _>>()
        .map_err(wrong(&files.certificate, "certificate"))?;
    if chain.is_empty() {
        return Err(wrong(&files.certificate, "certificate")(rustls_pki_types::pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(wrong(&files.key, "private key"))?;
    let pair = CertifiedKey::from_der(chain, key, &provider())
        .map_err(|source| TlsError::Pair { path: files.key.clone(), source })?;
    Ok((pair, before))
}

fn stamp(files: &TlsFiles) -> Result<Stamp, TlsError> {
    let of = |path: &PathBuf| {
        let meta = fs::metadata(path).map_err(|source| TlsError::Read { path: path.clone(), source })?;
        Ok((meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec()))
    };
    Ok([of(&files.certificate)?, of(&files.key)?])
}
