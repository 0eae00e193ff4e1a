//! Bodies of Bitbucket Data Center (and Server).
//!
//! <https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html>. A repository is `PROJECT/slug`.

use serde::Deserialize;

use super::refusal::Refusal;
use super::{Call, Said, payload};
use crate::event::change::some_commit;
use crate::event::{Change, PullRequest, Reference, Repository};

#[derive(Deserialize)]
struct Push {
    #[serde(default)]
    actor: Option<Actor>,
    repository: Home,
    changes: Vec<Moved>,
    /// Of newer versions: the commit that the first change leads to.
    #[serde(default, rename = "toCommit")]
    to_commit: Option<Commit>,
}

#[derive(Deserialize)]
struct Actor {
    name: String,
}

#[derive(Deserialize)]
struct Home {
    slug: String,
    project: Project,
    #[serde(default)]
    links: Links,
}

#[derive(Deserialize)]
struct Project {
    key: String,
}

#[derive(Default, Deserialize)]
struct Links {
    #[serde(default)]
    clone: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: String,
}

#[derive(Deserialize)]
struct Moved {
    #[serde(rename = "refId")]
    full: String,
    #[serde(rename = "fromHash")]
    from: String,
    #[serde(rename = "toHash")]
    to: String,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
    #[serde(default)]
    message: Option<String>,
}

pub(super) fn push(call: &Call<'_>) -> Result<Said, Refusal> {
    let Push { actor, repository, changes, to_commit } = payload::read(call.headers, call.body)?;
    let (author, repository) = (actor.map(|actor| actor.name), Repository::from(repository));
    let changes = changes.into_iter().filter_map(|moved| {
        let head = to_commit.as_ref().filter(|commit| commit.id == moved.to);
        Some(Change {
            repository: repository.clone(),
            reference: Reference::parse(&moved.full)?,
            commit: some_commit(&moved.to),
            before: some_commit(&moved.from),
            author: author.clone(),
            message: head.and_then(|head| head.message.clone()),
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
    #[serde(rename = "pullRequest")]
    pull_request: Request,
}

#[derive(Deserialize)]
struct Request {
    id: u64,
    #[serde(default)]
    title: Option<String>,
    #[serde(rename = "fromRef")]
    from: Side,
    #[serde(rename = "toRef")]
    to: Side,
}

#[derive(Deserialize)]
struct Side {
    #[serde(rename = "displayId")]
    name: String,
    #[serde(rename = "latestCommit")]
    commit: String,
    repository: Home,
}

pub(super) fn pull_request(call: &Call<'_>) -> Result<Said, Refusal> {
    let Requested { actor, pull_request: Request { id, title, from, to } } =
        payload::read(call.headers, call.body)?;
    let (source, home) = (Repository::from(from.repository), Repository::from(to.repository));
    let fork = !source.name.eq_ignore_ascii_case(&home.name);
    Ok(Said::Changes(vec![Change {
        repository: home,
        reference: Reference::Branch(from.name.clone()),
        commit: Some(from.commit.clone()),
        before: None,
        author: actor.map(|actor| actor.name),
        message: title,
        paths: None,
        pull_request: Some(PullRequest {
            number: id,
            source: from.name,
            target: to.name,
            head: from.commit,
            fork,
        }),
    }]))
}

impl From<Home> for Repository {
    fn from(home: Home) -> Self {
        let clone_urls = home.links.clone.into_iter().map(|link| link.href).collect();
        Self { name: format!("{}/{}", home.project.key, home.slug), clone_urls }
    }
}
