//! Kayenta's REST interface: what scripts, Spinnaker and Argo Rollouts call, answered by the analyses of this program.
//!
//! ```text
//! routes    a request -> the call that is meant, and its answer
//! configs   canary configs, as they are given                        pure
//! request   what is to be compared, and when                         pure
//! document  executions and analyses: what is answered and kept       pure
//! pairs     the series that were compared                            pure
//! shelf     all of them in files, the newest so many
//! runner    runs what was asked for; after a restart, again
//! ```
//! Bodies, answers, status codes and sentences are upstream's (modules kayenta-web and kayenta-standalone-canary-analysis of spinnaker/kayenta). Accounts of
//! stores are taken as given: there is one store.

use std::convert::identity;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use weir_directory::{StateDirectory, StateError};
use weir_judge::netflix::quirks::Quirks;

use crate::sources::Sources;
use weir_serve::body;
use weir_serve::listen;
use weir_serve::respond::json as answer_json;

mod configs;
mod document;
mod pairs;
mod request;
mod routes;
mod runner;
mod shelf;

use runner::Runner;
use shelf::Shelf;

/// Largest body that is read, bytes: a large config has some hundred kilobytes.
const LARGEST: usize = 8 << 20;
/// Longest that a body may take to come.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// An account of a metric store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Of which type.
    pub kind: String,
}

/// What is served.
pub struct Settings {
    /// Where series come from.
    pub sources: Sources,
    /// What they are called.
    pub accounts: Vec<Account>,
    /// Whose verdict, where a config says nothing.
    pub quirks: Quirks,
    /// How many executions and analyses are kept.
    pub keep: usize,
}

impl Settings {
    /// The sources, of which the account of a request is asked first.
    fn sources_of(&self, account: Option<&str>) -> Sources {
        let sources = self.sources.clone();
        match account {
            Some(name) => sources.preferring(name),
            None => sources,
        }
    }
}

/// Answers as Kayenta does.
pub struct Kayenta {
    shelf: Arc<Shelf>,
    runner: Runner,
    settings: Arc<Settings>,
}

/// Why a call is not answered as it was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    /// The caller's fault: 400.
    Argument(String),
    /// There is no such thing: 404.
    Missing(String),
    /// There is, but not this call of it: 405.
    Method,
    /// This program's trouble: 500.
    Trouble(String),
    /// Too much at once: 503.
    Busy(String),
}

impl Refusal {
    fn message(self) -> String {
        match self {
            Self::Argument(message)
            | Self::Missing(message)
            | Self::Trouble(message)
            | Self::Busy(message) => message,
            Self::Method => "no such call of this address".to_owned(),
        }
    }

    fn respond(self) -> Response<Full<Bytes>> {
        let status = match self {
            Self::Argument(_) => StatusCode::BAD_REQUEST,
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Trouble(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        answer_json(status, &json!({"message": self.message()}))
    }
}

impl From<StateError> for Refusal {
    fn from(error: StateError) -> Self {
        Self::Trouble(error.to_string())
    }
}

impl Kayenta {
    /// Opens its store, and goes on with what was running when it was last closed.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn open(
        store: StateDirectory,
        settings: Settings,
        stop: CancellationToken,
    ) -> Result<Self, StateError> {
        let (shelf, settings) = (Arc::new(Shelf::open(store, settings.keep)?), Arc::new(settings));
        let runner = Runner::new(Arc::clone(&shelf), Arc::clone(&settings), stop);
        runner.go_on();
        Ok(Self { shelf, runner, settings })
    }

    /// Serves until the token that it was opened with is cancelled.
    pub async fn serve(self, listener: TcpListener) {
        let stop = self.runner.stop().clone();
        let served = Arc::new(self);
        let answered = move |request: Request<Incoming>, _peer| {
            let served = Arc::clone(&served);
            async move { served.answer(request).await.map_or_else(Refusal::respond, identity) }
        };
        listen(listener, None, stop, answered).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Refusal> {
        let (head, body) = request.into_parts();
        let body = body::read(body, LARGEST, PATIENCE)
            .await
            .map_err(|error| Refusal::Argument(error.to_string()))?;
        routes::call(self, &head, &body)
    }
}
