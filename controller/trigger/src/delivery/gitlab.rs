//! Calls of GitLab.
//!
//! <https://docs.gitlab.com/user/project/integrations/webhooks/> and `webhook_events`. Older hooks send their secret as it is (`X-Gitlab-Token`);
//! those with a signing token send what Standard Webhooks says: `webhook-id`, `webhook-timestamp`, `webhook-signature`, over all three and the body.

use jiff::Timestamp;
use serde::Deserialize;

use super::headers::{once, required};
use super::key::Key;
use super::refusal::Refusal;
use super::{Call, Limits, Said, Secret, generic, payload, signature};
use crate::event::change::some_commit;
use crate::event::{Change, PullRequest, Reference, Repository};

pub(super) fn verify(
    call: &Call<'_>,
    secrets: &[Secret],
    now: Timestamp,
    limits: &Limits,
) -> Result<Vec<String>, Refusal> {
    if call.headers.contains_key(generic::STANDARD_SIGNATURE) {
        return generic::verify_standard(call, secrets, now, limits);
    }
    let token = once(call.headers, "x-gitlab-token").ok_or(Refusal::Unsigned { header: "X-Gitlab-Token" })?;
    signature::owners(call, secrets, token)
}

/// The event's UUID may be that of several calls (a push of three branches is three), so that the body belongs to it.
pub(super) fn identify(call: &Call<'_>) -> Result<(String, Vec<Key>), Refusal> {
    let own = ["webhook-id", "idempotency-key"].into_iter().find_map(|header| once(call.headers, header));
    if let Some(id) = own {
        return Ok((id.to_owned(), vec![Key::of_id(call.provider, "", id)]));
    }
    let id = required(call.headers, "x-gitlab-event-uuid")?;
    let key = Key::of_id(call.provider, id, &Key::of_body(call.provider, call.body).to_string());
    Ok((id.to_owned(), vec![key]))
}

pub(super) fn read(call: &Call<'_>) -> Result<Said, Refusal> {
    match required(call.headers, "x-gitlab-event")? {
        "Push Hook" | "Tag Push Hook" => push(call),
        "Merge Request Hook" => merge_request(call),
        other => {
            Ok(Said::Nothing(format!("event {other:?} starts nothing: pushes, tags and merge requests do")))
        }
    }
}

#[derive(Deserialize)]
struct Push {
    #[serde(rename = "ref")]
    full: String,
    before: String,
    after: String,
    /// The commit that a tag stands for, also of an annotated one.
    #[serde(default)]
    checkout_sha: Option<String>,
    #[serde(default)]
    user_username: Option<String>,
    project: Project,
    #[serde(default)]
    commits: Vec<Commit>,
    /// `commits` has the newest 20 of them.
    #[serde(default)]
    total_commits_count: usize,
}

#[derive(Deserialize)]
struct Project {
    path_with_namespace: String,
    #[serde(default)]
    git_http_url: Option<String>,
    #[serde(default)]
    git_ssh_url: Option<String>,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    added: Vec<String>,
    #[serde(default)]
    modified: Vec<String>,
    #[serde(default)]
    removed: Vec<String>,
}

fn push(call: &Call<'_>) -> Result<Said, Refusal> {
    let push: Push = payload::read(call.headers, call.body)?;
    let Some(reference) = Reference::parse(&push.full) else {
        return Ok(Said::Nothing(format!("{:?} is neither a branch nor a tag", push.full)));
    };
    let before = some_commit(&push.before);
    let commit = some_commit(&push.after).map(|after| push.checkout_sha.unwrap_or(after));
    let head = push.commits.iter().find(|one| Some(&one.id) == commit.as_ref());
    let message = head.map(|head| head.message.clone());
    // GitLab does not say whether a push was forced; then the commits that went are not among these, nor are those before the oldest.
    let is_whole =
        before.is_some() && !push.commits.is_empty() && push.total_commits_count <= push.commits.len();
    let mut paths: Vec<String> =
        push.commits.into_iter().flat_map(|one| [one.added, one.modified, one.removed]).flatten().collect();
    paths.sort_unstable();
    paths.dedup();
    Ok(Said::Changes(vec![Change {
        repository: push.project.into(),
        reference,
        commit,
        before,
        author: push.user_username,
        message,
        paths: is_whole.then_some(paths),
        pull_request: None,
    }]))
}

#[derive(Deserialize)]
struct MergeRequest {
    project: Project,
    #[serde(default)]
    user: Option<User>,
    object_attributes: Attributes,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

#[derive(Deserialize)]
struct Attributes {
    iid: u64,
    #[serde(default)]
    title: Option<String>,
    source_branch: String,
    target_branch: String,
    source_project_id: Option<i64>,
    target_project_id: Option<i64>,
    #[serde(default)]
    action: Option<String>,
    /// Only where an update is of commits.
    #[serde(default)]
    oldrev: Option<String>,
    last_commit: Option<LastCommit>,
}

#[derive(Deserialize)]
struct LastCommit {
    id: String,
}

fn merge_request(call: &Call<'_>) -> Result<Said, Refusal> {
    let told: MergeRequest = payload::read(call.headers, call.body)?;
    let about = told.object_attributes;
    let action = about.action.as_deref().unwrap_or("changed");
    let is_news = matches!(action, "open" | "reopen") || (action == "update" && about.oldrev.is_some());
    let Some(head) = about.last_commit.filter(|_| is_news).map(|commit| commit.id) else {
        return Ok(Said::Nothing(format!("merge request {}, {action}: no new commits", about.iid)));
    };
    let fork = about.source_project_id.is_none() || about.source_project_id != about.target_project_id;
    Ok(Said::Changes(vec![Change {
        repository: told.project.into(),
        reference: Reference::Branch(about.source_branch.clone()),
        commit: Some(head.clone()),
        before: about.oldrev,
        author: told.user.map(|user| user.username),
        message: about.title,
        paths: None,
        pull_request: Some(PullRequest {
            number: about.iid,
            source: about.source_branch,
            target: about.target_branch,
            head,
            fork,
        }),
    }]))
}

impl From<Project> for Repository {
    fn from(project: Project) -> Self {
        let clone_urls = [project.git_http_url, project.git_ssh_url].into_iter().flatten().collect();
        Self { name: project.path_with_namespace, clone_urls }
    }
}
