//! What TLS listeners serve.

use std::sync::Arc;

use rustls::ServerConfig;

use crate::problems::Problems;
use crate::process::Shared;
use crate::tls::{self, Resolver, TlsError};

/// What TLS listeners serve.
pub(super) struct Certificates {
    pub(super) resolver: Arc<Resolver>,
    /// Files of the default certificate, and their state when they were read.
    files: Option<(tls::Files, tls::Stamp)>,
}

impl Certificates {
    /// The default certificate is that of the files, or one that nobody trusts.
    pub(super) fn load(files: Option<tls::Files>) -> Result<Self, TlsError> {
        let Some(files) = files else { return Ok(Self { resolver: Resolver::untrusted()?, files: None }) };
        let (pair, first) = tls::read(&files)?;
        Ok(Self { resolver: Resolver::new(pair), files: Some((files, first)) })
    }

    /// What handshakes are made with. From now on everybody can see when the certificates end.
    pub(super) fn serve(&self, shared: &Shared) -> Result<Arc<ServerConfig>, TlsError> {
        let config = self.resolver.server_config()?;
        shared.certificates.get_or_init(|| Arc::clone(&self.resolver));
        Ok(config)
    }

    /// Follows the files, if there are any.
    pub(super) async fn follow(&self, problems: &Problems) {
        if let Some((files, first)) = &self.files {
            tls::follow(files, *first, &self.resolver, problems).await;
        }
    }
}
