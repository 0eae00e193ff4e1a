//! Git remotes, asked by git.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use weir_trigger::Event;
use weir_trigger::definition::Source;
use weir_trigger::event::Reference;
use weir_trigger::poll::git::{Refs, news};

use super::Triggers;
use crate::triggers::memory::Remote;
use crate::{git, store};

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_mins(1);

impl Triggers {
    /// Starts what a remote's news start. Who names a secret for a remote in one trigger names it for all.
    pub(super) async fn ask_remote(&self, url: &str) -> Result<(), String> {
        let credentials = self.listening().into_iter().find_map(|(trigger, _)| {
            let Source::Git(git) = trigger.source else { return None };
            git.credentials.filter(|_| git.url == url)
        });
        let refs = self.refs(url, credentials.as_deref()).await?;
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
            command.envs(signed.quietly());
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
