//! The default certificate from files, read again when they change.
//!
//! Files are looked at once a second, because a mounted Secret changes by a symbolic link far above them, which file watches miss. They are
//! read when their state has changed, and what was read counts only if it is still the same afterwards, key and certificate match, and
//! both can be parsed; otherwise the last good pair stays in force and the fault is shown.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::sign::CertifiedKey;

use super::Resolver;
use super::pair::{self, PairError};
use crate::problems::{Problem, Problems, Severity, Source};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Why the files give no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: cannot be read", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// They hold no pair.
    #[error("{}: {}", .0.display(), .1)]
    Pair(PathBuf, PairError),
    /// The files changed while they were read.
    #[error("{}: changed while it was read", .0.display())]
    Torn(PathBuf),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
    /// The certificate that nobody trusts cannot be made.
    #[error("a default certificate cannot be made")]
    Make(#[source] rcgen::Error),
    /// The one that was made cannot be used.
    #[error("the default certificate that was made cannot be used")]
    Made(#[source] PairError),
}

/// Where the pair is.
#[derive(Clone, Debug)]
pub struct Files {
    /// PEM file with the certificate chain.
    pub certificate: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
}

/// State of the files on disk.
pub(crate) type Stamp = [(u64, u64, i64, i64); 2];

/// Follows the files from what was read of them first, without end.
pub(crate) async fn follow(files: &Files, first: Stamp, resolver: &Resolver, problems: &Problems) {
    let mut seen = first;
    let mut failing = false;
    let mut every = tokio::time::interval(LOOK);
    loop {
        every.tick().await;
        if !failing && stamp(files).is_ok_and(|now| now == seen) {
            continue;
        }
        let found = match read(files) {
            Ok((pair, stamp)) => {
                resolver.set_default(Arc::new(pair));
                seen = stamp;
                tracing::info!(certificate = %files.certificate.display(), "certificate read");
                Vec::new()
            }
            Err(error) => vec![problem(&error)],
        };
        failing = !found.is_empty();
        problems.replace(Source::Tls, found);
    }
}

fn problem(error: &TlsError) -> Problem {
    let source = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    Problem {
        severity: Severity::Error,
        file: match error {
            TlsError::Read(path, ..) | TlsError::Pair(path, ..) | TlsError::Torn(path) => {
                path.display().to_string()
            }
            TlsError::Setup(_) | TlsError::Make(_) | TlsError::Made(_) => "TLS".to_owned(),
        },
        line: None,
        column: None,
        field: String::new(),
        message: format!("{error}{source}"),
        help: Some("The last good certificate stays in force.".to_owned()),
    }
}

/// Reads both files; gives them with their state, which was the same before and after.
pub(crate) fn read(files: &Files) -> Result<(CertifiedKey, Stamp), TlsError> {
    let before = stamp(files)?;
    let pem = |path: &PathBuf| fs::read(path).map_err(|source| TlsError::Read(path.clone(), source));
    let (chain, key) = (pem(&files.certificate)?, pem(&files.key)?);
    if stamp(files)? != before {
        return Err(TlsError::Torn(files.certificate.clone()));
    }
    let pair = pair::of(&chain, &key).map_err(|fault| {
        let path = if fault.is_chain() { &files.certificate } else { &files.key };
        TlsError::Pair(path.clone(), fault)
    })?;
    Ok((pair, before))
}

fn stamp(files: &Files) -> Result<Stamp, TlsError> {
    let of = |path: &PathBuf| {
        let meta = fs::metadata(path).map_err(|source| TlsError::Read(path.clone(), source))?;
        Ok((meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec()))
    };
    Ok([of(&files.certificate)?, of(&files.key)?])
}
