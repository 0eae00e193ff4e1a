//! Between the controller and the API server: passes requests on, and does to some of them what goes wrong on the way.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// One request of the controller.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    /// What it sends, if that is JSON.
    pub(crate) body: Value,
}

impl Asked {
    /// Whether it asks for a watch, which goes on.
    pub(crate) fn is_watch(&self) -> bool {
        self.target.contains("watch=true") || self.target.contains("watch=1")
    }

    /// Whether it changes something.
    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    /// The phase that it stores, if it stores a status.
    pub(crate) fn phase(&self) -> Option<&str> {
        self.target.contains("/status").then(|| self.body["status"]["phase"].as_str())?
    }
}

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The API server does not get it, and this is the answer.
    Refused(StatusCode),
    /// The API server does not get it, and the connection breaks.
    Unsent,
    /// The API server does it, and the connection breaks before the answer.
    Unanswered,
    /// The API server does it, and the answer takes this long.
    Late(Duration),
    /// The controller is killed, and the API server does not get it.
    KillsBefore,
    /// The API server does it, and the controller is killed before it knows.
    KillsAfter,
}

/// Says for each request what goes wrong, if anything.
pub(crate) type Plan = Box<dyn FnMut(&Asked) -> Option<Fault> + Send>;

/// What the server and its owner share.
pub(crate) struct Shared {
    pub(crate) plan: Mutex<Plan>,
    /// Every request so far, and what was done to it.
    pub(crate) asked: Mutex<Vec<(Asked, Option<Fault>)>>,
    /// Kills the controller.
    pub(crate) kill: Box<dyn Fn() + Send + Sync>,
}

/// Serves without end. `bound` gets to know where.
pub(crate) async fn serve(client: Client, shared: Arc<Shared>, bound: impl FnOnce(SocketAddr)) -> Infallible {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    bound(listener.local_addr().unwrap());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (client, shared) = (client.clone(), Arc::clone(&shared));
        tokio::task::spawn_local(async move {
            let service = service_fn(|request| answer(&client, &shared, request));
            // One that breaks off is what happens here.
            let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    client: &Client,
    shared: &Shared,
    request: Request<Incoming>,
) -> Result<Response<Body>, io::Error> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let target = head.uri.to_string();
    let asked = Asked {
        method: head.method.clone(),
        target,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let fault = {
        let mut plan = shared.plan.lock().unwrap_or_else(PoisonError::into_inner);
        (*plan)(&asked)
    };
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push((asked, fault));
    let broken = || Err(io::Error::from(io::ErrorKind::ConnectionReset));
    match fault {
        Some(Fault::Refused(status)) => return Ok(refusal(status)),
        Some(Fault::Unsent) => return broken(),
        Some(Fault::KillsBefore) => {
            (shared.kill)();
            return broken();
        }
        Some(Fault::Unanswered | Fault::Late(_) | Fault::KillsAfter) | None => {}
    }
    for name in [header::HOST, header::CONNECTION, header::AUTHORIZATION] {
        head.headers.remove(name);
    }
    let answered = client.send(Request::from_parts(head, Body::from(body))).await;
    match fault {
        Some(Fault::Unanswered) => return broken(),
        Some(Fault::Late(time)) => tokio::time::sleep(time).await,
        Some(Fault::KillsAfter) => {
            (shared.kill)();
            return broken();
        }
        Some(Fault::Refused(_) | Fault::Unsent | Fault::KillsBefore) | None => {}
    }
    let mut answer = answered.map_err(io::Error::other)?;
    for name in [header::CONNECTION, header::TRANSFER_ENCODING] {
        answer.headers_mut().remove(name);
    }
    Ok(answer)
}

/// As the API server puts it.
fn refusal(status: StatusCode) -> Response<Body> {
    let reason = match status {
        StatusCode::CONFLICT => "Conflict",
        StatusCode::TOO_MANY_REQUESTS => "TooManyRequests",
        StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailable",
        _ => "InternalError",
    };
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "injected", "reason": reason, "code": status.as_u16(),
    });
    let mut response = Response::new(Body::from(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
