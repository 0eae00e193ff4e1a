//! The certificate in use: kept in a Secret that all replicas share, named to the API server in each object that leads it here.
//!
//! ```text
//! leading   the objects that lead here, and tell the API server what to trust
//! ```

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::StreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::PostParams;
use kube::{Api, Client};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{self, ServerConfig};
use weir_api::Timestamp;
use weir_api::names::FIELD_MANAGER;
use weir_kubernetes::causes;

use super::front::Front;
use super::pair::{self, Pair};
use weir_serve::Tls;

mod leading;

/// Where the API server publishes how it is known.
const PUBLISHED: (&str, &str) = ("kube-system", "extension-apiserver-authentication");
/// How often what others may have written is read again: a certificate is renewed months before its end.
const EVERY: Duration = Duration::from_mins(15);
/// After one that failed.
const AGAIN: Duration = Duration::from_secs(10);
/// Longest that all of it may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is called how.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// Namespace of the controller.
    namespace: String,
    /// Service under which the API server asks, and name of the Secret.
    service: String,
    /// The aggregated APIs that lead there. Those that are not installed are left out.
    apis: Vec<String>,
    /// The webhook configuration that leads there, which may not be installed either.
    webhooks: String,
}

/// The certificate in use, and who is the API server.
pub(super) struct Identity {
    client: Client,
    names: Names,
    tls: Tls,
    front: Arc<ArcSwap<Front>>,
}

/// Why there is no certificate yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum IdentityError {
    /// The API server.
    #[error("{0}: {1}")]
    Api(&'static str, #[source] kube::Error),
    /// A certificate cannot be made.
    #[error("a certificate cannot be made")]
    Make(#[from] rcgen::Error),
    /// What is in the Secret is no certificate, or no key for it.
    #[error("Secret {0}: {1}: delete it to have another one made")]
    Unusable(String, String),
    /// Nothing within so long.
    #[error("no answer within {0:?}")]
    Silent(Duration),
}

impl Identity {
    /// Begins with the certificate that is kept, or makes one.
    pub(super) async fn open(client: Client, names: Names, now: Timestamp) -> Result<Self, IdentityError> {
        let front = Front::default();
        // Nobody is told of this one: it is there until the kept one is read.
        let first = Pair::make(&names.hosts(), now, None)?;
        let config = config(&first, &front).map_err(|error| names.unusable(&error))?;
        let (tls, front) = (ArcSwap::from_pointee(config), ArcSwap::from_pointee(front));
        let mut identity = Self { client, names, tls: Arc::new(tls), front: Arc::new(front) };
        identity.refresh(now).await?;
        Ok(identity)
    }

    pub(super) fn tls(&self) -> Tls {
        Arc::clone(&self.tls)
    }

    pub(super) fn front(&self) -> Arc<ArcSwap<Front>> {
        Arc::clone(&self.front)
    }

    /// Keeps it usable, and known to whatever leads here, without end.
    pub(super) async fn keep(mut self, now: impl Fn() -> Timestamp) {
        let mut leading = leading::changed(&self.client, &self.names);
        let mut pause = EVERY;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // The watches never end.
                _another = leading.next() => {}
            }
            pause = match self.refresh(now()).await {
                Ok(()) => EVERY,
                Err(error) => {
                    let error = causes(&error);
                    tracing::warn!(%error, "the certificate for the API server stays as it is");
                    AGAIN
                }
            };
        }
    }

    async fn refresh(&mut self, now: Timestamp) -> Result<(), IdentityError> {
        tokio::time::timeout(PATIENCE, self.refreshed(now))
            .await
            .map_err(|_| IdentityError::Silent(PATIENCE))?
    }

    async fn refreshed(&mut self, now: Timestamp) -> Result<(), IdentityError> {
        let pair = self.kept(now).await?;
        let front = self.published().await?;
        let config = config(&pair, &front).map_err(|error| self.names.unusable(&error))?;
        self.tls.store(Arc::new(config));
        self.front.store(Arc::new(front));
        leading::tell(&self.client, &self.names, &pair.authorities).await
    }

    /// Who is the API server. Nobody, where this may not be asked: then no aggregated API leads here either.
    async fn published(&self) -> Result<Front, IdentityError> {
        let published = Api::<ConfigMap>::namespaced(self.client.clone(), PUBLISHED.0);
        let published = permitted(published.get_opt(PUBLISHED.1).await)
            .map_err(|error| IdentityError::Api("ConfigMap of the API server's names", error))?;
        Ok(published.map(|published| Front::of(&published)).unwrap_or_default())
    }

    /// The pair in the Secret; a new one where there is none, or where that one ends.
    async fn kept(&self, now: Timestamp) -> Result<Pair, IdentityError> {
        let secrets = Api::<Secret>::namespaced(self.client.clone(), &self.names.namespace);
        let error = |error| IdentityError::Api("Secret of the certificate", error);
        let there = secrets.get_opt(&self.names.service).await.map_err(error)?;
        let kept = there.as_ref().and_then(pair::of_secret);
        let (pair, made) = match (kept, &there) {
            (Some(kept), _) if !kept.is_ending(now) => return Ok(kept),
            (before, _) => {
                let pair = Pair::make(&self.names.hosts(), now, before.as_ref())?;
                let version = there.and_then(|there| there.metadata.resource_version);
                let made = pair::to_secret(&self.names.service, &pair, version);
                (pair, made)
            }
        };
        let parameters =
            PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
        let written = if made.metadata.resource_version.is_some() {
            secrets.replace(&self.names.service, &parameters, &made).await
        } else {
            secrets.create(&parameters, &made).await
        };
        match written {
            Ok(_) => Ok(pair),
            // Another replica was faster.
            Err(kube::Error::Api(status)) if status.code == 409 => {
                let there = secrets.get(&self.names.service).await.map_err(error)?;
                pair::of_secret(&there).ok_or_else(|| self.names.unusable(&"it has no certificate"))
            }
            Err(other) => Err(error(other)),
        }
    }
}

impl Names {
    /// As `manifests` have them.
    pub(super) fn standard(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            service: "weir-controller".to_owned(),
            apis: ["v1beta1.external.metrics.k8s.io", "v1beta2.custom.metrics.k8s.io"]
                .map(str::to_owned)
                .to_vec(),
            webhooks: "weir-controller".to_owned(),
        }
    }

    fn hosts(&self) -> Vec<String> {
        vec![format!("{}.{}.svc", self.service, self.namespace)]
    }

    fn unusable(&self, error: &dyn std::fmt::Display) -> IdentityError {
        IdentityError::Unusable(format!("{}/{}", self.namespace, self.service), error.to_string())
    }
}

/// What somebody may not see is not there for him: the right to it comes with what needs it.
fn permitted<K>(got: kube::Result<Option<K>>) -> kube::Result<Option<K>> {
    match got {
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(None),
        other => other,
    }
}

/// TLS with that certificate. Certificates of others are taken where the API server's authority has signed them, and not asked for elsewhere.
fn config(pair: &Pair, front: &Front) -> Result<ServerConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pair.certificate.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| causes(&error))?;
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).map_err(|error| causes(&error))?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| causes(&error))?;
    let roots = front.roots();
    let builder = if roots.is_empty() {
        builder.with_no_client_auth()
    } else {
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(
            verifier.allow_unauthenticated().build().map_err(|error| causes(&error))?,
        )
    };
    builder.with_single_cert(certificates, key).map_err(|error| causes(&error))
}
