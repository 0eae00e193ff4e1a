//! The sources, by git.

use std::fs;

use weir_pipeline::event::Fault;
use weir_stages::work::Checkout;

use super::step::Command;
use super::{Ended, Job};
use crate::attempt::Attempt;
use crate::executor::Container;
use crate::git::{self, SignIn, SignInError};

/// Fetches one commit, and says which it is. What it is told comes by its environment: nothing of it is ever a part of the script.
///
/// A folder that is a repository already, as after a retry, is used again. A server that does not give single commits gives all of its branches.
const SCRIPT: &str = r#"
git init -q .
git config remote.origin.url "$REPOSITORY" 2>/dev/null || git remote add origin "$REPOSITORY"
echo "fetching ${REFERENCE:-HEAD} of $REPOSITORY"
depth=
if [ "$DEPTH" != 0 ]; then depth="--depth=$DEPTH"; fi
if git fetch -q --no-tags $depth origin "${REFERENCE:-HEAD}" 2>fetch.err; then
  git checkout -q --force --detach FETCH_HEAD
else
  case "$REFERENCE" in *[!0-9a-f]*|'') cat fetch.err; rm -f fetch.err; exit 1;; esac
  git fetch -q --tags origin '+refs/heads/*:refs/remotes/origin/*'
  git checkout -q --force --detach "$REFERENCE"
fi
rm -f fetch.err
if [ "$SUBMODULES" = true ]; then git submodule update -q --init --recursive $depth; fi
git log -1 --format='commit=%H%nauthor=%an%nmessage=%s' >"$WEIR_OUTPUT"
git log -1 --format='%h %an: %s'
"#;

impl Job {
    pub(super) async fn checkout(&self, attempt: &Attempt, checkout: &Checkout) -> Result<Ended, Fault> {
        let from_trigger = |name: &str| self.about.trigger.get(name).and_then(|value| value.as_str());
        // Web hooks tell the name of a repository and its addresses; remotes that are asked, and people, its address.
        let cloned =
            self.about.trigger.get("cloneUrls").and_then(|urls| urls.get(0)).and_then(|url| url.as_str());
        let given = checkout.repository.as_deref();
        let repository =
            given.or(cloned).or_else(|| from_trigger("url")).or_else(|| from_trigger("repository"));
        let repository = repository.ok_or_else(|| {
            Fault::work(
                "nobody says which repository: give `repository`, or start the run by a trigger that has one",
            )
        })?;
        let reference = (checkout.reference.as_deref())
            .or_else(|| from_trigger("commit"))
            .or_else(|| from_trigger("branch"))
            .unwrap_or_default();
        // What begins with a dash would be an option.
        for (name, text) in [("repository", repository), ("ref", reference)] {
            if text.starts_with('-') {
                return Err(Fault::work(format!("{text:?} is no {name}")));
            }
        }
        let workspace = self.shared.store.workspace(&self.key.run);
        let directory = workspace.join(checkout.directory.as_deref().unwrap_or_default());
        fs::create_dir_all(&directory).map_err(Fault::infrastructure)?;
        let environment = (self.environment(attempt))
            .with("REPOSITORY", repository)
            .with("REFERENCE", reference)
            .with("DEPTH", checkout.depth.unwrap_or(1).to_string())
            .with("SUBMODULES", checkout.submodules.to_string())
            .with("GIT_TERMINAL_PROMPT", "0");
        let SignIn { variables, secrets } = match &checkout.secret {
            None => SignIn::default(),
            Some(secret) => {
                git::sign_in(&self.shared.secrets, secret, attempt.path()).map_err(|error| match error {
                    SignInError::Disk(error) => Fault::infrastructure(error),
                    SignInError::Secret(_) | SignInError::Nothing(_) => Fault::work(error),
                })?
            }
        };
        let environment = variables.into_iter().fold(environment, |all, (name, value)| all.with(name, value));
        let line = ["sh", "-e", "-c", SCRIPT].map(str::to_owned).to_vec();
        let command = Command {
            kind: "checkout",
            line,
            environment,
            secrets,
            directory,
            services: &[],
            container: Container::default(),
        };
        let ended = self.command(attempt, command).await;
        // A key lies on the disk for as long as git needs it.
        let _gone = fs::remove_file(attempt.path().join("key"));
        ended
    }
}
