//! OFREP, by HTTP: who may ask, how much, and from which pages; the answer is the board's.
//!
//! It has a thread of its own: programs that ask as fast as they can delay no look at a release.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};
use weir_flags::ofrep::{self, LONGEST_BODY, answer::unauthorized};
use weir_serve::budget::Limits;
use weir_serve::respond::{json, text};
use weir_serve::{Budget, listen_to_many};

use super::tokens::Tokens;
use crate::admin::Shown;

/// Connections at once: fewer than files that a program may have open, for the controller has some of its own.
const CONNECTIONS: usize = 512;
/// What bodies may take together, bytes.
const BODIES: usize = 16 << 20;
/// What one may take.
const LIMITS: Limits =
    Limits { largest: LONGEST_BODY, patience: Duration::from_secs(10), silence: Duration::from_secs(3) };
/// How long a browser may remember that it may ask.
const PREFLIGHT: Duration = Duration::from_hours(2);
/// Any origin.
const ANY: &str = "*";

type Answer = Response<Full<Bytes>>;

/// Where flags are served, and to whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where.
    pub address: SocketAddr,
    /// Origins of pages whose scripts may ask, such as `https://shop.example`; `*`: all.
    pub origins: Vec<HeaderValue>,
    /// File of the tokens of which whoever asks has to have one.
    pub tokens: Option<PathBuf>,
}

/// A listener that is bound.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: std::net::TcpListener,
    /// Where it is bound.
    pub(crate) address: SocketAddr,
    origins: Vec<HeaderValue>,
    tokens: Option<Tokens>,
    lasts: Duration,
}

impl Listening {
    /// Binds the address. Told to end, it serves on for so long: others may not have heard of it yet.
    pub(crate) fn bind(settings: Settings, lasts: Duration) -> std::io::Result<Self> {
        let Settings { address, origins, tokens } = settings;
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, origins, tokens: tokens.map(Tokens::of), lasts })
    }

    /// Serves what `shown` has, in a thread of its own, until `stop`. What is returned ends with it.
    pub(crate) fn start(
        self,
        shown: Arc<Shown>,
        stop: CancellationToken,
    ) -> std::io::Result<oneshot::Receiver<()>> {
        let (ends, ended) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let serving = move || {
            runtime.block_on(self.serve(shown, stop));
            drop(ends);
        };
        std::thread::Builder::new().name("ofrep".to_owned()).spawn(serving)?;
        Ok(ended)
    }

    async fn serve(self, shown: Arc<Shown>, stop: CancellationToken) {
        let Self { listener, address: _, origins, tokens, lasts } = self;
        let listener = match TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, "flags are not served");
                return;
            }
        };
        let asked = Arc::new(Asked { shown, tokens, bodies: Budget::new(BODIES) });
        let answering = Arc::clone(&asked);
        let answered = service_fn(move |request| {
            let asked = Arc::clone(&answering);
            async move { Ok::<_, Infallible>(asked.answer(request).await) }
        });
        let end = CancellationToken::new();
        let last = async {
            stop.cancelled().await;
            tokio::time::sleep(lasts).await;
            end.cancel();
        };
        let follow = async {
            if let Some(tokens) = &asked.tokens {
                tokens.follow(&end).await;
            }
        };
        if origins.is_empty() {
            tokio::join!(listen(listener, end.clone(), answered), follow, last);
        } else {
            tokio::join!(listen(listener, end.clone(), cors(origins).layer(answered)), follow, last);
        }
    }
}

async fn listen<S>(listener: TcpListener, stop: CancellationToken, service: S)
where
    S: Service<Request<Incoming>, Response = Answer, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let answered = move |request: Request<Incoming>, _peer| {
        let service = service.clone();
        async move {
            match service.oneshot(request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            }
        }
    };
    listen_to_many(listener, None, CONNECTIONS, stop, answered).await;
}

/// What browsers ask before and are told after; credentials are a token, and no cookie.
fn cors(origins: Vec<HeaderValue>) -> CorsLayer {
    let any = origins.iter().any(|origin| origin == ANY);
    CorsLayer::new()
        .allow_origin(if any { AllowOrigin::any() } else { AllowOrigin::list(origins) })
        .allow_methods([Method::POST])
        .allow_headers([CONTENT_TYPE, AUTHORIZATION, IF_NONE_MATCH])
        .expose_headers([ETAG, RETRY_AFTER])
        .max_age(PREFLIGHT)
}

struct Asked {
    shown: Arc<Shown>,
    tokens: Option<Tokens>,
    bodies: Budget,
}

impl Asked {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let is_evaluation = ofrep::serves(request.uri().path());
        let answer = self.decide(request).await;
        if is_evaluation {
            self.shown.metrics.asked_for_flags(answer.status());
        }
        answer
    }

    async fn decide(&self, request: Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        let board = self.shown.board.load_full();
        match head.uri.path() {
            "/livez" => return text(StatusCode::OK, "ok\n"),
            "/readyz" if board.is_some() => return text(StatusCode::OK, "ok\n"),
            _ => {}
        }
        if self.tokens.as_ref().is_some_and(|tokens| !tokens.allow(&head.headers)) {
            return whole(unauthorized());
        }
        let Some(board) = board else {
            let mut answer =
                json(StatusCode::SERVICE_UNAVAILABLE, &json!({"errorDetails": "flags are not read yet"}));
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return answer;
        };
        let body = match self.bodies.read(body, LIMITS).await {
            Ok(body) => body,
            Err(error) => return json(error.status(), &json!({"errorDetails": error.to_string()})),
        };
        let path = head.uri.path();
        let asked = ofrep::Request { method: &head.method, path, headers: &head.headers, body: body.bytes() };
        whole(board.answer(asked))
    }
}

fn whole(answer: ofrep::answer::Answer) -> Answer {
    answer.map(|body| Full::new(Bytes::from(body)))
}
