//! Branches and tags of a git remote, as `git ls-remote` lists them.
//!
//! <https://git-scm.com/docs/git-ls-remote>: `<hash>\t<ref>` a line. An annotated tag has a second line, `<ref>^{}`, with the commit that it stands for.
//! All branches and tags are remembered, whichever the trigger wants: a changed glob makes no old branch new.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Nonsense;
use crate::event::{Change, Reference, Repository};

/// Most refs of a remote.
const MOST_REFS: usize = 50_000;
/// Bytes of a line that is no line, in a message.
const SHOWN: usize = 80;

/// Commits by branches and tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refs(BTreeMap<String, String>);

impl Refs {
    /// Reads what `git ls-remote` prints. Refs that are neither branches nor tags are passed over.
    ///
    /// # Errors
    /// A line is none of this form, or there are too many.
    pub fn parse(text: &str) -> Result<Self, Nonsense> {
        let mut refs = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            // `ref: refs/heads/main<tab>HEAD`, with --symref.
            if line.is_empty() || line.starts_with("ref: ") {
                continue;
            }
            let parts = line.split_once('\t').filter(|(hash, name)| is_hash(hash) && !name.is_empty());
            let Some((hash, name)) = parts else {
                return Err(Nonsense::Line { line: number, text: line.chars().take(SHOWN).collect() });
            };
            // The commit of an annotated tag comes after the tag, and takes its place.
            let name = name.strip_suffix("^{}").unwrap_or(name);
            if Reference::parse(name).is_some() {
                refs.insert(name.to_owned(), hash.to_owned());
            }
            if refs.len() > MOST_REFS {
                return Err(Nonsense::TooMany(MOST_REFS));
            }
        }
        Ok(Self(refs))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// SHA-1 or SHA-256.
fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What is news of a remote; what is to be remembered is `now`.
///
/// A branch that was put elsewhere by force is like one that went on: a list of refs does not tell them apart. A deleted one is told, so that it can be seen; no
/// trigger wants it.
///
/// # Errors
/// There is nothing where there was something.
pub fn news(url: &str, before: Option<&Refs>, now: &Refs) -> Result<Vec<Change>, Nonsense> {
    let Some(before) = before else { return Ok(Vec::new()) };
    if now.is_empty() && !before.is_empty() {
        return Err(Nonsense::Empty(before.len()));
    }
    let moved = now.0.iter().filter_map(|(name, hash)| {
        let known = before.0.get(name);
        let is_news = known != Some(hash);
        is_news.then(|| change(url, name, Some(hash), known)).flatten()
    });
    let gone = before.0.iter().filter(|(name, _)| !now.0.contains_key(*name));
    let gone = gone.filter_map(|(name, hash)| change(url, name, None, Some(hash)));
    Ok(moved.chain(gone).collect())
}

fn change(url: &str, name: &str, commit: Option<&String>, before: Option<&String>) -> Option<Change> {
    Some(Change {
        repository: Repository { name: repository(url), clone_urls: vec![url.to_owned()] },
        reference: Reference::parse(name)?,
        commit: commit.cloned(),
        before: before.cloned(),
        author: None,
        message: None,
        paths: None,
        pull_request: None,
    })
}

/// `owner/name` of `https://host/owner/name.git` and `git@host:owner/name.git`.
fn repository(url: &str) -> String {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url.split_once(':').map_or(url, |(_, path)| path),
    };
    let path = path.trim_matches('/');
    path.strip_suffix(".git").unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests;
