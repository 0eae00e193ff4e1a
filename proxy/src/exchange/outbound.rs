//! The request as the upstream gets it, written for HTTP/1.1 or gathered for HTTP/2, whichever codec read it from the client.

use std::net::SocketAddr;
use std::ops::ControlFlow;

use http::Method;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};
use weir_http1::{Field, Length, Name, write};
use weir_routing::Headers;

use super::certificate;
use super::sink::Sink;
use super::told::Told;
use crate::client::link::Link;
use crate::forwarded;
use crate::harden::{Checked, Present, RawHead, hop_by_hop};

/// What of a client's head goes into the upstream's, borrowed from whichever codec read it.
#[derive(Clone, Copy)]
pub(super) struct Inbound<'a> {
    pub(super) link: &'a Link,
    pub(super) method: &'a str,
    /// The path, normalised.
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    /// Host as the client wrote it; none for HTTP/1.0 without one.
    pub(super) host: Option<&'a [u8]>,
    pub(super) headers: &'a dyn Headers,
    pub(super) present: Present,
    pub(super) length: Length,
    /// The client said that its body has no bytes, and so does the proxy.
    pub(super) says_empty: bool,
    /// The protocol that the client asks to change to.
    pub(super) upgrade: Option<&'a [u8]>,
    /// The target as the client wrote it.
    pub(super) uri: &'a [u8],
    /// What is different for the upstream.
    pub(super) told: Told<'a>,
}

impl<'a> Inbound<'a> {
    /// A request that was checked, with a body of this length. It is the request for a page if that is what is told.
    pub(super) fn of(
        link: &'a Link,
        raw: &RawHead<'a>,
        checked: &'a Checked<'a>,
        length: Length,
        told: Told<'a>,
    ) -> Self {
        // Made where it is returned: it is too large to be moved for the few that ask for a page.
        let inbound = || Self {
            link,
            method: raw.method,
            path: &checked.target.path,
            query: checked.target.query.as_deref(),
            host: raw.authority.map(str::as_bytes).or_else(|| raw.host.one()),
            headers: raw.headers,
            present: raw.present,
            length,
            says_empty: length == Length::None && raw.present.has(Name::ContentLength),
            upgrade: checked.upgrade.map(|upgrade| upgrade.0),
            uri: raw.target,
            told,
        };
        match told.page {
            Some(page) if page.is_own => inbound().turned(page),
            Some(_) | None => inbound(),
        }
    }

    /// The same without a body and without a change of protocols, as a server is shown it that is asked about the request.
    pub(super) fn as_question(self) -> Self {
        Self { length: Length::None, says_empty: false, upgrade: None, ..self }
    }

    fn upstream_path(&self) -> &'a str {
        self.told.path.unwrap_or(self.path)
    }

    fn upstream_host(&self) -> Option<&'a [u8]> {
        self.told.vhost.or(self.host)
    }
}

/// Writes a whole head for HTTP/1.1. `endpoint` is the host where the client named none.
pub(super) fn write<'f>(
    out: &mut Vec<u8>,
    inbound: &Inbound<'_>,
    fields: impl Iterator<Item = Field<'f>>,
    endpoint: SocketAddr,
) {
    out.extend_from_slice(inbound.method.as_bytes());
    out.push(b' ');
    out.extend_from_slice(inbound.upstream_path().as_bytes());
    if let Some(query) = inbound.query {
        out.push(b'?');
        out.extend_from_slice(query.as_bytes());
    }
    out.extend_from_slice(b" HTTP/1.1\r\n");
    match inbound.upstream_host() {
        Some(host) => out.field("host", host),
        None => out.field("host", endpoint.to_string().as_bytes()),
    }
    gather(out, inbound, fields);
    match inbound.length {
        Length::Bytes(bytes) => write::content_length(out, bytes),
        Length::Chunked => out.field("transfer-encoding", b"chunked"),
        Length::None if inbound.says_empty => write::content_length(out, 0),
        Length::None | Length::UntilEnd => {}
    }
    if let Some(token) = inbound.upgrade {
        out.field("connection", b"upgrade");
        out.field("upgrade", token);
    } else if let Some(connection) = inbound.told.connection {
        out.field("connection", connection.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

/// A head that was gathered for HTTP/2.
pub(super) struct Gathered {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) host: Option<Vec<u8>>,
    pub(super) fields: HeaderMap,
}

impl Gathered {
    /// Gathers a whole head.
    pub(super) fn of<'f>(inbound: &Inbound<'_>, fields: impl Iterator<Item = Field<'f>>) -> Self {
        let mut gathered = HeaderMap::with_capacity(16);
        gather(&mut gathered, inbound, fields);
        match inbound.length {
            Length::Bytes(bytes) => _ = gathered.insert(CONTENT_LENGTH, HeaderValue::from(bytes)),
            Length::None if inbound.says_empty => {
                gathered.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
            Length::None | Length::Chunked | Length::UntilEnd => {}
        }
        let path = inbound.upstream_path();
        let target = |query: &str| format!("{path}?{query}");
        Self {
            // A method that was checked is one.
            method: Method::from_bytes(inbound.method.as_bytes()).unwrap_or_default(),
            target: inbound.query.map_or_else(|| path.to_owned(), target),
            host: inbound.upstream_host().map(<[u8]>::to_vec),
            fields: gathered,
        }
    }
}

/// Adds the fields that pass, and what the proxy says about the client.
pub(super) fn gather<'f>(
    sink: &mut impl Sink,
    inbound: &Inbound<'_>,
    fields: impl Iterator<Item = Field<'f>>,
) {
    // Hardly any route says a prefix, hides something or has pages, so no field of the others is looked at for it.
    let told = &inbound.told;
    if told.hides_any() {
        gather_all(sink, inbound, fields.filter(|field| !told.hides(field)));
        if let Some(tls) = told.client_tls {
            certificate::describe(sink, inbound.link, tls);
        }
    } else {
        gather_all(sink, inbound, fields);
    }
}

fn gather_all<'f>(sink: &mut impl Sink, inbound: &Inbound<'_>, fields: impl Iterator<Item = Field<'f>>) {
    let Inbound { link, headers, present, .. } = inbound;
    let mut seen = 0;
    let named = hop_by_hop::Named::of(*headers, *present);
    let mut has_cookie = false;
    for field in fields {
        match passes(&field, link.trusted) {
            Passes::No => {}
            Passes::Cookie if has_cookie => {}
            Passes::Cookie => {
                has_cookie = true;
                match joined_cookies(*headers) {
                    None => sink.pass(&field),
                    Some(joined) => sink.field("cookie", &joined),
                }
            }
            Passes::Yes if named.has(field.name) => {}
            Passes::Yes => {
                seen |= field.known.bit();
                sink.pass(&field);
            }
        }
    }
    if present.has(Name::Te) && hop_by_hop::takes_trailers(*headers) {
        sink.field("te", b"trailers");
    }
    describe(sink, inbound, seen);
}

