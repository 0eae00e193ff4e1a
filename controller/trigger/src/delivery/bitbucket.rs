//! Calls of Bitbucket Cloud; those of Data Center are told from them by their events.
//!
//! <https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/> and `manage-webhooks` for the signature, which both have in
//! `X-Hub-Signature`.

use serde::Deserialize;

use super::headers::{once, required};
use super::key::Key;
use super::refusal::Refusal;
use super::signature::{self, Keys};
use super::{Call, Said, Secret, bitbucket_server, github, payload};
use crate::event::{Change, PullRequest, Reference, Repository};

pub(super) fn verify(call: &Call<'_>, secrets: &[Secret]) -> Result<Vec<String>, Refusal> {
    let given = signature::hex_header(call.headers, "x-hub-signature", "sha256=")?;
    let given = given.ok_or(Refusal::Unsigned { header: "X-Hub-Signature" })?;
    signature::signers(call, secrets, Keys::Plain, &[call.body], &[given])
}

pub(super) fn identify(call: &Call<'_>) -> Result<(String, Vec<Key>), Refusal> {
    let is_cloud = once(call.headers, "x-request-uuid").is_some();
    github::by_name_and_body(call, if is_cloud { "x-request-uuid" } else { "x-request-id" })
}

pub(super) fn read(call: &Call<'_>) -> Result<Said, Refusal> {
    match required(call.headers, "x-event-key")? {
        "repo:push" => push(call),
        "pullrequest:created" | "pullrequest:updated" => pull_request(call),
        "repo:refs_changed" => bitbucket_server::push(call),
        "pr:opened" | "pr:from_ref_updated" | "pr:reopened" => bitbucket_server::pull_request(call),
        "diagnostics:ping" => {
            Ok(Said::Nothing("ping: the hook is set up, and its secret is right".to_owned()))
        }
        other => {
            Ok(Said::Nothing(format!("event {other:?} starts nothing: pushes, tags and pull requests do")))
        }
    }
}

#[derive(Deserialize)]
struct Push {
    #[serde(default)]
    actor: Option<Actor>,
    repository: Home,
    #[serde(rename = "push")]
    moved: Changes,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(default)]
    nickname: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct Home {
    full_name: String,
    #[serde(default)]
    links: Links,
}

#[derive(Default, Deserialize)]
struct Links {
    #[serde(default)]
    html: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: String,
}

#[derive(Deserialize)]
struct Changes {
    changes: Vec<Moved>,
}

/// A ref that was moved; without `new` it is gone, without `old` it is new.
#[derive(Deserialize)]
struct Moved {
    #[serde(default)]
    new: Option<End>,
    #[serde(default)]
    old: Option<End>,
}

#[derive(Deserialize)]
struct End {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    target: Target,
}

#[derive(Deserialize)]
struct Target {
    hash: String,
    #[serde(default)]
    message: Option<String>,
}

fn push(call: &Call<'_>) -> Result<Said, Refusal> {
    let Push { actor, repository, moved } = payload::read(call.headers, call.body)?;
    let (author, repository) = (actor.and_then(Actor::name), Repository::from(repository));
    let changes = moved.changes.into_iter().filter_map(|Moved { new, old }| {
        let end = new.as_ref().or(old.as_ref())?;
        let reference = match end.kind.as_str() {
            "branch" => Reference::Branch(end.name.clone()),
            "tag" | "annotated_tag" => Reference::Tag(end.name.clone()),
            _ => return None,
        };
        let (commit, message) = new.map_or((None, None), |end| (Some(end.target.hash), end.target.message));
        Some(Change {
            repository: repository.clone(),
            reference,
            commit,
            before: old.map(|end| end.target.hash),
            author: author.clone(),
            message,
            // It tells no files.
            paths: None,
            pull_request: None,
        })
    });
    Ok(Said::Changes(changes.collect()))
}

#[derive(Deserialize)]
struct Requested {
    #[serde(default)]
    actor: Option<Actor>,
    repository: Home,
    pullrequest: Request,
}

#[derive(Deserialize)]
struct Request {
    id: u64,
    #[serde(default)]
    title: Option<String>,
    source: Side,
    destination: Side,
}

#[derive(Deserialize)]
struct Side {
    branch: Branch,
    commit: Target,
    /// None: it was removed.
    #[serde(default)]
    repository: Option<Home>,
}

#[derive(Deserialize)]
struct Branch {
    name: String,
}

fn pull_request(call: &Call<'_>) -> Result<Said, Refusal> {
    let Requested { actor, repository, pullrequest } = payload::read(call.headers, call.body)?;
    let Request { id, title, source, destination } = pullrequest;
    let home = &repository.full_name;
    let fork = source.repository.is_none_or(|from| !from.full_name.eq_ignore_ascii_case(home));
    Ok(Said::Changes(vec![Change {
        repository: repository.into(),
        reference: Reference::Branch(source.branch.name.clone()),
        commit: Some(source.commit.hash.clone()),
        before: None,
        author: actor.and_then(Actor::name),
        message: title,
        paths: None,
        pull_request: Some(PullRequest {
            number: id,
            source: source.branch.name,
            target: destination.branch.name,
            head: source.commit.hash,
            fork,
        }),
    }]))
}

impl Actor {
    fn name(self) -> Option<String> {
        self.nickname.or(self.display_name)
    }
}

impl From<Home> for Repository {
    fn from(home: Home) -> Self {
        let clone_urls = home.links.html.map(|html| format!("{}.git", html.href)).into_iter().collect();
        Self { name: home.full_name, clone_urls }
    }
}
