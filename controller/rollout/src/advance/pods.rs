//! The part of [`crate::advance`](crate::advance()) that waits for pods: before the first step, and after the last one.

use weir_api::status::{ReleaseOutcome, Split};
use weir_api::{Share, Timestamp};

use super::Look;
use crate::message;
use crate::state::{Decided, Release, Stable};
use crate::transition::Transition;

impl Look<'_> {
    pub(super) fn starting(&self, release: &Release, since: Timestamp) -> Transition {
        if let Some(reason) = self.give_up(release) {
            return self.abort(release, reason);
        }
        let (canary, baseline) = self.first_weights();
        if self.observed.stable.suffices(Share::FULL) && self.pods_suffice(canary, baseline) {
            return self.first_step(release, canary, baseline);
        }
        if self.is_overdue(since) {
            return self.abort(release, self.too_late("pods were not ready"));
        }
        self.stay()
    }

    pub(super) fn promoting(&self, release: &Release, since: Timestamp, split: &Split) -> Transition {
        if let Some(reason) = self.give_up(release) {
            return self.give_back(release, reason);
        }
        let is_ready = self.observed.stable.suffices(Share::FULL);
        match self.policy.after_promotion() {
            Some(length) if is_ready && self.is_way_back_ready() => return self.watch(release, length),
            None if is_ready => return self.promoted(release),
            Some(_) | None => {}
        }
        if self.is_overdue(since) {
            let late = self.too_late("stable pods of the new version were not ready");
            return self.give_back(release, format!("{late} (the canary was at {})", split.canary.weight));
        }
        self.stay()
    }

    /// Production runs the release: weight 0, and nothing is left to decide.
    pub(super) fn promoted(&self, release: &Release) -> Transition {
        let reason = message::promoted(self.policy, release, self.verdict);
        let decision = Decided { outcome: ReleaseOutcome::Promoted, at: self.now, reason };
        let stable = Stable {
            revision: release.revision.clone(),
            manifest_image: self.observed.manifest.image.clone(),
            before: Some(self.state.stable.revision.clone()),
        };
        self.drain(release, decision, stable, None)
    }
}
