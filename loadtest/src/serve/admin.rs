//! Settings and statistics over HTTP, on their own listener.
//!
//! `GET /__weir/settings`, `PUT /__weir/settings` (what is absent stays), `GET /__weir/stats`.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use serde::Serialize;
use tokio::time::Instant;

use super::{Change, State};

/// Largest accepted change; real ones have a few hundred bytes.
const MAX_CHANGE_BYTES: usize = 64 * 1024;

/// Answers one admin request.
pub(super) async fn respond(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let response = match (&head.method, head.uri.path()) {
        (&Method::GET, "/__weir/settings") => json(StatusCode::OK, &state.live.settings()),
        (&Method::GET, "/__weir/stats") => json(StatusCode::OK, &state.counters.snapshot()),
        (&Method::PUT, "/__weir/settings") => match change(&state, body).await {
            Ok(settings) => json(StatusCode::OK, &settings),
            Err(reason) => refuse(StatusCode::BAD_REQUEST, &reason),
        },
        (_, "/__weir/settings" | "/__weir/stats") => {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "settings take GET and PUT, stats takes GET")
        }
        _ => refuse(StatusCode::NOT_FOUND, "here are /__weir/settings and /__weir/stats"),
    };
    Ok(response)
}

async fn change(state: &State, body: Incoming) -> Result<super::Settings, String> {
    let body = Limited::new(body, MAX_CHANGE_BYTES)
        .collect()
        .await
        .map_err(|error| format!("cannot read the settings: {error}"))?
        .to_bytes();
    let change: Change =
        serde_json::from_slice(&body).map_err(|error| format!("cannot read the settings: {error}"))?;
    state.live.change(change, Instant::now()).map_err(|error| error.to_string())
}

#[derive(Serialize)]
struct Refusal<'a> {
    error: &'a str,
}

fn refuse(status: StatusCode, error: &str) -> Response<Full<Bytes>> {
    json(status, &Refusal { error })
}

fn json(status: StatusCode, value: &impl Serialize) -> Response<Full<Bytes>> {
    let (status, text) = match serde_json::to_vec(value) {
        Ok(text) => (status, text),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string().into_bytes()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
