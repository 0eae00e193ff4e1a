//! The upstream's head on its way to the client: framed anew, hop-by-hop fields removed, an upgrade only if it was asked for.

use std::ops::ControlFlow;
use std::time::Duration;

use http::StatusCode;
use weir_http1::length::ResponseLength;
use weir_http1::{Field, Name, Version, write};
use weir_routing::Headers;
use weir_telemetry::outcome::Outcome;

use super::begin::Begun;
use crate::error::Failure;
use crate::exchange::h2c;
use crate::exchange::hyper::HeaderView;
use crate::exchange::pipe::Pipe;
use crate::exchange::terms::Terms;
use crate::exchange::view::View;
use crate::exchange::work::Work;
use crate::harden::{Present, hop_by_hop};
use crate::record;

/// How an answer goes on.
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub(super) struct Reply {
    /// Whether the client's connection is kept afterwards.
    pub(super) keeps: bool,
    /// Whether the upstream's connection may serve another request afterwards.
    pub(super) reusable: bool,
    /// How long the other side keeps its connection, where it said so.
    pub(super) idle_limit: Option<Duration>,
    /// How a complete answer counts.
    pub(super) outcome: Outcome,
    /// For the client the end of the connection is the end of the body.
    pub(super) until_end: bool,
    /// HTTP ends with this answer.
    pub(super) switches: bool,
}

/// Writes the head of the answer of an upstream that speaks HTTP/1.1, which was read into `work`. `draining`: the client's connection ends with it.
pub(super) fn of_http1(work: &mut Work, begun: &Begun, draining: bool) -> Result<Reply, Failure> {
    let Work { response, from_upstream, download, .. } = work;
    let head = from_upstream.kept();
    let incoming = Incoming {
        status: response.status,
        reason: response.reason(head),
        plain_line: response.plain_line(head),
        length: response.length,
        headers: &View { fields: &response.fields, head },
        present: Present::of(&response.fields),
    };
    begin(download, &incoming, response.fields.iter(head), begun, draining)
}

/// The same for an upstream that speaks HTTP/2.
pub(super) fn of_http2(
    stream: &h2c::Stream,
    download: &mut Pipe,
    begun: &Begun,
    draining: bool,
) -> Result<Reply, Failure> {
    let reason = StatusCode::from_u16(stream.status()).ok().and_then(|status| status.canonical_reason());
    let incoming = Incoming {
        status: stream.status(),
        reason: reason.unwrap_or_default().as_bytes(),
        plain_line: None,
        length: stream.length(begun.to_head),
        headers: &HeaderView(stream.headers()),
        present: Present::of_names(stream.headers().keys().map(|name| name.as_str().as_bytes())),
    };
    begin(download, &incoming, stream.fields(), begun, draining)
}

/// The head of an upstream's answer, of either protocol.
struct Incoming<'a> {
    status: u16,
    reason: &'a [u8],
    /// The first line as it came, where it can go on so.
    plain_line: Option<&'a [u8]>,
    length: ResponseLength,
    headers: &'a dyn Headers,
    present: Present,
}

