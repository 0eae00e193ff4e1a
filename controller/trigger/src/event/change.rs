//! What happened to a branch, a tag or a pull request.

use serde::{Deserialize, Serialize};

use crate::definition::Happening;

/// Most bytes of a commit's message and of other texts that people write; what is longer is cut.
pub const MOST_TEXT_BYTES: usize = 4_096;
/// Most changed files that are kept; of more it is as if they had not been told.
pub const MOST_PATHS: usize = 5_000;

/// One ref of a repository stands for another commit now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// Where.
    pub repository: Repository,
    /// Which ref; of a pull request its source branch.
    pub reference: Reference,
    /// What it stands for now; none where it is gone.
    pub commit: Option<String>,
    /// What it stood for; none where it is new, or nobody says.
    pub before: Option<String>,
    /// Who did it.
    pub author: Option<String>,
    /// Message of the commit; title of the pull request.
    pub message: Option<String>,
    /// Changed files; none where it is not told, or not all of them are.
    pub paths: Option<Vec<String>>,
    /// The pull request, if it is about one.
    pub pull_request: Option<PullRequest>,
}

/// A repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Repository {
    /// `owner/name`, with all groups.
    pub name: String,
    /// Addresses to clone it from.
    pub clone_urls: Vec<String>,
}

/// A branch or a tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reference {
    /// `refs/heads/<it>`.
    Branch(String),
    /// `refs/tags/<it>`.
    Tag(String),
}

/// A request to merge one branch into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// The branch that would be merged.
    pub source: String,
    /// The branch into which.
    pub target: String,
    /// Last commit of the source.
    pub head: String,
    /// Whether the source is in another repository, whose code is anybody's.
    pub fork: bool,
}

impl Reference {
    /// The ref by its full name; none for what is neither a branch nor a tag (notes, `refs/pull/1/head`).
    #[must_use]
    pub fn parse(full: &str) -> Option<Self> {
        let branch = full.strip_prefix("refs/heads/").map(|name| Self::Branch(name.to_owned()));
        let parsed =
            branch.or_else(|| full.strip_prefix("refs/tags/").map(|name| Self::Tag(name.to_owned())));
        parsed.filter(|reference| !reference.name().is_empty())
    }

    /// Without `refs/heads/` or `refs/tags/`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Branch(name) | Self::Tag(name) => name,
        }
    }
}

impl Change {
    /// What kind of thing happened.
    #[must_use]
    pub const fn happening(&self) -> Happening {
        match (&self.pull_request, &self.reference) {
            (Some(_), _) => Happening::PullRequest,
            (None, Reference::Branch(_)) => Happening::Push,
            (None, Reference::Tag(_)) => Happening::Tag,
        }
    }

    /// Whether the branch or tag is gone.
    #[must_use]
    pub const fn deleted(&self) -> bool {
        self.commit.is_none()
    }

    /// Whether the author of the commit wants no run: `[skip ci]` or `[ci skip]` in its message, as at GitHub, GitLab and Bitbucket.
    ///
    /// Only of pushes to branches: who releases with a robot marks the commit that it makes, and means the tag on it to be built.
    #[must_use]
    pub fn skipped(&self) -> bool {
        let message = self.message.as_deref().unwrap_or_default().to_ascii_lowercase();
        self.happening() == Happening::Push
            && (message.contains("[skip ci]") || message.contains("[ci skip]"))
    }

    /// The same with texts and lists that are not too long to be kept.
    pub(crate) fn bounded(mut self) -> Self {
        for text in [&mut self.author, &mut self.message].into_iter().flatten() {
            cut(text);
        }
        self.paths = self.paths.filter(|paths| paths.len() <= MOST_PATHS);
        self
    }
}

/// Cuts a text, between characters.
fn cut(text: &mut String) {
    text.truncate(text.floor_char_boundary(MOST_TEXT_BYTES));
}

/// A hash that stands for nothing: all zeros, by which providers say that a ref is new or gone.
pub(crate) fn some_commit(hash: &str) -> Option<String> {
    hash.bytes().any(|byte| byte != b'0').then(|| hash.to_owned())
}
