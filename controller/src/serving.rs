//! HTTPS for what the API server asks of the controller: metrics, and whether an object can be followed.
//!
//! ```text
//! pair      a certificate of one's own making        pure
//! front     who may ask for metrics                  pure
//! review    an object that is to be stored -> refusal, warnings   pure
//! identity  the certificate in use: kept in a Secret that all replicas share, named to the API server
//! ```
//! Nothing else of the cluster has to be set up for it. Who has certificates of his own, from cert-manager for one, puts them in the Secret.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use kube::Client;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use weir_api::Timestamp;

use crate::autoscale::{self, Sampler};
use weir_serve::body;
use weir_serve::respond::{json, text};
use weir_serve::{Peer, listen};

mod front;
mod identity;
mod pair;
mod review;

use front::Front;
use identity::{Identity, Names};

/// After a try to get a certificate that failed.
const AGAIN: Duration = Duration::from_secs(5);
/// Largest question about an object, which comes with what it was before: etcd stores 1.5 MiB of each.
const LARGEST: usize = 4 << 20;
/// Longest that such a question may take to come. The API server waits two seconds for the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the API server can ask of a controller.
pub(crate) struct Serving {
    pub(crate) client: Client,
    pub(crate) sampler: Arc<Sampler>,
    pub(crate) now: fn() -> Timestamp,
}

impl Serving {
    /// Serves until `stop`. Without a certificate, which takes an API server, it tries on: nothing else of the controller waits for it.
    pub(crate) async fn run(self, listener: TcpListener, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.serve(listener, stop.clone()) => {}
        }
    }

    async fn serve(&self, listener: TcpListener, stop: CancellationToken) {
        let identity = self.identity().await;
        let (tls, front) = (identity.tls(), identity.front());
        let sampler = Arc::clone(&self.sampler);
        let answered = move |request: Request<Incoming>, peer: Peer| {
            let (sampler, front) = (Arc::clone(&sampler), front.load_full());
            async move { answer(request, &peer, &front, &sampler).await }
        };
        tokio::select! {
            () = listen(listener, Some(tls), stop, answered) => {}
            () = identity.keep(self.now) => {}
            () = self.sampler.run() => {}
        }
    }

    async fn identity(&self) -> Identity {
        let mut told = String::new();
        loop {
            let names = Names::standard(self.client.default_namespace());
            match Identity::open(self.client.clone(), names, (self.now)()).await {
                Ok(identity) => return identity,
                Err(error) => {
                    let problem = weir_kubernetes::causes(&error);
                    if problem != told {
                        tracing::warn!("the API server cannot ask for metrics yet: {problem}");
                        told = problem;
                    }
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    peer: &Peer,
    front: &Front,
    sampler: &Arc<Sampler>,
) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    match *request.method() {
        Method::GET if path.starts_with("/apis/") => {
            let is_api_server =
                peer.certificate.as_ref().is_some_and(|certificate| front.is_named(certificate));
            autoscale::serve(request.uri(), is_api_server, sampler).await
        }
        // Whoever asks learns what a Canary may be, and no more.
        Method::POST if path == "/validate" => validate(request.into_body()).await,
        _ => text(
            StatusCode::NOT_FOUND,
            "see /apis/external.metrics.k8s.io, /apis/custom.metrics.k8s.io and POST /validate\n",
        ),
    }
}

async fn validate(body: Incoming) -> Response<Full<Bytes>> {
    let body = match body::read(body, LARGEST, PATIENCE).await {
        Ok(body) => body,
        Err(error) => return json(error.status(), &error.to_string()),
    };
    match review::answer(&body) {
        Ok(answer) => json(StatusCode::OK, &answer),
        Err(error) => json(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}
