//! Asks the sources beside the looks, so that none waits for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use weir_api::Timestamp;

use super::{Ask, Judged};
use crate::analysis::Execution;
use crate::catalog::Key;
use crate::sources::file;
use crate::sources::http::Retry;

/// Judgements that are made at a time.
const AT_ONCE: usize = 8;
/// Longest that one may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A judgement, or why there is none.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The Canary.
    pub canary: Key,
    /// When the release began that it is about.
    pub release: Timestamp,
    /// Which of its windows.
    pub number: u64,
    /// What it came to.
    pub judged: Result<Judged, String>,
}

/// Asks for whoever looks.
#[derive(Debug)]
pub(crate) struct Runner {
    /// The file that names the sources. It is read for each judgement, so that another password is used at once.
    sources: Option<Arc<Path>>,
    room: Arc<Semaphore>,
    asked: JoinSet<Answer>,
}

impl Runner {
    pub(crate) fn new(sources: Option<PathBuf>) -> Self {
        Self {
            sources: sources.map(Arc::from),
            room: Arc::new(Semaphore::new(AT_ONCE)),
            asked: JoinSet::new(),
        }
    }

    /// Begins to ask.
    pub(crate) fn ask(&mut self, asks: Vec<Ask>) {
        for ask in asks {
            let (sources, room) = (self.sources.clone(), Arc::clone(&self.room));
            self.asked.spawn(async move {
                // It is never closed.
                let _permit = room.acquire().await;
                let judged = tokio::time::timeout(PATIENCE, judge(&ask, sources.as_deref())).await;
                let late = |_| Err(format!("the sources have not answered within {} s", PATIENCE.as_secs()));
                let Ask { canary, release, number, .. } = ask;
                Answer { canary, release, number, judged: judged.unwrap_or_else(late) }
            });
        }
    }

    /// What has been answered since the last call.
    pub(crate) fn answers(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        while let Some(answered) = self.asked.try_join_next() {
            match answered {
                Ok(answer) => answers.push(answer),
                Err(error) => tracing::error!(%error, "a judgement ended badly, and is asked for again"),
            }
        }
        answers
    }
}

async fn judge(ask: &Ask, sources: Option<&Path>) -> Result<Judged, String> {
    let path = sources.ok_or(
        "this controller knows no metric store: start it with --sources FILE, which names them (weir judge --help)",
    )?;
    let sources = file::load(path, Retry::BRIEF).map_err(|error| error.to_string())?;
    let execution = Execution::of(&ask.compared, &sources, ask.window).await;
    let execution = execution.map_err(|error| error.to_string())?;
    Ok(Judged::of(ask.number, &execution, ask.compared.thresholds))
}