/// What becomes of one field.
enum Passes {
    Yes,
    No,
    Cookie,
}

/// Fields of the client that do not go on: about one connection, framing, what only the proxy says. Names with `_` become the same as ones with
/// `-` in many upstreams (CGI), so they could be used to forge any other field.
fn passes(field: &Field<'_>, trusted: bool) -> Passes {
    let passes = match field.known {
        Name::Cookie => return Passes::Cookie,
        Name::Other | Name::Trailer | Name::GrpcStatus => true,
        Name::XRequestId => forwarded::is_request_id(field.value),
        Name::XForwardedHost
        | Name::XForwardedPort
        | Name::XForwardedProto
        | Name::XForwardedScheme
        | Name::XForwardedServer
        | Name::XOriginalForwardedFor
        | Name::XRealIp
        | Name::XScheme
        | Name::Forwarded => trusted,
        Name::Host
        | Name::ContentLength
        | Name::TransferEncoding
        | Name::Connection
        | Name::KeepAlive
        | Name::ProxyConnection
        | Name::ProxyAuthenticate
        | Name::Te
        | Name::Upgrade
        | Name::Http2Settings
        | Name::Expect
        | Name::Proxy
        | Name::XForwardedFor
        | Name::Underscored => false,
    };
    if passes { Passes::Yes } else { Passes::No }
}

/// Says who the client is, except what a trusted one has said itself (`seen`), and what the route has to say.
fn describe(sink: &mut impl Sink, inbound: &Inbound<'_>, seen: u32) {
    let Inbound { link, headers, .. } = inbound;
    let said = |name: Name| seen & name.bit() != 0;
    let introduction = &link.introduction;
    if link.trusted {
        let client = std::str::from_utf8(introduction.client()).unwrap_or_default();
        sink.field("x-forwarded-for", forwarded::appended(*headers, client).as_bytes());
        for (name, text, value) in [
            (Name::XRealIp, "x-real-ip", introduction.client()),
            (Name::XForwardedProto, "x-forwarded-proto", link.scheme.as_str().as_bytes()),
            (Name::XForwardedPort, "x-forwarded-port", introduction.port()),
        ] {
            if !said(name) {
                sink.field(text, value);
            }
        }
    } else {
        sink.introduce(introduction, link.scheme);
    }
    if let Some(host) = inbound.host
        && !said(Name::XForwardedHost)
    {
        sink.field("x-forwarded-host", host);
    }
    inbound.told.describe(sink, inbound, said(Name::XRequestId));
}

/// The one value of several Cookie fields; `None` where there is but one. HTTP/2 clients may send cookies in pieces; HTTP/1.1 knows one field
/// (RFC 9113 section 8.2.3).
fn joined_cookies(headers: &dyn Headers) -> Option<Vec<u8>> {
    let mut joined: Option<Vec<u8>> = None;
    let mut first: Option<&[u8]> = None;
    headers.values("cookie", &mut |value| {
        match (first, &mut joined) {
            (None, _) => first = Some(value),
            (Some(first), None) => joined = Some([first, value].join(&b"; "[..])),
            (Some(_), Some(joined)) => {
                joined.extend_from_slice(b"; ");
                joined.extend_from_slice(value);
            }
        }
        ControlFlow::Continue(())
    });
    joined
}
