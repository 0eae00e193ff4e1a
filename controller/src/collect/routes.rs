//! A request -> what it brings, or asks for.
//!
//! ```text
//! POST /v1/metrics   OTLP                      GET /v1/metrics   what there is, and what was refused
//! POST /v1/samples   JSON                      GET /v1/series    a query's answer
//! GET  /metrics      of the collector itself   GET /livez, /readyz
//! ```

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::{Value, json};
use weir_collector::otlp::{self, Encoding};
use weir_collector::{Query, json as samples};

use super::{Shared, Taken, unpacked};
use weir_serve::respond::{json as answer_json, respond, text};

type Answer = Response<Full<Bytes>>;

/// Refusals that an answer names.
const NAMED: usize = 10;

pub(super) async fn answer(shared: &Shared, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    if matches!(path, "/livez" | "/readyz") {
        return text(StatusCode::OK, "ok\n");
    }
    if !may(shared.token.as_deref(), &head.headers) {
        return refusal(StatusCode::UNAUTHORIZED, "send Authorization: Bearer with the collector's token");
    }
    let is_get = head.method == Method::GET || head.method == Method::HEAD;
    match (path, is_get, head.method == Method::POST) {
        ("/v1/metrics", _, true) => match encoding(&head.headers) {
            Ok(encoding) => match unpacked::read(&head.headers, body).await {
                Ok(body) => take_otlp(shared, encoding, &body),
                Err((status, why)) => refusal(status, &why),
            },
            Err(why) => refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, &why),
        },
        ("/v1/samples", _, true) => match unpacked::read(&head.headers, body).await {
            Ok(body) => take_samples(shared, &body),
            Err((status, why)) => refusal(status, &why),
        },
        ("/v1/metrics", true, _) => answer_json(StatusCode::OK, &there(shared)),
        ("/v1/series", true, _) => series(shared, &head),
        ("/metrics", true, _) => {
            let page = shared.counted.page(&shared.store());
            respond(StatusCode::OK, "text/plain; version=0.0.4", Bytes::from(page))
        }
        ("/v1/metrics" | "/v1/samples" | "/v1/series" | "/metrics", _, _) => {
            refusal(StatusCode::METHOD_NOT_ALLOWED, "push with POST, ask with GET")
        }
        _ => refusal(
            StatusCode::NOT_FOUND,
            "push to /v1/metrics (OTLP) or /v1/samples (JSON), ask /v1/series or /v1/metrics",
        ),
    }
}

fn refusal(status: StatusCode, why: &str) -> Answer {
    answer_json(status, &json!({"error": why}))
}

/// As long for a wrong token as for a right one of its length.
fn may(token: Option<&str>, headers: &HeaderMap) -> bool {
    let Some(token) = token else { return true };
    let given = headers.get(header::AUTHORIZATION).map(http::HeaderValue::as_bytes);
    let given = given.and_then(|value| value.strip_prefix(b"Bearer ")).unwrap_or_default();
    let differing = token.bytes().zip(given).fold(0, |all, (one, other)| all | (one ^ other));
    token.len() == given.len() && differing == 0
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, String> {
    let kind = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let kind = kind.unwrap_or_default();
    match kind.split(';').next().map(str::trim) {
        Some("application/x-protobuf") => Ok(Encoding::Protobuf),
        Some("application/json") => Ok(Encoding::Json),
        _ => Err(format!("Content-Type: {kind}: send application/x-protobuf or application/json")),
    }
}

/// Part of a request may be kept: the specification has that answered by 200 and the rest named.
fn take_otlp(shared: &Shared, encoding: Encoding, body: &[u8]) -> Answer {
    let points = match otlp::parse(encoding, body) {
        Ok(points) => points,
        Err(why) => {
            let said = refusal(StatusCode::BAD_REQUEST, &why.to_string());
            shared.take("otlp", [Err(why)]);
            return said;
        }
    };
    let Taken { kept: _, refused } = shared.take("otlp", points);
    let why = refused.first().map(|(_, refusal)| refusal.to_string()).unwrap_or_default();
    let kind = match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    };
    respond(StatusCode::OK, kind, Bytes::from(otlp::answer(encoding, refused.len(), &why)))
}

fn take_samples(shared: &Shared, body: &[u8]) -> Answer {
    let all = match samples::parse(body) {
        Ok(all) => all,
        Err(why) => {
            let said = refusal(StatusCode::BAD_REQUEST, &why.to_string());
            shared.take("json", [Err(why)]);
            return said;
        }
    };
    let Taken { kept, refused } = shared.take("json", all);
    let named: Vec<Value> = refused
        .iter()
        .take(NAMED)
        .map(|(place, refusal)| json!({"sample": place, "error": refusal.to_string()}))
        .collect();
    let status = if kept == 0 && !refused.is_empty() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    answer_json(status, &json!({"kept": kept, "refused": refused.len(), "errors": named}))
}

fn series(shared: &Shared, head: &Parts) -> Answer {
    let parameters = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
    match Query::parse(parameters) {
        Ok(query) => {
            let series = shared.store().answer(&query);
            answer_json(StatusCode::OK, &json!({"series": series}))
        }
        Err(why) => refusal(StatusCode::BAD_REQUEST, &why.to_string()),
    }
}

fn there(shared: &Shared) -> Value {
    let metrics: serde_json::Map<String, Value> = shared
        .store()
        .metrics()
        .map(|(name, labels)| (name.to_owned(), labels.map(|labels| json!(labels)).collect()))
        .collect();
    json!({"metrics": metrics, "counted": shared.counted.told()})
}
