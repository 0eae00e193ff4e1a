//! What a registry has of an image, by the distribution's API: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>.
//!
//! ```text
//! account   who we are there: a secret, as the stage `image` reads it
//! sign_in   passwords and tokens
//! ```

mod account;
mod sign_in;

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, HeaderName, LINK, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Request, StatusCode};
use serde::Deserialize;
use weir_deploy::images::is_tag;
use weir_outbound::client::{Answer, CallError, Client, Limits};
use weir_trigger::poll::registry::{Elsewhere, Place, next_page};

pub(crate) use account::Account;

/// Bytes of one answer: a registry without pages tells all of its tags at once, of 128 bytes each at most.
const BODY_BYTES: usize = 4 << 20;
/// How long one answer may take.
const DEADLINE: Duration = Duration::from_secs(20);
/// Tags that are asked for with one call; a registry may give fewer.
const PAGE: usize = 1_000;
/// Pages that are read.
const MOST_PAGES: usize = 100;
/// What a tag may stand for.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// One image of a registry, asked by whoever is signed in.
#[derive(Debug)]
pub(crate) struct Registry<'c> {
    pub(crate) client: &'c Client,
    pub(crate) place: Place,
    /// Without TLS.
    pub(crate) insecure: bool,
    pub(crate) account: Option<Account>,
    /// What the registry took for enough.
    pub(crate) authorization: Option<HeaderValue>,
}

/// Why a registry does not tell.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistryError {
    /// There was no answer.
    #[error("{at}: {error}")]
    Call {
        /// Whom.
        at: String,
        /// What went wrong.
        error: CallError,
    },
    /// It answers otherwise.
    #[error("{at} is answered with {status}")]
    Status {
        /// Whom.
        at: String,
        /// Which.
        status: StatusCode,
    },
    /// It wants to be signed in to.
    #[error("{0}")]
    SignIn(String),
    /// It is no list of tags.
    #[error("{at} is answered with no list of tags: {error}")]
    Unreadable {
        /// Whom.
        at: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// Its list goes on elsewhere.
    #[error(transparent)]
    Elsewhere(#[from] Elsewhere),
    /// It cannot be asked for.
    #[error("{0:?} is no address")]
    NoAddress(String),
}

/// The tags of an image.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    pub(crate) tags: Vec<String>,
    /// Whether these are all.
    pub(crate) complete: bool,
}

#[derive(Deserialize)]
struct Page {
    /// `null` where there is none.
    tags: Option<Vec<String>>,
}

impl Registry<'_> {
    /// All tags, page by page.
    pub(crate) async fn tags(&mut self) -> Result<Tags, RegistryError> {
        let mut all = Tags::default();
        let mut path = format!("/v2/{}/tags/list?n={PAGE}", self.place.name);
        for _ in 0..MOST_PAGES {
            let answer = self.ask(&Method::GET, &path, "application/json").await?;
            if answer.status != StatusCode::OK {
                return Err(RegistryError::Status { at: self.url(&path), status: answer.status });
            }
            let unreadable = |error| RegistryError::Unreadable { at: self.url(&path), error };
            let page: Page = serde_json::from_slice(&answer.body).map_err(unreadable)?;
            all.tags.extend(page.tags.into_iter().flatten().filter(|tag| is_tag(tag)));
            let links = answer.headers.get_all(LINK).iter().filter_map(|link| link.to_str().ok());
            match next_page(links, self.place.host())? {
                Some(next) => path = next,
                None => return Ok(Tags { complete: true, ..all }),
            }
        }
        Ok(all)
    }

    /// What a tag stands for; the outer `None`: it is gone, the inner one: the registry does not say.
    pub(crate) async fn digest(&mut self, tag: &str) -> Result<Option<Option<String>>, RegistryError> {
        let path = format!("/v2/{}/manifests/{tag}", self.place.name);
        let answer = self.ask(&Method::HEAD, &path, MANIFESTS).await?;
        let digest = answer.headers.get(DIGEST).and_then(|digest| digest.to_str().ok()).map(str::to_owned);
        match answer.status {
            StatusCode::OK => Ok(Some(digest)),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(RegistryError::Status { at: self.url(&path), status }),
        }
    }

    /// Asks, and signs in where that is asked for.
    async fn ask(
        &mut self,
        method: &Method,
        path: &str,
        accept: &'static str,
    ) -> Result<Answer, RegistryError> {
        let answer = self.once(method, path, accept).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let fields = answer.headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|field| field.to_str().ok());
        // A token may have run out between two calls.
        self.authorization = Some(self.sign_in(fields).await?);
        self.once(method, path, accept).await
    }

    async fn once(&self, method: &Method, path: &str, accept: &'static str) -> Result<Answer, RegistryError> {
        let url = self.url(path);
        let mut request = Request::builder().method(method).uri(&url).header(ACCEPT, accept);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Bytes::new()).map_err(|_invalid| RegistryError::NoAddress(url.clone()))?;
        self.call(url, request).await
    }

    async fn call(&self, at: String, request: Request<Bytes>) -> Result<Answer, RegistryError> {
        let limits = Limits { deadline: DEADLINE, body_bytes: BODY_BYTES };
        self.client.call(request, limits).await.map_err(|error| RegistryError::Call { at, error })
    }

    fn url(&self, path: &str) -> String {
        let scheme = if self.insecure { "http" } else { "https" };
        format!("{scheme}://{}{path}", self.place.host())
    }
}
