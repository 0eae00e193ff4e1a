//! The part of [`crate::advance`](crate::advance()) that sets routes.
//!
//! Routes are part of the split: they travel with it to the proxies, are acknowledged by its epoch, and end with it. So nothing of them outlives a
//! release, and an abort takes them away in the same write that sets the weights to zero.

use weir_api::status::Split;
use weir_api::{Share, Track};

use super::Look;
use crate::copies;
use crate::policy::RouteChange;
use crate::state::{AtStep, Stage};
use crate::transition::{Event, Transition};

impl Look<'_> {
    /// Sets the routes once there are pods for what they bring, and waits until every proxy serves them.
    pub(super) fn set_route(&self, at: &AtStep, change: &RouteChange, mut events: Vec<Event>) -> Transition {
        let split = change.applied(&at.split);
        if split == at.split {
            return self.await_acknowledgement(at, events);
        }
        let copied = copies::copied(&split.mirror_routes);
        let (canary, baseline) = (split.canary.weight, split.weight(Track::Baseline));
        if copied > copies::copied(&at.split.mirror_routes)
            && !self.pods_suffice_for(canary, baseline, copied)
        {
            if self.is_overdue(at.since) {
                return self.abort(&at.release, self.too_late("pods for copies were not ready"));
            }
            return self.to(Stage::Progressing(at.clone()), events);
        }
        let epoch = self.next_epoch();
        events.push(Event::RouteSet { epoch, what: change.shown() });
        let split = Split { epoch, ..split };
        self.to(Stage::Progressing(AtStep { since: self.now, split, ..at.clone() }), events)
    }

    /// Whether there are pods for these weights, and for the copies that are made now.
    pub(super) fn pods_suffice(&self, canary: Share, baseline: Share) -> bool {
        let copied = self.state.split().map_or(Share::ZERO, |split| copies::copied(&split.mirror_routes));
        self.pods_suffice_for(canary, baseline, copied)
    }

    fn pods_suffice_for(&self, canary: Share, baseline: Share, copied: Share) -> bool {
        let away = canary.checked_add(baseline).unwrap_or(Share::FULL);
        let with = |own| copies::with_copies(own, away, copied);
        self.observed.canary.suffices(with(canary)) && self.observed.baseline.suffices(with(baseline))
    }
}
