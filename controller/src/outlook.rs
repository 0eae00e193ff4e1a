//! What somebody who looks at a release wants to know beside why it stands there, as programs and people get it. Pure.

use serde::{Deserialize, Serialize};
use weir_api::{Canary, CanarySpec, Timestamp};
use weir_rollout::outlook::{Deadline, Outlook};
use weir_rollout::{Policy, State, outlook};

/// What is in force, and what may come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OutlookView {
    /// What is in force beside weights.
    pub in_force: Vec<Fact>,
    /// When the release goes on, or ends, by itself.
    pub by_itself: Option<Due>,
    /// What may be asked for, the likeliest first.
    pub offers: Vec<Offer>,
}

/// One thing that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fact {
    /// A word for it: `strategy`, `route`, `preview`, `watched`, `return`.
    pub label: String,
    /// The fact.
    pub text: String,
}

/// When something comes by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// What.
    pub then: String,
}

/// What may be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The verb, as in the annotation of a Canary.
    pub verb: String,
    /// What it does.
    pub does: String,
}

impl OutlookView {
    /// The outlook of a release.
    #[must_use]
    pub fn new(spec: &CanarySpec, policy: &Policy, state: &State) -> Self {
        let Outlook { in_force, deadline, offers } = outlook(spec, policy, state);
        Self {
            in_force: in_force
                .into_iter()
                .map(|(label, text)| Fact { label: label.to_owned(), text })
                .collect(),
            by_itself: deadline.map(|Deadline { at, then }| Due { at, then }),
            offers: offers
                .into_iter()
                .map(|(command, does)| Offer { verb: command.verb().to_owned(), does })
                .collect(),
        }
    }

    /// That of a Canary as it stands in a cluster; empty where it cannot be followed, which its message says.
    #[must_use]
    pub fn of(canary: &Canary) -> Self {
        let policy = Policy::parse(&canary.spec).ok();
        let state =
            canary.status.as_ref().and_then(|status| weir_rollout::status::read(status).ok().flatten());
        match (policy, state) {
            (Some(policy), Some(state)) => Self::new(&canary.spec, &policy, &state),
            _ => Self::default(),
        }
    }
}
