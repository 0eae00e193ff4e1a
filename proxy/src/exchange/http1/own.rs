//! Answers of the proxy's own: one sentence that says what is wrong.

use std::ops::Range;

use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};
use weir_http1::{Length, write};

use super::{Client, Next, begin, relay, reply};
use crate::counters::Cut;
use crate::error::{Failure, Refusal};
use crate::exchange::respond::{self, Instead};
use crate::exchange::view::View;
use crate::exchange::work::Work;

/// What a 405, and the answer to `OPTIONS *`, name.
static ALLOW: [(HeaderName, HeaderValue); 1] = [(header::ALLOW, HeaderValue::from_static(respond::ALLOWED))];

/// An answer of the proxy's own.
struct Own<'t> {
    status: StatusCode,
    fields: &'t [(HeaderName, HeaderValue)],
    body: &'t [u8],
    keeps: bool,
    to_head: bool,
}

/// The answer to a request that no route was asked for. `head`: where its head lies, if it was one.
pub(super) async fn refusal(
    client: &mut Client,
    work: &mut Work,
    refusal: Refusal,
    head: Option<Range<usize>>,
) -> Next {
    client.link.worker.counters.refusal(refusal);
    let text = respond::sentence(refusal.status(), &refusal);
    let fields: &[_] = if refusal == Refusal::MethodNotAllowed { &ALLOW } else { &[] };
    let mut own =
        Own { status: refusal.status(), fields, body: text.as_bytes(), keeps: false, to_head: false };
    if let Some(head) = head {
        own.to_head = work.request.method(work.from_client.slice(head.clone())) == b"HEAD";
        work.upload.begin(work.request.length, false);
        own.keeps = !refusal.closes() && keeps(client, work, head);
    }
    say(client, work, own).await
}

/// The answer of a route's policy.
pub(super) async fn instead(
    client: &mut Client,
    work: &mut Work,
    instead: &Instead,
    head: Range<usize>,
) -> Next {
    let Instead { status, fields, body } = instead;
    let to_head = work.request.method(work.from_client.slice(head.clone())) == b"HEAD";
    work.upload.begin(work.request.length, false);
    let keeps = keeps(client, work, head);
    say(client, work, Own { status: *status, fields, body, keeps, to_head }).await
}

/// The answer to a request that no upstream answered.
pub(super) async fn failure(
    client: &mut Client,
    work: &mut Work,
    failure: Failure,
    begun: &begin::Begun,
) -> Next {
    if failure == Failure::ClientGone {
        return Next::Close;
    }
    let text = respond::sentence(failure.status(), &failure);
    let keeps = !failure.closes() && begun.keeps && stays(client, work);
    let (status, to_head) = (failure.status(), begun.to_head);
    let terms = begun.chosen.terms.as_ref();
    let fields = terms.map(|terms| terms.fields_of_failure(status.as_u16())).unwrap_or_default();
    let own = Own { status, fields: &fields, body: text.as_bytes(), keeps, to_head };
    say(client, work, own).await
}

/// The answer to `OPTIONS *`.
pub(super) async fn options(client: &mut Client, work: &mut Work, head: Range<usize>) -> Next {
    work.upload.begin(work.request.length, false);
    let keeps = keeps(client, work, head);
    let status = StatusCode::NO_CONTENT;
    let own = Own { status, fields: &ALLOW, body: &[], keeps, to_head: false };
    say(client, work, own).await
}

/// The answer to a head that does not come to its end.
pub(super) async fn slow_head(client: &mut Client, work: &mut Work) -> Next {
    client.link.worker.counters.connection_cut(Cut::SlowHead);
    let status = StatusCode::REQUEST_TIMEOUT;
    let own = Own { status, fields: &[], body: &[], keeps: false, to_head: false };
    say(client, work, own).await
}

/// Whether client and proxy keep the connection after the request whose head lies at `head`.
fn keeps(client: &Client, work: &mut Work, head: Range<usize>) -> bool {
    let headers = View { fields: &work.request.fields, head: work.from_client.slice(head) };
    begin::keeps_connection(work.request.version, &work.request.fields, &headers) && stays(client, work)
}

/// Whether another request can follow: the body of this one is here and gone.
fn stays(client: &Client, work: &mut Work) -> bool {
    let Work { upload, from_client, trailers, .. } = work;
    upload.discard(from_client, trailers) && client.link.worker.keeps_connections()
}

async fn say(client: &mut Client, work: &mut Work, own: Own<'_>) -> Next {
    let Own { status, fields, body, keeps, to_head } = own;
    work.from_client.release();
    let version = work.request.version;
    let out = work.download.begin(Length::None, false);
    write::status_line(out, status.as_u16(), status.canonical_reason().unwrap_or_default().as_bytes());
    for (name, value) in fields {
        write::field(out, name.as_str().as_bytes(), value.as_bytes());
    }
    if !body.is_empty() && !fields.iter().any(|(name, _)| name == header::CONTENT_TYPE) {
        write::field(out, b"content-type", respond::TEXT.as_bytes());
    }
    if status != StatusCode::NO_CONTENT {
        write::content_length(out, u64::try_from(body.len()).unwrap_or(u64::MAX));
    }
    reply::say_whether_kept(out, keeps, version);
    out.extend_from_slice(b"\r\n");
    if !to_head {
        out.extend_from_slice(body);
    }
    match relay::flush(client, work).await {
        Ok(()) if keeps => Next::Another,
        // What the client still sends would destroy the answer on its way.
        Ok(()) => Next::Linger,
        Err(relay::Ended) => Next::Close,
    }
}
