//! The endpoints behind one track of a split.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use weir_api::Track;

mod tls;

pub use self::tls::{Cipher, UpstreamTls, Versions};

/// One side of a split, or the only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Service that the endpoints belong to, `namespace/name`.
    pub service: Arc<str>,
    /// Side of the split; stable where there is none.
    pub track: Track,
    /// Revision of the pods. Pools and histograms are kept by it.
    pub revision: Arc<str>,
    /// Addresses that take requests, sorted, each once. Empty: nothing can answer.
    pub endpoints: Arc<[SocketAddr]>,
    /// What the endpoints speak.
    pub protocol: Protocol,
    /// How they are spoken to over TLS; `None`: in clear text.
    pub tls: Option<Arc<UpstreamTls>>,
    /// Why there is no endpoint, for people. Always there where `endpoints` is empty.
    pub problem: Option<Arc<str>>,
}

impl Backend {
    /// Whether any endpoint takes requests.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.endpoints.is_empty()
    }
}

/// What endpoints speak, and whether over TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spoken {
    /// The version of HTTP.
    pub protocol: Protocol,
    /// Whether over TLS.
    pub tls: bool,
}

impl Spoken {
    /// In clear text.
    pub(crate) fn clear(protocol: Protocol) -> Self {
        Self { protocol, tls: false }
    }

    /// Over TLS.
    pub(crate) fn tls(protocol: Protocol) -> Self {
        Self { protocol, tls: true }
    }
}

/// What endpoints speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2, in clear text with prior knowledge (`appProtocol: kubernetes.io/h2c`).
    Http2,
}
