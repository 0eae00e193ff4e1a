//! Branches, tags, pull requests and files of a repository.

use super::Declined;
use crate::definition::{self, Happening};
use crate::event::{Change, Reference};
use crate::glob::Globs;
use crate::provider::Provider;
use crate::validate::{self, Checks};

/// A repository of GitHub, GitLab, Bitbucket or Gitea.
#[derive(Clone, Debug)]
pub(super) struct Forge {
    provider: Provider,
    repository: String,
    secret: String,
    forks: bool,
    refs: Refs,
}

/// Which refs and files.
#[derive(Clone, Debug)]
pub(super) struct Refs {
    events: Vec<Happening>,
    branches: Globs,
    tags: Globs,
    paths: Globs,
}

impl Forge {
    pub(super) fn new(provider: Provider, written: &definition::Forge, checks: &mut Checks) -> Option<Self> {
        validate::forge(written, checks);
        let definition::Forge { repository, events, branches, tags, paths, forks, secret } = written;
        let refs = Refs {
            events: events.clone(),
            branches: checks.globs("branches", branches)?,
            tags: checks.globs("tags", tags)?,
            paths: checks.globs("paths", paths)?,
        };
        Some(Self { provider, repository: repository.clone(), secret: secret.clone(), forks: *forks, refs })
    }

    pub(super) fn wants(
        &self,
        provider: Provider,
        signed_by: &[String],
        change: &Change,
    ) -> Result<(), Declined> {
        if provider != self.provider || !change.repository.name.eq_ignore_ascii_case(&self.repository) {
            return Err(Declined::Elsewhere);
        }
        if !signed_by.contains(&self.secret) {
            return Err(Declined::Signature(self.secret.clone()));
        }
        if !self.forks && change.pull_request.as_ref().is_some_and(|request| request.fork) {
            return Err(Declined::Fork);
        }
        self.refs.wants(change)
    }
}

impl Refs {
    /// Of a remote that is asked: branches, and tags where there are globs of them.
    pub(super) fn polled(git: &definition::Git, checks: &mut Checks) -> Option<Self> {
        let mut events = vec![Happening::Push];
        if !git.tags.is_empty() {
            events.push(Happening::Tag);
        }
        let branches = checks.globs("branches", &git.branches);
        let tags = checks.globs("tags", &git.tags);
        Some(Self { events, branches: branches?, tags: tags?, paths: checks.globs("paths", &[])? })
    }

    pub(super) fn wants(&self, change: &Change) -> Result<(), Declined> {
        let happening = change.happening();
        let name = change.pull_request.as_ref().map_or(change.reference.name(), |request| &request.target);
        if change.deleted() {
            return Err(Declined::Deleted(name.to_owned()));
        }
        if !self.events.contains(&happening) {
            return Err(Declined::Happening(happening));
        }
        let globs = match (&change.pull_request, &change.reference) {
            (Some(_), _) | (None, Reference::Branch(_)) => &self.branches,
            (None, Reference::Tag(_)) => &self.tags,
        };
        if !globs.has(name) {
            return Err(Declined::Name(name.to_owned()));
        }
        if change.skipped() {
            return Err(Declined::Skipped);
        }
        match &change.paths {
            Some(paths) if !self.paths.is_any() && !paths.iter().any(|path| self.paths.has(path)) => {
                Err(Declined::Paths(paths.len()))
            }
            Some(_) | None => Ok(()),
        }
    }
}
