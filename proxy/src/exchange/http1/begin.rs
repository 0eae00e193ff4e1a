//! Everything before the first wait: check, choose, and the head for the upstream.

use std::net::SocketAddr;
use std::ops::Range;

use weir_http1::{Length, Name, Version, request};
use weir_routing::{Headers, Protocol};

use crate::client::link::Link;
use crate::error::Refusal;
use crate::exchange::admit::Admitted;
use crate::exchange::choose::{self, Chosen, Unchosen};
use crate::exchange::mirror;
use crate::exchange::outbound::{self, Gathered, Inbound};
use crate::exchange::told::Told;
use crate::exchange::view::{self, View};
use crate::exchange::work::Work;
use crate::harden::{self, hop_by_hop};

/// A request that goes to an upstream.
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub(super) struct Begun {
    pub(super) chosen: Chosen,
    /// GET, HEAD or OPTIONS: sending it twice does no harm.
    pub(super) is_safe: bool,
    pub(super) to_head: bool,
    /// The client waits for a word before it sends the body.
    pub(super) expects: bool,
    /// The client keeps the connection.
    pub(super) keeps: bool,
    pub(super) version: Version,
    /// The protocol that the client asks to change to.
    pub(super) upgrade: Option<Box<[u8]>>,
}

impl Begun {
    /// How long the body is that goes to an upstream: a page is asked for without one.
    pub(super) fn body_length(&self, request: &request::Head) -> Length {
        if self.chosen.told().page.is_some_and(|page| page.is_own) { Length::None } else { request.length }
    }
}

/// Checks the request whose head lies at `head` in the client's buffer, chooses its track, and writes its head for the upstream. `None`: `OPTIONS *`,
/// which is about the proxy itself.
pub(super) fn begin(
    link: &Link,
    work: &mut Work,
    head: Range<usize>,
    admitted: Option<Admitted>,
) -> Result<Option<Begun>, Unchosen> {
    let bytes = work.from_client.slice(head);
    let request = &work.request;
    let headers = View { fields: &request.fields, head: bytes };
    let raw = view::raw_head(request, bytes, &headers);
    let checked = harden::check(&raw)?;
    if checked.target.path == "*" {
        return Ok(None);
    }
    let chosen =
        choose::choose(link, &choose::head(link, &raw, &checked), (raw.authority, request.length), admitted)?;
    let begun = Begun {
        is_safe: matches!(raw.method, "GET" | "HEAD" | "OPTIONS"),
        to_head: raw.method == "HEAD",
        expects: request.fields.has(Name::Expect) && request.length != Length::None,
        keeps: keeps_connection(request.version, &request.fields, &headers),
        version: request.version,
        upgrade: checked.upgrade.map(|upgrade| upgrade.0.into()),
        chosen,
    };
    let track = &begun.chosen.track;
    let out = work.upload.begin(request.length, request.length == Length::Chunked);
    if let (Protocol::Http1, Some(endpoint)) = (track.backend.protocol, track.endpoints.first()) {
        let inbound = Inbound::of(link, &raw, &checked, request.length, begun.chosen.told());
        outbound::write(out, &inbound, request.fields.iter(bytes), endpoint.address);
    }
    work.upload.limit(begun.chosen.body_limit(request.length));
    let tee = begun.chosen.is_copied().then(|| {
        let inbound = Inbound::of(link, &raw, &checked, request.length, begun.chosen.told());
        mirror::begin(&inbound, || request.fields.iter(bytes), &begun.chosen)
    });
    work.upload.tee(tee.flatten());
    Ok(Some(begun))
}

/// Writes the head once more, for an endpoint of another track: what is not needed for most requests is not kept for them.
pub(super) fn write_again(
    link: &Link,
    work: &mut Work,
    head: Range<usize>,
    begun: &Begun,
    endpoint: SocketAddr,
) -> Result<(), Refusal> {
    let Work { from_client, request, upload, .. } = work;
    let length = begun.body_length(request);
    let out = upload.begin(length, length == Length::Chunked);
    let bytes = from_client.slice(head);
    again(link, request, bytes, (request.length, begun.chosen.told()), |inbound| {
        outbound::write(out, inbound, request.fields.iter(bytes), endpoint);
    })?;
    upload.limit(begun.chosen.body_limit(length));
    Ok(())
}

/// The head for an upstream that speaks HTTP/2.
pub(super) fn gather(
    link: &Link,
    work: &Work,
    head: Range<usize>,
    begun: &Begun,
) -> Result<Gathered, Refusal> {
    let (request, bytes) = (&work.request, work.from_client.slice(head));
    let parts = (request.length, begun.chosen.told());
    again(link, request, bytes, parts, |inbound| Gathered::of(inbound, request.fields.iter(bytes)))
}

/// The head that a server is shown which is asked about the request: without a body, and not changing protocols.
pub(super) fn question(link: &Link, work: &Work, head: Range<usize>) -> Result<Gathered, Refusal> {
    let (request, bytes) = (&work.request, work.from_client.slice(head));
    again(link, request, bytes, (Length::None, Told::default()), |inbound| {
        Gathered::of(&inbound.as_question(), request.fields.iter(bytes))
    })
}

/// What a head that was checked before says.
fn again<T>(
    link: &Link,
    request: &request::Head,
    bytes: &[u8],
    (length, told): (Length, Told<'_>),
    with: impl FnOnce(&Inbound<'_>) -> T,
) -> Result<T, Refusal> {
    let headers = View { fields: &request.fields, head: bytes };
    let raw = view::raw_head(request, bytes, &headers);
    let checked = harden::check(&raw)?;
    Ok(with(&Inbound::of(link, &raw, &checked, length, told)))
}

/// HTTP/1.1 keeps a connection unless it says otherwise, HTTP/1.0 the other way round (RFC 9112 section 9.3).
pub(super) fn keeps_connection(version: Version, fields: &weir_http1::Fields, headers: &dyn Headers) -> bool {
    if !fields.has(Name::Connection) {
        return version == Version::Http11;
    }
    let closes = hop_by_hop::has_option(headers, "close");
    match version {
        Version::Http11 => !closes,
        Version::Http10 => !closes && hop_by_hop::has_option(headers, "keep-alive"),
    }
}
