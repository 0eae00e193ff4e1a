//! Git remotes, asked again and again.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;
use weir_trigger::Event;
use weir_trigger::definition::Source;
use weir_trigger::poll::git::{Refs, news};

use super::Triggers;

/// How often it is looked whether somebody is to be asked.
const EVERY: Duration = Duration::from_millis(500);
/// How long an answer may take.
const DEADLINE: Duration = Duration::from_mins(1);

impl Triggers {
    /// Asks each remote as often as its trigger says, for ever.
    pub(super) async fn poll(&self) {
        let mut asked: BTreeMap<String, Instant> = BTreeMap::new();
        loop {
            for (url, every) in self.remotes() {
                if asked.get(&url).is_some_and(|at| at.elapsed() < every) {
                    continue;
                }
                asked.insert(url.clone(), Instant::now());
                if let Err(error) = self.ask(&url).await {
                    tracing::warn!(remote = %url, %error, "the remote cannot be asked");
                }
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    fn remotes(&self) -> BTreeMap<String, Duration> {
        let mut remotes = BTreeMap::new();
        let defined = self.defined();
        let triggers = defined.iter().flat_map(|one| &one.triggers).filter(|(trigger, _)| trigger.enabled);
        for (trigger, _) in triggers {
            if let Source::Git(git) = &trigger.source {
                let every = remotes.entry(git.url.clone()).or_insert(git.every);
                *every = (*every).min(git.every);
            }
        }
        remotes
    }

    async fn ask(&self, url: &str) -> Result<(), String> {
        let mut command = Command::new("git");
        command.args(["ls-remote", "--heads", "--tags", "--", url]).env("GIT_TERMINAL_PROMPT", "0");
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
        let output = tokio::time::timeout(DEADLINE, output).await;
        let output = output.map_err(|_| format!("no answer within {DEADLINE:?}"))?;
        let output = output.map_err(|error| format!("git: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        let refs =
            Refs::parse(&String::from_utf8_lossy(&output.stdout)).map_err(|error| error.to_string())?;
        let changes = news(url, self.memory.refs(url).as_ref(), &refs).map_err(|error| error.to_string())?;
        for change in changes {
            let commit = change.commit.clone().unwrap_or_default();
            let token = format!("git/{url}/{}/{commit}", change.reference.name());
            let event = Event::Git { url: url.to_owned(), change: Box::new(change) };
            let outcome = self.start(&event, &token).await;
            if let Some(failed) = outcome.failed.first() {
                return Err(failed.clone());
            }
        }
        self.memory.know_refs(url, refs);
        Ok(())
    }
}
