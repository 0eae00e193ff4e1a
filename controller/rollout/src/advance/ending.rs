//! The part of [`crate::advance`](crate::advance()) that ends a release, well or badly: weight 0 first, everything else after.

use weir_api::status::{ReleaseOutcome, Split};
use weir_api::{Share, Timestamp};

use super::{Look, fails, is_same};
use crate::observed::Command;
use crate::policy::Timing;
use crate::state::{Decided, Ended, Release, Stable, Stage, State};
use crate::transition::{Event, Transition};

impl Look<'_> {
    /// Why a release that is not decided yet has to be given up, the guard first.
    pub(super) fn give_up(&self, release: &Release) -> Option<String> {
        if self.is_failing() {
            return Some(self.verdict.reason.clone());
        }
        if let Some(reason) = self.broken() {
            return Some(reason);
        }
        if self.observed.command == Some(Command::Abort) {
            return Some("somebody asked for it".to_owned());
        }
        match &self.observed.wanted {
            None if self.observed.is_deleted => Some("the Canary was deleted".to_owned()),
            None => Some("the Canary no longer names a release".to_owned()),
            Some(wanted) if !is_same(wanted, release) => Some(format!(
                "the Canary names another release now: {} ({})",
                wanted.name, wanted.revision.image
            )),
            Some(_) => None,
        }
    }

    /// Gives a release up: weights to zero first, everything else after. One that never got a request has nothing to drain.
    pub(super) fn abort(&self, release: &Release, reason: String) -> Transition {
        let aborting = Event::Aborting(reason.clone());
        if self.state.split().is_none() {
            let ended =
                Ended { release: release.clone(), decided_at: self.now, finished_at: self.now, reason };
            let aborted = Event::Aborted(ended.reason.clone());
            return self.to(Stage::Aborted(ended), vec![aborting, aborted]);
        }
        let decision = Decided { outcome: ReleaseOutcome::Aborted, at: self.now, reason };
        self.drain(release, decision, self.state.stable.clone(), Some(aborting))
    }

    pub(super) fn drain(
        &self,
        release: &Release,
        decision: Decided,
        stable: Stable,
        why: Option<Event>,
    ) -> Transition {
        let zero = self.split(release, Share::ZERO, Share::ZERO, &stable.revision.revision).without_routes();
        let kept = self.state.split().filter(|split| Split { epoch: zero.epoch, ..(*split).clone() } == zero);
        let set = kept.is_none().then(|| Event::weight_set(&zero));
        let split = kept.cloned().unwrap_or(zero);
        let stage = Stage::Draining { release: release.clone(), since: self.now, split, decision };
        let Transition { state, events } = self.to(stage, why.into_iter().chain(set).collect());
        Transition { state: State { stable, ..state }, events }
    }

    /// Whether the judge's verdict ends the release in this look.
    pub(super) fn is_failing(&self) -> bool {
        self.state.is_guarded() && fails(self.verdict.decision) && !self.policy.is_dry_run()
    }

    pub(super) fn draining(&self, release: &Release, since: Timestamp, decision: &Decided) -> Transition {
        let Timing { drain_timeout, scale_down_delay, abort_scale_down_delay, .. } = self.policy.timing();
        let waited = self.now.since(since);
        let empty = self.observed.in_flight == Some(0) || waited >= drain_timeout;
        let drained = (self.observed.is_acknowledged() && empty) || self.is_overdue(since);
        let stay = match decision.outcome {
            ReleaseOutcome::Promoted => scale_down_delay,
            ReleaseOutcome::Aborted => abort_scale_down_delay,
        };
        // Whoever wants something else released does not wait for pods that nobody looks at any more.
        let is_next_waiting = self.observed.wanted.as_ref().is_some_and(|wanted| !is_same(wanted, release));
        if !drained || (waited < stay && !is_next_waiting) {
            return self.stay();
        }
        let ended = Ended {
            release: release.clone(),
            decided_at: decision.at,
            finished_at: self.now,
            reason: decision.reason.clone(),
        };
        match decision.outcome {
            ReleaseOutcome::Promoted => {
                self.to(Stage::Promoted(ended), vec![Event::Promoted(decision.reason.clone())])
            }
            ReleaseOutcome::Aborted => {
                self.to(Stage::Aborted(ended), vec![Event::Aborted(decision.reason.clone())])
            }
        }
    }
}
