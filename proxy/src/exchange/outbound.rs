//! The request as the upstream gets it.

use std::rc::Rc;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme as UriScheme, Uri};
use http::{Method, Request};
use hyper::body::{Body as _, Incoming};
use weir_routing::Protocol;

use super::choose::Chosen;
use super::codec::{self, HeaderView};
use super::upload::Upload;
use crate::client::link::Link;
use crate::error::Refusal;
use crate::forwarded;
use crate::harden::{Checked, hop_by_hop};
use crate::upstream::Endpoint;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request for an upstream, of no connection yet.
pub(super) struct Outbound {
    pub(super) method: Method,
    target: PathAndQuery,
    /// Host as the client wrote it; none for HTTP/1.0 without one.
    host: Option<HeaderValue>,
    headers: HeaderMap,
    pub(super) upload: Upload,
    /// The protocol that the client asks to change to.
    pub(super) upgrade: Option<HeaderValue>,
}

/// What is read from a client's head before it is taken apart.
pub(super) struct Plan {
    target: Option<PathAndQuery>,
    host: Option<HeaderValue>,
    upgrade: Option<HeaderValue>,
    client: Option<HeaderValue>,
    takes_trailers: bool,
}

impl Plan {
    pub(super) fn of(
        link: &Link,
        parts: &Parts,
        checked: &Checked<'_>,
        chosen: &Chosen,
    ) -> Result<Self, Refusal> {
        let headers = HeaderView(&parts.headers);
        let value = |bytes: &[u8]| HeaderValue::from_bytes(bytes).ok();
        let authority = parts.uri.authority().and_then(|authority| value(authority.as_str().as_bytes()));
        let client = link.client_text.to_str().unwrap_or_default();
        Ok(Self {
            target: target(parts, checked, chosen)?,
            host: authority.or_else(|| parts.headers.get(header::HOST).cloned()),
            upgrade: checked.upgrade.and_then(|upgrade| value(upgrade.0)),
            client: link.trusted.then(|| value(forwarded::appended(&headers, client).as_bytes())).flatten(),
            takes_trailers: parts.headers.contains_key(header::TE) && hop_by_hop::takes_trailers(&headers),
        })
    }

    /// Makes the client's head into the upstream's.
    pub(super) fn apply(self, link: &Rc<Link>, parts: Parts, body: Incoming) -> Outbound {
        let Self { target, host, upgrade, client, takes_trailers } = self;
        let Parts { method, uri, mut headers, .. } = parts;
        let trusted = link.trusted;
        let had_length = headers.contains_key(header::CONTENT_LENGTH);
        codec::remove(&mut headers, |name| is_dropped(name, trusted));
        join_cookies(&mut headers);
        headers.reserve(8);
        if takes_trailers {
            headers.insert(header::TE, HeaderValue::from_static("trailers"));
        }
        let ends = body.is_end_stream();
        if ends && had_length {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(host) = &host {
            headers.insert(header::HOST, host.clone());
        }
        forward(&mut headers, link, host.as_ref(), client);
        let same = || uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Outbound {
            method,
            target: target.unwrap_or_else(same),
            host,
            headers,
            upload: if ends { Upload::empty() } else { Upload::new(link, body) },
            upgrade,
        }
    }
}

/// The target for the upstream where it is not byte for byte the client's: normalised, and rewritten.
fn target(parts: &Parts, checked: &Checked<'_>, chosen: &Chosen) -> Result<Option<PathAndQuery>, Refusal> {
    let path = chosen.rewritten.as_deref().unwrap_or(&checked.target.path);
    let query = checked.target.query.as_deref();
    if path == parts.uri.path() && query == parts.uri.query() {
        return Ok(None);
    }
    let text = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    // What was normalised is a target; this can fail only if the two crates disagree about a byte.
    let target = PathAndQuery::try_from(text).map_err(|_| weir_routing::target::TargetError::Form)?;
    Ok(Some(target))
}

/// Fields of the client that do not go on. Names with `_` become the same as ones with `-` in many upstreams (CGI), so they could be
/// used to forge any other field.
fn is_dropped(name: &str, trusted: bool) -> bool {
    match name {
        "content-length" | "expect" | "proxy" => true,
        _ if hop_by_hop::FIELDS.contains(&name) => true,
        _ if !trusted && forwarded::FIELDS.contains(&name) => true,
        _ => name.contains('_'),
    }
}

/// HTTP/2 clients may send a cookie in pieces; HTTP/1.1 knows one field (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let mut cookies = headers.get_all(header::COOKIE).iter();
    if cookies.nth(1).is_none() {
        return;
    }
    let pieces: Vec<&[u8]> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&pieces.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}

