//! Calls of GitHub, and the form of its bodies, which Gitea has too.
//!
//! Headers and signature: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>; bodies:
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads#push>. Neither the delivery's name nor the event's is signed there, nor
//! a time: hence the body is remembered beside the name.

use serde::Deserialize;

use super::headers::required;
use super::key::Key;
use super::refusal::Refusal;
use super::signature::{self, Keys};
use super::{Call, Said, Secret, payload};
use crate::event::change::some_commit;
use crate::event::{Change, PullRequest, Reference, Repository};

const SIGNATURE: &str = "x-hub-signature-256";
/// GitHub sends no more commits of a push; of one that has so many the list may not be all.
const MOST_COMMITS: usize = 2_048;

pub(super) fn verify(call: &Call<'_>, secrets: &[Secret]) -> Result<Vec<String>, Refusal> {
    let given = signature::hex_header(call.headers, SIGNATURE, "sha256=")?;
    let given = given.ok_or(Refusal::Unsigned { header: "X-Hub-Signature-256" })?;
    signature::signers(call, secrets, Keys::Plain, &[call.body], &[given])
}

pub(super) fn identify(call: &Call<'_>) -> Result<(String, Vec<Key>), Refusal> {
    by_name_and_body(call, "x-github-delivery")
}

/// For providers that sign the body alone.
pub(super) fn by_name_and_body(call: &Call<'_>, header: &'static str) -> Result<(String, Vec<Key>), Refusal> {
    let id = required(call.headers, header)?;
    let keys = vec![Key::of_id(call.provider, "", id), Key::of_body(call.provider, call.body)];
    Ok((id.to_owned(), keys))
}

pub(super) fn read(call: &Call<'_>) -> Result<Said, Refusal> {
    match required(call.headers, "x-github-event")? {
        "ping" => Ok(Said::Nothing("ping: the hook is set up, and its secret is right".to_owned())),
        "push" => push(call),
        "pull_request" => pull_request(call),
        other => {
            Ok(Said::Nothing(format!("event {other:?} starts nothing: pushes, tags and pull requests do")))
        }
    }
}

#[derive(Deserialize)]
struct Push {
    #[serde(rename = "ref")]
    full: String,
    before: String,
    after: String,
    #[serde(default)]
    created: bool,
    #[serde(default)]
    forced: bool,
    repository: Home,
    #[serde(default)]
    pusher: Option<Person>,
    #[serde(default)]
    sender: Option<Person>,
    #[serde(default)]
    head_commit: Option<Commit>,
    #[serde(default)]
    commits: Vec<Commit>,
    /// Gitea's: how many there are, while `commits` has the newest of them.
    #[serde(default)]
    total_commits: Option<usize>,
}

#[derive(Deserialize)]
struct Home {
    full_name: String,
    #[serde(default)]
    clone_url: Option<String>,
    #[serde(default)]
    ssh_url: Option<String>,
}

#[derive(Deserialize)]
struct Person {
    #[serde(default)]
    login: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
    #[serde(default)]
    message: String,
    // Gitea writes null where there is none.
    #[serde(default)]
    added: Option<Vec<String>>,
    #[serde(default)]
    removed: Option<Vec<String>>,
    #[serde(default)]
    modified: Option<Vec<String>>,
}

pub(super) fn push(call: &Call<'_>) -> Result<Said, Refusal> {
    let push: Push = payload::read(call.headers, call.body)?;
    let Some(reference) = Reference::parse(&push.full) else {
        return Ok(Said::Nothing(format!("{:?} is neither a branch nor a tag", push.full)));
    };
    let commit = some_commit(&push.after);
    let before = some_commit(&push.before);
    // Of a new branch, or one that was put elsewhere, the commits are not what changed.
    let is_told = !push.created && !push.forced && before.is_some() && push.commits.len() < MOST_COMMITS;
    let is_whole = push.total_commits.is_none_or(|total| total <= push.commits.len());
    let paths = if is_told && is_whole { paths(&push.commits) } else { None };
    // An annotated tag has a hash of its own, which cannot be checked out as an image's name would have it.
    let head = push.head_commit.as_ref().map(|head| head.id.clone());
    let author = [push.sender.and_then(|person| person.login), push.pusher.and_then(|person| person.name)];
    Ok(Said::Changes(vec![Change {
        repository: push.repository.into(),
        reference,
        commit: commit.map(|after| head.unwrap_or(after)),
        before,
        author: author.into_iter().flatten().next(),
        message: push.head_commit.map(|head| head.message),
        paths,
        pull_request: None,
    }]))
}

/// Every file of the commits; none where one of them does not tell.
fn paths(commits: &[Commit]) -> Option<Vec<String>> {
    let mut paths = Vec::new();
    for commit in commits {
        let lists = [&commit.added, &commit.removed, &commit.modified];
        if lists.iter().all(|list| list.is_none()) {
            return None;
        }
        paths.extend(lists.into_iter().flatten().flatten().cloned());
    }
    paths.sort_unstable();
    paths.dedup();
    Some(paths)
}

#[derive(Deserialize)]
struct Requested {
    action: String,
    number: u64,
    pull_request: Request,
    repository: Home,
    #[serde(default)]
    sender: Option<Person>,
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    title: Option<String>,
    head: End,
    base: End,
}

#[derive(Deserialize)]
struct End {
    #[serde(rename = "ref")]
    name: String,
    sha: String,
    /// None: it was removed, so nobody can say that it is no fork.
    #[serde(default)]
    repo: Option<Home>,
}

pub(super) fn pull_request(call: &Call<'_>) -> Result<Said, Refusal> {
    let told: Requested = payload::read(call.headers, call.body)?;
    // `synchronized` is Gitea's word for it.
    if !matches!(told.action.as_str(), "opened" | "reopened" | "synchronize" | "synchronized") {
        let number = told.number;
        return Ok(Said::Nothing(format!("pull request {number} is {}: no new commits", told.action)));
    }
    let Request { title, head, base } = told.pull_request;
    let home = &told.repository.full_name;
    let fork = head.repo.is_none_or(|repo| !repo.full_name.eq_ignore_ascii_case(home));
    Ok(Said::Changes(vec![Change {
        repository: told.repository.into(),
        reference: Reference::Branch(head.name.clone()),
        commit: Some(head.sha.clone()),
        before: None,
        author: told.sender.and_then(|person| person.login),
        message: title,
        paths: None,
        pull_request: Some(PullRequest {
            number: told.number,
            source: head.name,
            target: base.name,
            head: head.sha,
            fork,
        }),
    }]))
}

impl From<Home> for Repository {
    fn from(home: Home) -> Self {
        Self {
            name: home.full_name,
            clone_urls: [home.clone_url, home.ssh_url].into_iter().flatten().collect(),
        }
    }
}
