//! What operators and the controller ask: liveness, readiness, metrics, the report, and why a request goes where it goes.
//!
//! It runs on the admin thread, never on a worker's, so a scrape delays no request. The port has no authentication: it must not be
//! reachable from outside.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::{ServiceBuilder, ServiceExt};
use weir_telemetry::wire::{Report, VERSION};

use crate::metrics;
use crate::process::Shared;

mod explain;

/// Connections served at a time; further ones wait.
const MAX_CONNECTIONS: usize = 256;
/// Time for a request's head, and for an idle connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

const INDEX: &str = "weir-proxy
/livez                 200 while the process runs
/readyz                200 once routes are loaded, 503 before and while draining
/metrics               Prometheus
/report/v1             counts of every series, for the controller
/debug/routes          ?host=&path=&method=&header=Name:Value&client= explains the decision for a request
/debug/problems        what is wrong with the configuration
";

/// What the admin port tells.
pub(crate) struct Admin {
    shared: Arc<Shared>,
    instance: String,
    started: Instant,
    started_at_unix_micros: i64,
}

impl Admin {
    /// `instance` names this process, from its start to its end.
    pub(crate) fn new(shared: Arc<Shared>, instance: String) -> Self {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let started_at_unix_micros = i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX);
        Self { shared, instance, started: Instant::now(), started_at_unix_micros }
    }

    /// Serves without end.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let admin = Arc::new(self);
        let mut connections = JoinSet::new();
        loop {
            while connections.len() >= MAX_CONNECTIONS {
                connections.join_next().await;
            }
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(Arc::clone(&admin).connection(TokioIo::new(stream)));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept connections on the admin port");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TokioIo<tokio::net::TcpStream>) {
        let answer = tower::service_fn(move |request| ready(Ok::<_, Infallible>(self.answer(&request))));
        // Top line sees the request first.
        let pages = ServiceBuilder::new().map_response(uncached).service(answer);
        let served = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(stream, service_fn(|request| pages.clone().oneshot(request)))
            .await;
        if let Err(error) = served {
            tracing::debug!(%error, "admin connection failed");
        }
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
        }
        match request.uri().path() {
            "/" => text(StatusCode::OK, INDEX),
            "/livez" => text(StatusCode::OK, "ok\n"),
            "/readyz" => self.ready(),
            "/metrics" => match metrics::text(&self.shared) {
                Ok(metrics) => typed(StatusCode::OK, "text/plain; version=0.0.4", metrics),
                Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
            },
            "/report/v1" => match self.report().to_json() {
                Ok(json) => typed(StatusCode::OK, "application/json", json),
                Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
            },
            "/debug/routes" => {
                let (status, json) =
                    explain::explain(&self.shared.table.load(), request.uri().query().unwrap_or_default());
                typed(status, "application/json", json)
            }
            "/debug/problems" => typed(StatusCode::OK, "application/json", json(&self.shared.problems.all())),
            _ => text(StatusCode::NOT_FOUND, INDEX),
        }
    }

    fn ready(&self) -> Response<Full<Bytes>> {
        let no = |why| text(StatusCode::SERVICE_UNAVAILABLE, why);
        if self.shared.draining.load(Relaxed) {
            no("draining\n")
        } else if !self.shared.loaded.load(Relaxed) {
            no("routes are not loaded yet\n")
        } else {
            text(StatusCode::OK, "ok\n")
        }
    }

    fn report(&self) -> Report {
        // The table first: its epoch is served from before the counts were read.
        let table = self.shared.table.load_full();
        let elapsed = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        Report {
            version: VERSION,
            instance: self.instance.clone(),
            started_at_unix_micros: self.started_at_unix_micros,
            generated_at_unix_micros: self.started_at_unix_micros.saturating_add(elapsed),
            epochs: table.epochs().iter().map(|(canary, epoch)| (canary.to_string(), *epoch)).collect(),
            trips: self.shared.breakers.trips(),
            series: self.shared.registry.report().into_iter().map(|(series, _)| series).collect(),
        }
    }
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap_or_default()
}

/// Every answer is about this moment.
fn uncached(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    typed(status, "text/plain; charset=utf-8", text)
}

fn typed(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
