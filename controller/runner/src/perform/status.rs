//! What a forge shows beside a commit. The same again takes the place of the last one, so it does not matter how often it is told.
//!
//! Forms: GitHub REST `repos/create-commit-status`, Gitea `repoCreateStatus`, GitLab "Set commit pipeline status", Bitbucket Cloud "Create a build status for a commit".

use std::hash::Hasher;

use http::Method;
use serde_json::{Map, Value, json};
use siphasher::sip::SipHasher13;
use weir_notify::words;
use weir_outbound::Question;
use weir_pipeline::event::Fault;
use weir_stages::work::Status;

use super::forge::{Forge, Repository};
use super::{Ended, Job};

/// Longest description of GitHub's, characters; the others take more.
const LONGEST_DESCRIPTION: usize = 140;
/// Longest key of Bitbucket's.
const LONGEST_KEY: usize = 40;

impl Job {
    pub(super) async fn status(&self, status: &Status) -> Result<Ended, Fault> {
        let commit = known(self.seen_commit())?;
        let repository = self.repository(status.api.as_deref(), &status.secret)?;
        let context = status.context.clone().unwrap_or_else(|| format!("weir/{}", self.about.pipeline));
        let question = question(&repository, &commit, status, &context)?;
        let answer = self.ask_same(&question).await?;
        if !answer.status.is_success() {
            return Err(Fault::work(question.told(&answer)));
        }
        let outputs = [("state", &status.state), ("context", &context), ("commit", &commit)];
        let outputs = outputs.map(|(name, value)| (name.to_owned(), json!(value)));
        Ok(Ended::Well(Map::from_iter(outputs)))
    }
}

/// The commit, where it is one.
pub(crate) fn known(commit: Option<String>) -> Result<String, Fault> {
    let commit = commit.ok_or_else(|| {
        Fault::work(
            "nobody says which commit: start the run by a trigger that has one, or check one out before",
        )
    })?;
    if commit.is_empty() || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Fault::work(format!("{commit:?} is no commit")));
    }
    Ok(commit)
}

/// What the forge is told of a commit.
pub(crate) fn question(
    repository: &Repository,
    commit: &str,
    status: &Status,
    context: &str,
) -> Result<Question, Fault> {
    let path = match repository.forge {
        Forge::GitHub | Forge::Gitea | Forge::GitLab => format!("statuses/{commit}"),
        Forge::Bitbucket => format!("commit/{commit}/statuses/build"),
    };
    let page = || format!("https://bitbucket.org/{}/commits/{commit}", repository.name);
    let body = body(repository.forge, status, context, page);
    Ok(repository.question(Method::POST, &path)?.with_json(&body))
}

fn body(forge: Forge, status: &Status, context: &str, page: impl FnOnce() -> String) -> Value {
    let Status { state, context: _, description, url, api: _, secret: _ } = status;
    let description = description.as_ref().map(|text| words::cut(text, LONGEST_DESCRIPTION));
    let state = state_of(forge, state);
    let body = match forge {
        Forge::GitHub | Forge::Gitea | Forge::GitLab => {
            let context_field = if forge == Forge::GitLab { "name" } else { "context" };
            json!({"state": state, context_field: context, "description": description, "target_url": url})
        }
        Forge::Bitbucket => json!({
            "state": state, "key": key(context), "name": context, "description": description,
            // It has to have one.
            "url": url.clone().unwrap_or_else(page),
        }),
    };
    without_nulls(body)
}

/// GitHub's four states, which are Gitea's, as each calls them.
fn state_of(forge: Forge, state: &str) -> &str {
    match (forge, state) {
        (Forge::GitLab, "failure" | "error") => "failed",
        (Forge::Bitbucket, "pending") => "INPROGRESS",
        (Forge::Bitbucket, "success") => "SUCCESSFUL",
        (Forge::Bitbucket, "failure" | "error") => "FAILED",
        (Forge::GitHub | Forge::GitLab | Forge::Gitea | Forge::Bitbucket, state) => state,
    }
}

/// What Bitbucket tells statuses apart by: the context, with a digest in the place of its end where it is too long.
fn key(context: &str) -> String {
    if context.len() <= LONGEST_KEY {
        return context.to_owned();
    }
    let mut hasher = SipHasher13::new();
    hasher.write(context.as_bytes());
    let begin = context.get(..context.floor_char_boundary(LONGEST_KEY - 17)).unwrap_or_default();
    format!("{begin}-{:016x}", hasher.finish())
}

fn without_nulls(body: Value) -> Value {
    match body {
        Value::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Forge, key, state_of};

    #[test]
    fn each_forge_has_its_own_states() {
        let of = |forge| ["pending", "success", "failure", "error"].map(|state| state_of(forge, state));
        assert_eq!(of(Forge::GitHub), ["pending", "success", "failure", "error"]);
        assert_eq!(of(Forge::Gitea), of(Forge::GitHub));
        assert_eq!(of(Forge::GitLab), ["pending", "success", "failed", "failed"]);
        assert_eq!(of(Forge::Bitbucket), ["INPROGRESS", "SUCCESSFUL", "FAILED", "FAILED"]);
    }

    #[test]
    fn a_long_context_keeps_a_key_of_its_own() {
        assert_eq!(key("weir/shop"), "weir/shop");
        let [one, other] = [
            "weir/a-pipeline-with-a-name-that-goes-on-and-on-1",
            "weir/a-pipeline-with-a-name-that-goes-on-and-on-2",
        ]
        .map(key);
        assert!(one.len() <= 40 && other.len() <= 40 && one != other, "{one} {other}");
    }
}
