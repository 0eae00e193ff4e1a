//! One request of the traffic: count, draw, wait, answer.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{State, settings::Fate};

/// Header that carries the version's name.
const VERSION_HEADER: &str = "x-version";

/// Answers one request; `/health` at once, everything else as the settings say.
pub(super) async fn respond(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Payload>, ResetOnPurpose> {
    if request.uri().path() == "/health" {
        return Ok(health(&state));
    }
    let visit = state.counters.arrive(request.uri().path());
    let now = Instant::now();
    let (version, body, fate, latency) = {
        let prepared = state.live.prepared();
        let (fate, latency) = state.live.draw(&prepared, now);
        (prepared.version.clone(), prepared.body.clone(), fate, latency)
    };
    drain(request.into_body()).await;
    if !latency.is_zero() {
        tokio::time::sleep_until(now + latency).await;
    }
    let (status, payload) = match fate {
        Fate::Success => (StatusCode::OK, Payload::whole(body)),
        Fate::Error => (StatusCode::INTERNAL_SERVER_ERROR, Payload::whole(body)),
        Fate::Truncate => (StatusCode::OK, Payload::cut(&body)),
        Fate::Reset => {
            visit.answered(0);
            return Err(ResetOnPurpose);
        }
    };
    visit.answered(status.as_u16());
    let mut response = Response::new(payload);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(VERSION_HEADER, version);
    Ok(response)
}

/// Reads the body to its end, so that the connection can carry the next request.
async fn drain(mut body: Incoming) {
    while !body.is_end_stream() {
        match body.frame().await {
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return,
        }
    }
}

fn health(state: &State) -> Response<Payload> {
    state.counters.health_check();
    let healthy = state.live.prepared().settings.healthy;
    let (status, text) = if healthy {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "set to unhealthy\n")
    };
    let mut response = Response::new(Payload::whole(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}

/// A body in one piece that may announce more than it gives.
#[derive(Debug)]
pub(super) struct Payload {
    rest: Option<Bytes>,
    /// Bytes that are announced and never come.
    missing: u64,
    /// Whether hyper has had its turn to send what was given before the failure; a failure at once would leave nothing of it.
    sent: bool,
}

impl Payload {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self { rest: (!bytes.is_empty()).then_some(bytes), missing: 0, sent: false }
    }

    /// Announces all of `bytes`, gives half of them, then fails.
    pub(super) fn cut(bytes: &Bytes) -> Self {
        let given = bytes.slice(..bytes.len() / 2);
        let missing = bytes.len() - given.len();
        let missing = u64::try_from(missing).unwrap_or(u64::MAX).max(1);
        Self { rest: Some(given), missing, sent: false }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        match this.rest.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if this.missing == 0 => Poll::Ready(None),
            None if this.sent => Poll::Ready(Some(Err(io::Error::other("cut on purpose")))),
            None => {
                this.sent = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && self.missing == 0
    }

    fn size_hint(&self) -> SizeHint {
        let given = self.rest.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        SizeHint::with_exact(given.saturating_add(self.missing))
    }
}

/// Why no answer was given: on purpose.
#[derive(Debug, thiserror::Error)]
#[error("reset on purpose")]
pub(super) struct ResetOnPurpose;
