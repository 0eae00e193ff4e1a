//! Who calls a web hook.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A system that calls web hooks, each with its own headers, signature and form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// GitHub, also Enterprise Server.
    GitHub,
    /// GitLab.
    GitLab,
    /// Bitbucket, both Cloud and Data Center.
    Bitbucket,
    /// Gitea and Forgejo.
    Gitea,
    /// Anything else, in a form of our own.
    Webhook,
}

impl Provider {
    /// As it stands in a definition and in `trigger.source`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Bitbucket => "bitbucket",
            Self::Gitea => "gitea",
            Self::Webhook => "webhook",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
