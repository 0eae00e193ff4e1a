//! What the controller saw, in the words of the decision.

use weir_api::Share;
use weir_api::status::{Acknowledged, Revision};

pub use weir_api::command::Command;

/// The world at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What the spec wants released; `None` where it wants nothing.
    pub wanted: Option<Wanted>,
    /// Whether the Canary is being deleted. Then it wants nothing.
    pub is_deleted: bool,
    /// What the workload's own manifest names.
    pub manifest: Manifest,
    /// Pods of the stable workload that run what it should run.
    pub stable: Readiness,
    /// Pods of the canary.
    pub canary: Readiness,
    /// Pods of the baseline; everything ready where there is none.
    pub baseline: Readiness,
    /// How many proxies serve the state's epoch. A proxy that does not answer is one of `of`, and never one of `proxies`.
    pub acknowledged: Acknowledged,
    /// Requests in flight on canary and baseline together; `None` where a proxy did not tell.
    pub in_flight: Option<u64>,
    /// Requests that the canary has answered since the current weight was acknowledged.
    pub canary_requests: u64,
    /// Requests of users that failed on the canary since the release began.
    pub users_hit: u64,
    /// Why a proxy sends nothing more to the canary, in plain words; `None` where all do.
    pub tripped: Option<String>,
    /// Requests that the canary has answered since the release began.
    pub answered: u64,
    /// What somebody asked for since the last look.
    pub command: Option<Command>,
}

/// A version that the spec wants released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Name in reports.
    pub name: String,
    /// Image and pod template.
    pub revision: Revision,
}

/// What the workload's own manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Image in the manifest's pod template.
    pub image: String,
    /// Pod template of the manifest, with the image that stable runs.
    pub with_stable_image: Revision,
    /// Pod template of the manifest as it is.
    pub as_written: Revision,
}

/// How many pods of one track can serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Pods that are ready.
    pub ready: u32,
    /// Pods that there should be.
    pub wanted: u32,
    /// The largest share that `wanted` pods are meant for.
    pub enough_for: Share,
    /// Why pods are not ready, in plain words.
    pub problem: Option<String>,
}

impl Readiness {
    /// Whether the pods suffice for a share.
    #[must_use]
    pub fn suffices(&self, share: Share) -> bool {
        self.ready >= self.wanted && self.enough_for >= share
    }
}

impl Observed {
    /// Whether every proxy serves the state's epoch. No proxy at all is no acknowledgement.
    #[must_use]
    pub fn is_acknowledged(&self) -> bool {
        self.acknowledged.of > 0 && self.acknowledged.proxies == self.acknowledged.of
    }
}
