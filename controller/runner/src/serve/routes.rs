//! Requests to answers.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use weir_pipeline::Key;
use weir_pipeline::event::Command;
use weir_serve::body;
use weir_serve::respond::{json, respond};

use super::asked::{AskRun, Refused, StartRun, Started};
use crate::request::{self, RequestError};
use crate::runner::{CommandError, Runner, StartError};

/// Largest question: a file of pipelines.
const LARGEST: usize = 4 << 20;
const PATIENCE: Duration = Duration::from_secs(10);
/// Runs of a list where nobody says how many.
const LISTED: usize = 20;

type Answer = Response<Full<Bytes>>;

pub(super) async fn answer(runner: &Runner, request: Request<Incoming>) -> Answer {
    routed(runner, request).await.unwrap_or_else(Refusal::answer)
}

async fn routed(runner: &Runner, request: Request<Incoming>) -> Result<Answer, Refusal> {
    let (head, body) = request.into_parts();
    let query = Query(head.uri.query().unwrap_or_default());
    let path: Vec<&str> = head.uri.path().trim_matches('/').split('/').collect();
    match (&head.method, path.as_slice()) {
        (&Method::GET, ["v1", "runs"]) => list(runner, &query),
        (&Method::GET, ["v1", "runs", id]) => one(runner, id),
        (&Method::GET, ["v1", "runs", id, "logs", stage]) => log(runner, id, stage, &query),
        (&Method::POST, ["v1", "runs"]) => start(runner, read(body).await?).await,
        (&Method::POST, ["v1", "runs", id, "commands"]) => command(runner, id, read(body).await?).await,
        _ => Err(refused(StatusCode::NOT_FOUND, "there is nothing at this path")),
    }
}

fn list(runner: &Runner, query: &Query<'_>) -> Result<Answer, Refusal> {
    let pipeline = query.get("pipeline");
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(LISTED);
    runner.store().list(pipeline.as_deref(), limit).map(|runs| json(StatusCode::OK, &runs)).map_err(broken)
}

fn one(runner: &Runner, id: &str) -> Result<Answer, Refusal> {
    let view = runner.store().view(id).map_err(broken)?;
    view.map(|view| json(StatusCode::OK, &view)).ok_or_else(|| unknown(id))
}

fn log(runner: &Runner, id: &str, stage: &str, query: &Query<'_>) -> Result<Answer, Refusal> {
    let (_, run) = runner.get(id).map_err(broken)?.ok_or_else(|| unknown(id))?;
    let stage = run
        .stage(stage)
        .ok_or_else(|| refused(StatusCode::NOT_FOUND, format!("run {id:?} has no stage {stage:?}")))?;
    let number = |name: &str| query.get(name).and_then(|text| text.parse().ok());
    let attempt =
        number("attempt").and_then(|number: u64| u32::try_from(number).ok()).unwrap_or(stage.attempt);
    let key = Key { run: id.to_owned(), stage: stage.id.clone(), attempt };
    let service = query.get("service");
    let bytes = runner.store().log(&key, service.as_deref(), number("from").unwrap_or_default());
    bytes.map(|bytes| respond(StatusCode::OK, "text/plain; charset=utf-8", bytes.into())).map_err(broken)
}

async fn start(runner: &Runner, asked: StartRun) -> Result<Answer, Refusal> {
    let request = request::of(asked).map_err(|error| match error {
        RequestError::Problems(_) | RequestError::Which(_) => refused(StatusCode::BAD_REQUEST, error),
    })?;
    match runner.start(request).await {
        Ok(run) => Ok(json(StatusCode::CREATED, &Started { run })),
        Err(error @ StartError::Problems(_)) => Err(refused(StatusCode::BAD_REQUEST, error)),
        Err(error @ StartError::Store(_)) => Err(broken(error)),
    }
}

async fn command(runner: &Runner, id: &str, asked: AskRun) -> Result<Answer, Refusal> {
    let AskRun { by, life, ask } = asked;
    let (_, run) = runner.get(id).map_err(broken)?.ok_or_else(|| unknown(id))?;
    let command = Command { by, life: life.unwrap_or(run.life), ask: ask.into() };
    match runner.command(id, command).await {
        Ok(()) => one(runner, id),
        Err(error @ CommandError::NoRun(_)) => Err(refused(StatusCode::NOT_FOUND, error)),
        Err(error @ CommandError::Refused(_)) => Err(refused(StatusCode::CONFLICT, error)),
        Err(error @ (CommandError::Start(_) | CommandError::Ends)) => Err(broken(error)),
    }
}

async fn read<T: DeserializeOwned>(body: Incoming) -> Result<T, Refusal> {
    let body = body::read(body, LARGEST, PATIENCE).await.map_err(|error| refused(error.status(), error))?;
    serde_json::from_slice(&body).map_err(|error| refused(StatusCode::BAD_REQUEST, error))
}

/// Why there is no answer to what was asked.
struct Refusal {
    status: StatusCode,
    why: String,
}

impl Refusal {
    fn answer(self) -> Answer {
        json(self.status, &Refused { error: self.why })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn refused(status: StatusCode, why: impl ToString) -> Refusal {
    Refusal { status, why: why.to_string() }
}

fn broken(error: impl ToString) -> Refusal {
    refused(StatusCode::INTERNAL_SERVER_ERROR, error)
}

fn unknown(id: &str) -> Refusal {
    refused(StatusCode::NOT_FOUND, format!("there is no run {id:?}"))
}

/// What stands behind the question mark.
struct Query<'q>(&'q str);

impl Query<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.0.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| Cow::into_owned(value))
    }
}
