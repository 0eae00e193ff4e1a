//! The request for the server that is asked.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request, Uri};

use super::Asking;
use crate::exchange::outbound::Gathered;

/// Fields of a client's head that are about the answer's body, or one that does not go along: they would have something else answered than what is asked.
const LEFT_OUT: [HeaderName; 9] = [
    header::CONTENT_LENGTH,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::RANGE,
    header::TE,
    header::TRAILER,
];

/// What the proxy says about its client to upstreams, and nginx does not say to whoever is asked.
const NOT_SAID: [&str; 3] = ["x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"];

impl Asking {
    /// The head that an upstream would get, as nginx's template makes a question of it; none where a value of the client's cannot stand in one.
    pub(super) fn question(&self, head: Gathered) -> Option<Request<Bytes>> {
        let mut fields = head.fields;
        for name in &LEFT_OUT {
            fields.remove(name);
        }
        for name in NOT_SAID {
            fields.remove(name);
        }
        for (name, value) in [
            ("x-original-url", self.original_url.as_bytes()),
            ("x-original-method", self.original_method.as_bytes()),
            ("x-sent-from", b"nginx-ingress-controller"),
            ("x-auth-request-redirect", &self.redirect),
        ] {
            fields.insert(HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?);
        }
        for (name, value) in &self.more {
            if value.is_empty() {
                fields.remove(name);
            } else {
                fields.insert(name.clone(), value.clone());
            }
        }
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::from_bytes(self.asked.external.method.as_bytes()).ok()?;
        *request.uri_mut() = self.target.parse::<Uri>().ok()?;
        *request.headers_mut() = fields;
        Some(request)
    }
}
