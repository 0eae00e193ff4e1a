//! Git remotes, asked again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::task::JoinSet;
use weir_trigger::Event;
use weir_trigger::definition::Source;
use weir_trigger::event::Reference;
use weir_trigger::poll::git::{Refs, news};

use super::Triggers;
use super::memory::Remote;
use crate::{git, store};

/// How often it is looked whether somebody is to be asked.
const EVERY: Duration = Duration::from_millis(500);
/// How long an answer may take.
const DEADLINE: Duration = Duration::from_mins(1);
/// Remotes that are asked at once: one that does not answer keeps nobody waiting.
const AT_ONCE: usize = 8;

/// A remote as it is to be asked.
struct Wanted {
    every: Duration,
    /// Name of a secret.
    credentials: Option<String>,
}

impl Triggers {
    /// Asks each remote as often as its trigger says, for ever.
    pub(super) async fn poll(self: &Arc<Self>) {
        let mut asked: BTreeMap<String, Instant> = BTreeMap::new();
        let mut asking: JoinSet<String> = JoinSet::new();
        let mut busy = BTreeSet::new();
        loop {
            while let Some(answered) = asking.try_join_next() {
                match answered {
                    Ok(url) => _ = busy.remove(&url),
                    Err(error) => tracing::error!(%error, "a remote was not asked to the end"),
                }
            }
            for (url, wanted) in self.remotes() {
                let is_early = asked.get(&url).is_some_and(|at| at.elapsed() < wanted.every);
                if is_early || busy.len() >= AT_ONCE || !busy.insert(url.clone()) {
                    continue;
                }
                asked.insert(url.clone(), Instant::now());
                let this = Arc::clone(self);
                asking.spawn(async move {
                    this.ask(&url, &wanted).await;
                    url
                });
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Asks all remotes, whenever they were asked before.
    pub(super) async fn look_at_remotes(&self) {
        for (url, wanted) in self.remotes() {
            self.ask(&url, &wanted).await;
        }
    }

    /// By their addresses. Who names a secret for one names it for all.
    fn remotes(&self) -> BTreeMap<String, Wanted> {
        let mut remotes = BTreeMap::new();
        let defined = self.defined();
        let triggers = defined.iter().flat_map(|one| &one.triggers).filter(|(trigger, _)| trigger.enabled);
        for (trigger, _) in triggers {
            if let Source::Git(git) = &trigger.source {
                let new = Wanted { every: git.every, credentials: None };
                let wanted: &mut Wanted = remotes.entry(git.url.clone()).or_insert(new);
                wanted.every = wanted.every.min(git.every);
                wanted.credentials = wanted.credentials.take().or_else(|| git.credentials.clone());
            }
        }
        remotes
    }

    async fn ask(&self, url: &str, wanted: &Wanted) {
        if let Err(error) = self.asked(url, wanted.credentials.as_deref()).await {
            tracing::warn!(remote = %url, %error, "the remote cannot be asked");
        }
    }

    async fn asked(&self, url: &str, credentials: Option<&str>) -> Result<(), String> {
        let refs = self.refs(url, credentials).await?;
        let before = self.memory.remote(url);
        let changes = news(url, before.as_ref().map(|remote| &remote.refs), &refs)
            .map_err(|error| error.to_string())?;
        let known = before.map_or(0, |remote| remote.changes);
        let number = known.saturating_add(u64::from(!changes.is_empty()));
        for change in changes {
            let commit = change.commit.clone().unwrap_or_default();
            let kind = match change.reference {
                Reference::Branch(_) => "branch",
                Reference::Tag(_) => "tag",
            };
            let token = format!("git/{url}/{number}/{kind}/{}/{commit}", change.reference.name());
            let event = Event::Git { url: url.to_owned(), change: Box::new(change) };
            let outcome = self.start(&event, &token).await;
            if let Some(failed) = outcome.failed.first() {
                return Err(failed.clone());
            }
        }
        self.memory.know_remote(url, Remote { changes: number, refs });
        Ok(())
    }

    /// What git says that the remote has.
    async fn refs(&self, url: &str, credentials: Option<&str>) -> Result<Refs, String> {
        let mut command = Command::new("git");
        command.args(["ls-remote", "--heads", "--tags", "--", url]).env("GIT_TERMINAL_PROMPT", "0");
        if let Some(secret) = credentials {
            let folder = self.runner.store().remote(url);
            store::private_folder(&folder).map_err(|error| error.to_string())?;
            let signed =
                git::sign_in(self.runner.secrets(), secret, &folder).map_err(|error| error.to_string())?;
            // A helper of this machine would be asked first, and would remember what it is told.
            command.env("GIT_CONFIG_COUNT", "1");
            command.env("GIT_CONFIG_KEY_0", "credential.helper").env("GIT_CONFIG_VALUE_0", "");
            command.envs(signed.variables);
        }
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
        let output = tokio::time::timeout(DEADLINE, output).await;
        let output = output.map_err(|_| format!("no answer within {DEADLINE:?}"))?;
        let output = output.map_err(|error| format!("git: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        Refs::parse(&String::from_utf8_lossy(&output.stdout)).map_err(|error| error.to_string())
    }
}
