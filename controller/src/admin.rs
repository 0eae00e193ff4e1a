//! The admin listener: health, metrics, canaries, promote and abort.
//!
//! Commands go to the control loop and are answered after the look that followed them: what the answer says is stored already.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use weir_rollout::Command;

use crate::catalog::Key;
use crate::metrics::Metrics;
use crate::reconcile::Looked;
use crate::view::ReleaseView;

/// A command on its way to the control loop.
#[derive(Debug)]
pub struct Asked {
    /// The Canary that it is for.
    pub canary: Key,
    /// What to do.
    pub command: Command,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Answer>,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What happened, one sentence each.
    pub events: Vec<String>,
    /// The Canary afterwards.
    pub canary: Option<ReleaseView>,
}

/// Why something cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// One sentence.
    pub error: String,
}

/// What the admin listener shows.
#[derive(Debug)]
pub struct Shown {
    /// The last look.
    pub looked: ArcSwap<Looked>,
    /// Whether there was one.
    pub ready: AtomicBool,
    /// Metrics.
    pub metrics: Metrics,
    /// Where commands go.
    pub commands: mpsc::Sender<Asked>,
}

/// Serves until `stop`.
pub async fn serve(listener: TcpListener, shown: Arc<Shown>, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, mostly: some will come back.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let (shown, stop) = (Arc::clone(&shown), stop.clone());
        connections.spawn(async move {
            let service = service_fn(|request| {
                let shown = Arc::clone(&shown);
                async move { Ok::<_, Infallible>(answer(&shown, request).await) }
            });
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(std::time::Duration::from_secs(10));
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            tokio::pin!(connection);
            tokio::select! {
                // The peer's errors are the peer's.
                _ended = connection.as_mut() => {}
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    let _ended = connection.await;
                }
            }
        });
    }
    connections.close();
    // An answer takes milliseconds; who does not read it in time goes without.
    let _late = tokio::time::timeout(std::time::Duration::from_secs(1), connections.wait()).await;
}

async fn answer(shown: &Shown, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let looked = shown.looked.load_full();
    match (request.method(), parts.as_slice()) {
        (&Method::GET, ["livez"]) => text(StatusCode::OK, "ok\n"),
        (&Method::GET, ["readyz"]) if shown.ready.load(Ordering::Acquire) => text(StatusCode::OK, "ok\n"),
        (&Method::GET, ["readyz"]) => {
            text(StatusCode::SERVICE_UNAVAILABLE, "has not looked at everything yet\n")
        }
        (&Method::GET, ["metrics"]) => metrics(shown, &looked),
        (&Method::GET, ["v1", "canaries"]) => {
            json(StatusCode::OK, &looked.views.values().collect::<Vec<_>>())
        }
        (&Method::GET, ["v1", "problems"]) => json(StatusCode::OK, &looked.problems),
        (&Method::GET, ["v1", "canaries", namespace, name]) => {
            match looked.views.get(&Key::new(*namespace, *name)) {
                Some(view) => json(StatusCode::OK, view),
                None => unknown(&looked.views, namespace, name),
            }
        }
        (&Method::POST, ["v1", "canaries", namespace, name, "promote"]) => {
            command(shown, &looked.views, Key::new(*namespace, *name), Command::Promote).await
        }
        (&Method::POST, ["v1", "canaries", namespace, name, "abort"]) => {
            command(shown, &looked.views, Key::new(*namespace, *name), Command::Abort).await
        }
        (_, ["livez" | "readyz" | "metrics"] | ["v1", ..]) => {
            refuse(StatusCode::METHOD_NOT_ALLOWED, format!("{} {path} is not served", request.method()))
        }
        _ => refuse(
            StatusCode::NOT_FOUND,
            format!("there is no {path}: see /v1/canaries, /metrics, /livez, /readyz"),
        ),
    }
}

async fn command(
    shown: &Shown,
    views: &BTreeMap<Key, ReleaseView>,
    canary: Key,
    command: Command,
) -> Response<Full<Bytes>> {
    if !views.contains_key(&canary) {
        return unknown(views, &canary.namespace, &canary.name);
    }
    let (answer, answered) = oneshot::channel();
    let sent = shown.commands.send(Asked { canary, command, answer }).await;
    match (sent, answered.await) {
        (Ok(()), Ok(answer)) => json(StatusCode::OK, &answer),
        (Ok(()) | Err(_), _) => {
            refuse(StatusCode::SERVICE_UNAVAILABLE, "the controller is ending: ask again".to_owned())
        }
    }
}

fn unknown(views: &BTreeMap<Key, ReleaseView>, namespace: &str, name: &str) -> Response<Full<Bytes>> {
    let known: Vec<String> = views.keys().map(ToString::to_string).collect();
    let known =
        if known.is_empty() { "there is none".to_owned() } else { format!("there is {}", known.join(", ")) };
    refuse(StatusCode::NOT_FOUND, format!("there is no Canary {namespace}/{name}: {known}"))
}

fn metrics(shown: &Shown, looked: &Looked) -> Response<Full<Bytes>> {
    match shown.metrics.render(&looked.views, looked.problems.len()) {
        Ok(text) => respond(StatusCode::OK, "text/plain; version=0.0.4", Bytes::from(text)),
        Err(error) => {
            refuse(StatusCode::INTERNAL_SERVER_ERROR, format!("metrics cannot be written: {error}"))
        }
    }
}

fn refuse(status: StatusCode, error: String) -> Response<Full<Bytes>> {
    json(status, &Refusal { error })
}

fn json(status: StatusCode, value: &impl Serialize) -> Response<Full<Bytes>> {
    // Values here are plain data: they always have a JSON form.
    let mut body = serde_json::to_vec(value).unwrap_or_default();
    body.push(b'\n');
    respond(status, "application/json", Bytes::from(body))
}

fn text(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    respond(status, "text/plain", Bytes::from_static(body.as_bytes()))
}

fn respond(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
