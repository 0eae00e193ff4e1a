//! One request of the traffic: count, draw, wait, answer.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{
    State,
    payload::{Payload, ResetOnPurpose},
    settings::Fate,
};

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
