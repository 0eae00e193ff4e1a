//! The admin listener: health, metrics, canaries, who leads, and commands: `POST /v1/canaries/NAMESPACE/NAME/VERB`, `.../setWeight/25`.
//!
//! Commands go to the control loop and are answered after the look that followed them: what the answer says is stored already.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use weir_kubernetes::lease::Held;
use weir_rollout::Command;

use crate::catalog::Key;
use crate::flags::Board;
use crate::metrics::Metrics;
use crate::reconcile::Looked;
use crate::view::ReleaseView;
use weir_serve::respond::{json, respond, text};
use weir_serve::{Peer, listen};

/// A command on its way to the control loop.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) canary: Key,
    /// What to do.
    pub(crate) command: Command,
    /// Where the answer goes.
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What happened, one sentence each.
    pub events: Vec<String>,
    /// Whether it was done, and what comes next; absent where the Canary cannot be followed.
    pub answer: Option<Said>,
    /// The Canary afterwards.
    pub canary: Option<ReleaseView>,
}

/// Whether a command was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// Whether it was done.
    pub accepted: bool,
    /// What happened and what comes next, or why nothing happened.
    pub message: String,
}

/// Why something cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// One sentence.
    pub error: String,
}

/// What the admin listener shows.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The last look.
    pub(crate) looked: ArcSwap<Looked>,
    /// The feature flags, with the weights of this moment; `None`: nothing was read yet.
    pub(crate) board: ArcSwapOption<Board>,
    /// Whether there was one.
    pub(crate) ready: AtomicBool,
    pub(crate) metrics: Metrics,
    /// Where commands go.
    pub(crate) commands: mpsc::Sender<Asked>,
    /// The folder of reports.
    pub(crate) reports: PathBuf,
    /// Whether commands are only taken from the machine, or pod, that this runs in: whoever gets there was asked who he is.
    pub(crate) only_own_commands: bool,
    /// Whether this controller is the one that looks; `None`: there is no other one.
    pub(crate) held: Option<Held>,
}

/// Which of several controllers looks and writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Leader {
    /// What it is called; `None`: nobody does at the moment, or this one cannot know.
    pub(crate) name: Option<String>,
    /// Whether it is the one that answers.
    pub(crate) is_this: bool,
}

impl Shown {
    fn leader(&self) -> Leader {
        let Some(held) = &self.held else { return Leader { name: None, is_this: true } };
        Leader { name: held.holder(), is_this: held.now() }
    }
}

/// Serves until `stop`.
pub(crate) async fn serve(listener: TcpListener, shown: Arc<Shown>, stop: CancellationToken) {
    let answered = move |request, peer: Peer| {
        let shown = Arc::clone(&shown);
        let may_command = !shown.only_own_commands || is_of_this_machine(&peer);
        async move { answer(&shown, request, may_command).await }
    };
    listen(listener, None, stop, answered).await;
}

async fn answer(shown: &Shown, request: Request<Incoming>, may_command: bool) -> Response<Full<Bytes>> {
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
        (&Method::GET, ["v1", "leader"]) => json(StatusCode::OK, &shown.leader()),
        (_, ["v1", "canaries" | "problems", ..]) if !shown.leader().is_this => follows(&shown.leader()),
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
        (&Method::GET, ["v1", "canaries", namespace, name, "report", release @ ..]) if release.len() < 2 => {
            let key = Key::new(*namespace, *name);
            match looked.views.get(&key) {
                Some(view) => report(shown, &key, view, release.first().copied()).await,
                None => unknown(&looked.views, namespace, name),
            }
        }
        (&Method::POST, ["v1", "canaries", _, _, _, ..]) if !may_command => refuse(
            StatusCode::FORBIDDEN,
            "commands are not taken here: `weir promote` and the others annotate the Canary, by the rights of whoever asks".to_owned(),
        ),
        (&Method::POST, ["v1", "canaries", namespace, name, verb @ ..]) => match asked(verb) {
            Ok(asked) => command(shown, &looked.views, Key::new(*namespace, *name), asked).await,
            Err(problem) => refuse(StatusCode::BAD_REQUEST, problem),
        },
        (_, ["livez" | "readyz" | "metrics"] | ["v1", ..]) => {
            refuse(StatusCode::METHOD_NOT_ALLOWED, format!("{} {path} is not served", request.method()))
        }
        _ => refuse(
            StatusCode::NOT_FOUND,
            format!("there is no {path}: see /v1/canaries, /v1/leader, /metrics, /livez, /readyz"),
        ),
    }
}

/// The report of a release that a Canary remembers, or of its last one. Its file is found by names, and never by a path in a status, which others
/// may write.
async fn report(shown: &Shown, key: &Key, view: &ReleaseView, asked: Option<&str>) -> Response<Full<Bytes>> {
    let last = view.release.iter().map(|release| &release.name);
    let known: Vec<&String> = last.chain(view.history.iter().map(|past| &past.name)).collect();
    let found = match asked {
        Some(asked) => known.iter().find(|name| crate::report::safe(name) == asked),
        None => known.first(),
    };
    let Some(release) = found else {
        let problem = match asked.filter(|_| !known.is_empty()) {
            Some(asked) => format!(
                "Canary {key} remembers no release {asked}: `weir history {key}` lists those that it does"
            ),
            None => format!("Canary {key} has had no release: there is no report yet"),
        };
        return refuse(StatusCode::NOT_FOUND, problem);
    };
    let file = shown.reports.join(format!("{}.json", crate::report::name(key, release)));
    match tokio::fs::read(&file).await {
        Ok(text) => respond(StatusCode::OK, "application/json", Bytes::from(text)),
        Err(error) => refuse(
            StatusCode::NOT_FOUND,
            format!(
                "the report of release {release} cannot be read: {error}: it went with the controller's disk"
            ),
        ),
    }
}

/// The command at the end of a path: a verb, and the share of `setWeight` in percent.
fn asked(verb: &[&str]) -> Result<Command, String> {
    let (verb, weight) = match verb {
        [verb] => (verb, None),
        [verb, weight] => (verb, Some(weight.parse().map_err(|error| format!("weight: {error}"))?)),
        _ => return Err("name one command, and a weight where it takes one".to_owned()),
    };
    Command::of(verb, weight)
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

/// What only the leader knows.
fn follows(leader: &Leader) -> Response<Full<Bytes>> {
    let who = leader.name.as_ref().map_or_else(
        || "nobody holds the lease at the moment".to_owned(),
        |name| format!("ask {name}, which holds the lease"),
    );
    refuse(StatusCode::SERVICE_UNAVAILABLE, format!("this controller only follows: {who}"))
}

fn unknown(views: &BTreeMap<Key, ReleaseView>, namespace: &str, name: &str) -> Response<Full<Bytes>> {
    let known: Vec<String> = views.keys().map(ToString::to_string).collect();
    let known =
        if known.is_empty() { "there is none".to_owned() } else { format!("there is {}", known.join(", ")) };
    refuse(StatusCode::NOT_FOUND, format!("there is no Canary {namespace}/{name}: {known}"))
}

fn metrics(shown: &Shown, looked: &Looked) -> Response<Full<Bytes>> {
    shown.metrics.leads(shown.leader().is_this);
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

fn is_of_this_machine(peer: &Peer) -> bool {
    peer.address.is_none_or(|address| address.ip().to_canonical().is_loopback())
}
