//! Whoever has the folder of the runs: a program that runs already, or a runner in this one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use weir_runner::executor::Executor;
use weir_runner::objects::Objects;
use weir_runner::runner::{Definitions, Patience};
use weir_runner::serve::asked::{AskRun, Refused as Why, Wanted};
use weir_runner::store::StoreError;
use weir_runner::{Clock, Freezes, Local, Options, RunView, Runner, serve};

use super::directory::DirectoryObjects;
use super::user;
use crate::args::{RunnerArgs, RunsArgs};
use crate::supervise;
use crate::{Misconfigured, Refused};

/// Largest answer.
const LARGEST: usize = 64 << 20;
/// How long whoever ends waits until the archive has what it did; the next one archives the rest.
const ARCHIVED_WITHIN: Duration = Duration::from_mins(5);

/// How long whoever ends waits until everybody is told of what it did; the next one tells the rest.
const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// Where commands run, and what stages deploy to.
pub(super) type Surroundings = (Arc<dyn Executor>, Option<Arc<dyn Objects>>);

/// What stages deploy to from this machine.
fn objects(args: &RunnerArgs) -> Result<Option<Arc<dyn Objects>>> {
    let Some(to) = &args.deploy.deploy_to else { return Ok(None) };
    Ok(Some(Arc::new(DirectoryObjects::open(to, &args.deploy.deploy_state)?)))
}

/// Who is asked.
pub(super) struct Hand {
    folder: PathBuf,
    own: Option<Own>,
}

/// A runner of this program, which others may ask meanwhile.
struct Own {
    runner: Arc<Runner>,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Hand {
    /// Whoever is there; where nobody is, a runner of this program.
    pub(super) async fn open(runs: &RunsArgs, args: &RunnerArgs) -> Result<Self> {
        let local = || -> Result<Surroundings> {
            let executor = Local::new(supervise::find("weir-step")?, args.pass_env.clone());
            Ok((Arc::new(executor), objects(args)?))
        };
        Self::open_with(runs, args, local).await
    }

    /// The same, with commands that run there, and objects that are there.
    pub(super) async fn open_with(
        runs: &RunsArgs,
        args: &RunnerArgs,
        surroundings: impl FnOnce() -> Result<Surroundings>,
    ) -> Result<Self> {
        let folder = runs.state.clone();
        if UnixStream::connect(serve::socket(&folder)).await.is_ok() {
            return Ok(Self { folder, own: None });
        }
        let (executor, objects) = surroundings()?;
        let options = Options {
            state: folder.clone(),
            executor,
            objects,
            secrets: args.secrets.clone(),
            keep: args.keep,
            archive: super::archive(&args.archive)?,
            mail: super::mail(&args.notices)?,
            link: args.notices.link.clone(),
            definitions: Definitions::default(),
            freezes: Freezes::default(),
            clock: Clock::default(),
            patience: Patience::default(),
        };
        let runner = Runner::open(options).await.map_err(|error| match error {
            StoreError::Locked(_) | StoreError::Tls(_) => anyhow!("{error}"),
            StoreError::File { .. } => Misconfigured(format!("--state: {error}")).into(),
        })?;
        let (runner, stop) = (Arc::new(runner), CancellationToken::new());
        let served = tokio::spawn(serve::serve(Arc::clone(&runner), stop.clone())?);
        Ok(Self { folder, own: Some(Own { runner, stop, served }) })
    }

    /// The runner of this program, where it has one.
    pub(super) fn own(&self) -> Option<Arc<Runner>> {
        self.own.as_ref().map(|own| Arc::clone(&own.runner))
    }

    /// Whoever is there, and nobody else.
    pub(super) fn there(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), own: None }
    }

    /// Asks something of a run, by the name of whoever uses this.
    pub(super) async fn ask(&self, run: &str, ask: Wanted) -> Result<RunView> {
        self.ask_as(user(), run, ask).await
    }

    /// The same, by another name.
    pub(super) async fn ask_as(&self, by: String, run: &str, ask: Wanted) -> Result<RunView> {
        let asked = AskRun { by, life: None, ask };
        self.post(&format!("/v1/runs/{run}/commands"), &asked).await
    }

    /// Sends something, and reads the answer.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let socket = serve::socket(&self.folder);
        let stream = UnixStream::connect(&socket).await.map_err(|error| {
            let folder = self.folder.display();
            anyhow!("nobody runs the pipelines of {folder} now ({error}): `weir pipeline run` goes on with what is not over")
        })?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let body = Full::new(Bytes::from(serde_json::to_vec(body)?));
        let request = Request::builder().method(Method::POST).uri(path).header("host", "weir").body(body)?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST).collect().await;
        let body = body.map_err(|error| anyhow!("{}: {error}", socket.display()))?.to_bytes();
        drop(sender);
        connection.abort();
        if status.is_success() {
            return serde_json::from_slice(&body).context("not the expected answer");
        }
        let why = serde_json::from_slice(&body).map(|why: Why| why.error);
        let why = why.unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned());
        Err(match status {
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => Misconfigured(why).into(),
            StatusCode::CONFLICT => Refused(why).into(),
            _ => anyhow!("{why}"),
        })
    }

    /// Waits until the archive has all runs that are over, unless it cannot be used.
    pub(super) async fn archived(&self) {
        if let Some(own) = &self.own {
            // The next one archives the rest.
            let _late = tokio::time::timeout(ARCHIVED_WITHIN, own.runner.archived()).await;
        }
    }

    /// Waits until everybody is told of runs who is to be, unless that fails.
    pub(super) async fn told(&self) {
        if let Some(own) = &self.own {
            // The next one tells the rest.
            let _late = tokio::time::timeout(TOLD_WITHIN, own.runner.told()).await;
        }
    }

    /// Ends: what runs goes on by itself until the next runner finds it.
    pub(super) async fn close(self) -> Result<()> {
        if let Some(Own { runner, stop, served }) = self.own {
            stop.cancel();
            served.await?;
            if let Some(runner) = Arc::into_inner(runner) {
                runner.close().await;
            }
        }
        Ok(())
    }
}