/// Says who the client is. `client` is the chain that a trusted client began.
fn forward(headers: &mut HeaderMap, link: &Link, host: Option<&HeaderValue>, client: Option<HeaderValue>) {
    let keep = |headers: &HeaderMap, name: &HeaderName| link.trusted && headers.contains_key(name);
    headers.insert(X_FORWARDED_FOR, client.unwrap_or_else(|| link.client_text.clone()));
    if !keep(headers, &X_REAL_IP) {
        headers.insert(X_REAL_IP, link.client_text.clone());
    }
    if !keep(headers, &X_FORWARDED_PROTO) {
        headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(link.scheme.as_str()));
    }
    if !keep(headers, &X_FORWARDED_PORT) {
        headers.insert(X_FORWARDED_PORT, link.port_text.clone());
    }
    if let Some(host) = host
        && !keep(headers, &X_FORWARDED_HOST)
    {
        headers.insert(X_FORWARDED_HOST, host.clone());
    }
    let known = headers.get(&X_REQUEST_ID).is_some_and(|id| forwarded::is_request_id(id.as_bytes()));
    if !known {
        let id = forwarded::request_id(link.worker.random(), link.worker.random());
        if let Ok(id) = HeaderValue::from_bytes(&id) {
            headers.insert(X_REQUEST_ID, id);
        }
    }
}

impl Outbound {
    /// Whether sending it twice does no harm and is possible.
    pub(super) fn is_repeatable(&self) -> bool {
        let idempotent =
            self.method == Method::GET || self.method == Method::HEAD || self.method == Method::OPTIONS;
        idempotent && self.upload.is_empty()
    }

    /// A second one for another attempt; only of one that is repeatable, because a body comes once.
    pub(super) fn copy(&self) -> Self {
        Self {
            method: self.method.clone(),
            target: self.target.clone(),
            host: self.host.clone(),
            headers: self.headers.clone(),
            upload: Upload::empty(),
            upgrade: self.upgrade.clone(),
        }
    }

    /// The request for this endpoint, and what is needed to get back from it to an outbound.
    pub(super) fn into_request(self, endpoint: &Endpoint) -> (Request<Upload>, Remainder) {
        let Self { method, target, host, mut headers, upload, upgrade } = self;
        let uri = match endpoint.protocol {
            Protocol::Http1 => {
                if host.is_none()
                    && let Ok(address) = HeaderValue::try_from(endpoint.address.to_string())
                {
                    headers.insert(header::HOST, address);
                }
                if let Some(token) = &upgrade {
                    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
                    headers.insert(header::UPGRADE, token.clone());
                }
                Uri::from(target.clone())
            }
            Protocol::H2c => {
                headers.remove(header::HOST);
                absolute(&target, host.as_ref(), endpoint)
            }
        };
        let mut request = Request::new(upload);
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        (request, Remainder { method, target, host, upgrade })
    }
}

/// HTTP/2 wants scheme and authority in the target.
fn absolute(target: &PathAndQuery, host: Option<&HeaderValue>, endpoint: &Endpoint) -> Uri {
    let written = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let authority = written.or_else(|| Authority::try_from(endpoint.address.to_string()).ok());
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(UriScheme::HTTP);
    parts.authority = authority;
    parts.path_and_query = Some(target.clone());
    Uri::from_parts(parts).unwrap_or_else(|_| Uri::from(target.clone()))
}

/// What a sent request does not give back as it was.
pub(super) struct Remainder {
    method: Method,
    target: PathAndQuery,
    host: Option<HeaderValue>,
    upgrade: Option<HeaderValue>,
}

impl Remainder {
    /// The outbound whose request was not written.
    pub(super) fn restore(self, request: Request<Upload>) -> Outbound {
        let Self { method, target, host, upgrade } = self;
        let (parts, upload) = request.into_parts();
        let mut headers = parts.headers;
        headers.remove(header::CONNECTION);
        headers.remove(header::UPGRADE);
        if let Some(host) = &host {
            headers.insert(header::HOST, host.clone());
        }
        Outbound { method, target, host, headers, upload, upgrade }
    }
}
