//! The request as the upstream gets it, written for HTTP/1.1 or gathered for HTTP/2, whichever codec read it from the client.

use std::net::SocketAddr;
use std::ops::ControlFlow;

use http::Method;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use weir_http1::{Field, Length, Name, write};
use weir_routing::Headers;

use crate::client::link::{Link, Scheme};
use crate::forwarded::{self, Introduction};
use crate::harden::{Present, hop_by_hop};

/// What of a client's head goes into the upstream's, borrowed from whichever codec read it.
pub(super) struct Inbound<'a> {
    pub(super) link: &'a Link,
    pub(super) method: &'a str,
    /// The path, normalised and rewritten.
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    /// Host as the client wrote it; none for HTTP/1.0 without one.
    pub(super) host: Option<&'a [u8]>,
    /// The Host for the upstream, where it is another one.
    pub(super) vhost: Option<&'a [u8]>,
    /// What the upstream is told in `X-Forwarded-Prefix`; none: whatever the client says.
    pub(super) prefix: Option<&'a [u8]>,
    pub(super) headers: &'a dyn Headers,
    pub(super) present: Present,
    pub(super) length: Length,
    /// The client said that its body has no bytes, and so does the proxy.
    pub(super) says_empty: bool,
    /// The protocol that the client asks to change to.
    pub(super) upgrade: Option<&'a [u8]>,
    /// The `Connection` for the upstream, where the client asks for no change. Only HTTP/1.1 has one.
    pub(super) connection: Option<&'static str>,
}

/// The part of the path that a rewrite has taken away.
const PREFIX: &str = "x-forwarded-prefix";

/// Where header fields go.
pub(super) trait Sink {
    /// Adds one.
    fn field(&mut self, name: &'static str, value: &[u8]);
    /// Passes one of the client's on.
    fn pass(&mut self, field: &Field<'_>);
    /// Says all that there is to say about the client.
    fn introduce(&mut self, introduction: &Introduction, scheme: Scheme);
}

/// Written for HTTP/1.1.
impl Sink for Vec<u8> {
    fn field(&mut self, name: &'static str, value: &[u8]) {
        write::field(self, name.as_bytes(), value);
    }

    fn pass(&mut self, field: &Field<'_>) {
        write::pass(self, field);
    }

    fn introduce(&mut self, introduction: &Introduction, _: Scheme) {
        self.extend_from_slice(introduction.lines());
    }
}

/// Gathered for HTTP/2. What a codec let pass is a name and a value here too.
impl Sink for HeaderMap {
    fn field(&mut self, name: &'static str, value: &[u8]) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            self.append(HeaderName::from_static(name), value);
        }
    }

    fn pass(&mut self, field: &Field<'_>) {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(field.name), HeaderValue::from_bytes(field.value))
        {
            self.append(name, value);
        }
    }

    fn introduce(&mut self, introduction: &Introduction, scheme: Scheme) {
        self.field("x-forwarded-for", introduction.client());
        self.field("x-real-ip", introduction.client());
        self.field("x-forwarded-proto", scheme.as_str().as_bytes());
        self.field("x-forwarded-port", introduction.port());
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
    out.extend_from_slice(inbound.path.as_bytes());
    if let Some(query) = inbound.query {
        out.push(b'?');
        out.extend_from_slice(query.as_bytes());
    }
    out.extend_from_slice(b" HTTP/1.1\r\n");
    match inbound.vhost.or(inbound.host) {
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
    } else if let Some(connection) = inbound.connection {
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
        let target = |query: &str| format!("{}?{query}", inbound.path);
        Self {
            // A method that was checked is one.
            method: Method::from_bytes(inbound.method.as_bytes()).unwrap_or_default(),
            target: inbound.query.map_or_else(|| inbound.path.to_owned(), target),
            host: inbound.vhost.or(inbound.host).map(<[u8]>::to_vec),
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
    // Hardly any route says a prefix, so no field of the others is looked at for it.
    if inbound.prefix.is_some() {
        let others = fields.filter(|field| !field.name.eq_ignore_ascii_case(PREFIX.as_bytes()));
        gather_all(sink, inbound, others);
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

/// Says who the client is, except what a trusted one has said itself (`seen`).
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
    if let Some(prefix) = inbound.prefix {
        sink.field(PREFIX, prefix);
    }
    if !said(Name::XRequestId) {
        sink.field("x-request-id", &forwarded::request_id(link.worker.random(), link.worker.random()));
    }
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
