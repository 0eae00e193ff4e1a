//! The part of [`crate::advance`](crate::advance()) that watches production after the promotion, and the way back.
//!
//! Invariant: until the watch is over, `State::stable` is the old version, and pods of it could serve everything.

use std::time::Duration;

use weir_api::status::{ReleaseOutcome, Split, TrackShare};
use weir_api::{Share, Timestamp};

use super::{Look, is_same};
use crate::message;
use crate::observed::Command;
use crate::state::{Decided, Release, Stage};
use crate::transition::{Event, Transition};

impl Look<'_> {
    /// Production gets everything, and the judge goes on.
    pub(super) fn watch(&self, release: &Release, length: Duration) -> Transition {
        let split = self.split_beside(release, Share::ZERO, &release.revision.revision);
        let events = vec![Event::weight_set(&split), Event::Watching(message::duration(length))];
        self.to(Stage::Watching { release: release.clone(), since: self.now, split }, events)
    }

    pub(super) fn watching(&self, release: &Release, since: Timestamp) -> Transition {
        if self.is_failing() {
            return self.give_back(release, self.verdict.reason.clone());
        }
        if self.observed.command == Some(Command::Abort) {
            return self.give_back(release, "somebody asked for it".to_owned());
        }
        let old = &self.state.stable.revision.image;
        let is_next_waiting = match &self.observed.wanted {
            None => {
                return self.give_back(release, "the Canary no longer names a release".to_owned());
            }
            Some(wanted) if !is_same(wanted, release) && wanted.revision.image == *old => {
                let reason = format!("the Canary names the version of before: {old}");
                return self.give_back(release, reason);
            }
            Some(wanted) => !is_same(wanted, release),
        };
        let is_told = matches!(self.observed.command, Some(Command::Promote | Command::PromoteFull));
        let is_over = self.policy.after_promotion().is_none_or(|length| self.now.since(since) >= length);
        if is_over || is_next_waiting || is_told {
            return self.promoted(release);
        }
        self.stay()
    }

    /// Gives up a release whose version stable has been given, or is being given: pods of the old version serve everything at once where there
    /// are enough of them, and stable gets it back meanwhile.
    pub(super) fn give_back(&self, release: &Release, reason: String) -> Transition {
        if !self.is_way_back_ready() {
            return self.abort(release, reason);
        }
        let split = self.split_beside(release, Share::FULL, &release.revision.revision);
        let events = vec![Event::Aborting(reason.clone()), Event::weight_set(&split)];
        let decision = Decided { outcome: ReleaseOutcome::Aborted, at: self.now, reason };
        self.to(Stage::Returning { release: release.clone(), split, decision }, events)
    }

    /// The old version's pods are let go only when stable runs it again, however long that takes: nothing else serves it.
    pub(super) fn returning(&self, release: &Release, decision: &Decided) -> Transition {
        let is_followed = self.observed.is_acknowledged() || self.is_overdue(decision.at);
        if self.observed.stable.suffices(Share::FULL) && is_followed {
            return self.drain(release, decision.clone(), self.state.stable.clone(), None);
        }
        self.stay()
    }

    /// Whether pods of the old version, beside stable, can serve everything.
    pub(super) fn is_way_back_ready(&self) -> bool {
        let baseline = &self.observed.baseline;
        self.policy.after_promotion().is_some() && baseline.wanted > 0 && baseline.suffices(Share::FULL)
    }

    /// Nothing to the canary, and this much to the old version's pods beside stable, which the policy may not have asked for before.
    fn split_beside(&self, release: &Release, old: Share, stable_revision: &str) -> Split {
        let split = self.split(release, Share::ZERO, old, stable_revision);
        let baseline = split.baseline.clone().unwrap_or_else(|| TrackShare {
            service: format!("{}-baseline", self.policy.service()),
            revision: self.state.stable.revision.revision.clone(),
            weight: old,
        });
        Split { baseline: Some(baseline), ..split.without_routes() }
    }
}