/// Writes the head of an answer for the client.
fn begin<'f>(
    download: &mut Pipe,
    incoming: &Incoming<'_>,
    fields: impl Iterator<Item = Field<'f>>,
    begun: &Begun,
    draining: bool,
) -> Result<Reply, Failure> {
    let Incoming { status, reason, plain_line, length, headers, present } = *incoming;
    let switches = status == 101;
    if switches && !agrees(begun, headers) {
        return Err(Failure::UnaskedUpgrade);
    }
    // HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
    let unknown = length.known().is_none();
    let until_end = unknown && begun.version == Version::Http10;
    let keeps = begun.keeps && !until_end && !draining;
    let chunked = unknown && !until_end;
    let out = download.begin(length.body, chunked);
    match plain_line {
        Some(line) => out.extend_from_slice(line),
        None => write::status_line(out, status, reason),
    }
    // Hardly any route asks for anything, so no field of the others is looked at for it.
    let terms = begun.chosen.terms.as_deref();
    let outcome = match terms {
        None => pass(out, incoming, fields, write::pass),
        Some(terms) => pass_by_terms(out, incoming, fields, terms),
    };
    for cookie in terms.into_iter().flat_map(|terms| terms.cookies(status)) {
        write::field(out, b"set-cookie", cookie.as_bytes());
    }
    if switches {
        write::field(out, b"connection", b"upgrade");
        write::field(out, b"upgrade", begun.upgrade.as_deref().unwrap_or_default());
    } else {
        frame(out, incoming, chunked);
        say_whether_kept(out, keeps, begun.version);
    }
    out.extend_from_slice(b"\r\n");
    let says_idle = present.has(Name::KeepAlive).then(|| headers.get("keep-alive")).flatten();
    let idle_limit = says_idle.and_then(hop_by_hop::keep_alive_seconds).map(Duration::from_secs);
    let reusable = !length.doubtful && !terms.is_some_and(Terms::closes_upstream);
    Ok(Reply { keeps, reusable, idle_limit, outcome, until_end, switches })
}

/// Passes the fields on that are not about one connection; gives how a complete answer counts.
fn pass<'f>(
    out: &mut Vec<u8>,
    incoming: &Incoming<'_>,
    fields: impl Iterator<Item = Field<'f>>,
    mut written: impl FnMut(&mut Vec<u8>, &Field<'f>),
) -> Outcome {
    let named = hop_by_hop::Named::of(incoming.headers, incoming.present);
    let mut outcome = record::outcome_of(incoming.status);
    for field in fields.filter(|field| !hop_by_hop::ends_here(field.known) && !named.has(field.name)) {
        // A gRPC answer without a body has its status in the head.
        if field.known == Name::GrpcStatus && incoming.status == 200 {
            outcome = record::outcome_of_grpc(field.value);
        }
        written(out, &field);
    }
    outcome
}

/// The same for a route that asks for something: fields that it imposes, and what is written anew.
#[cold]
fn pass_by_terms<'f>(
    out: &mut Vec<u8>,
    incoming: &Incoming<'_>,
    fields: impl Iterator<Item = Field<'f>>,
    terms: &Terms,
) -> Outcome {
    let imposed = terms.imposed();
    let fields = fields.filter(|field| !imposed.as_ref().is_some_and(|imposed| imposed.replaces(field.name)));
    let outcome = pass(out, incoming, fields, |out, field| {
        match terms.edits().and_then(|edits| edits.of(field.name, field.value)) {
            Some(value) => write::field(out, field.name, &value),
            None => write::pass(out, field),
        }
    });
    if let Some(imposed) = imposed {
        imposed.each(|name, value| write::field(out, name.as_bytes(), value));
    }
    outcome
}

/// Says how long the body is. Where none follows, it is about the body that a GET would have got.
fn frame(out: &mut Vec<u8>, incoming: &Incoming<'_>, chunked: bool) {
    let Incoming { status, length, .. } = incoming;
    match length.declared {
        _ if chunked => write::field(out, b"transfer-encoding", b"chunked"),
        _ if matches!(status, 100..=199 | 204) => {}
        Some(bytes) if length.known().is_some() => write::content_length(out, bytes),
        Some(_) | None => {}
    }
}

/// Says what becomes of the connection, where that is not what the version means by itself.
pub(super) fn say_whether_kept(out: &mut Vec<u8>, keeps: bool, version: Version) {
    match (keeps, version) {
        (false, _) => write::field(out, b"connection", b"close"),
        (true, Version::Http10) => write::field(out, b"connection", b"keep-alive"),
        (true, Version::Http11) => {}
    }
}

/// Whether a 101 is to what the client asked for.
fn agrees(begun: &Begun, headers: &dyn Headers) -> bool {
    let Some(asked) = begun.upgrade.as_deref() else { return false };
    let (mut same, mut count) = (false, 0);
    headers.values("upgrade", &mut |value| {
        same = value.eq_ignore_ascii_case(asked);
        count += 1;
        ControlFlow::Continue(())
    });
    same && count == 1
}
