//! The part of [`crate::advance`](crate::advance()) that goes through the steps.
//!
//! Invariants: a weight is raised only when enough pods are ready for it; a `setWeight` is left only when every proxy has acknowledged it; one
//! look leaves at most one step.

use weir_api::strategy::{OnExpiry, OnInsufficient};
use weir_api::{Share, Track};
use weir_judge::Decision;

use super::Look;
use crate::message;
use crate::observed::Command;
use crate::policy::{Analyse, Expiry, Pause, Step, Until};
use crate::state::{AtStep, Release, Stage};
use crate::transition::{Event, Transition};

impl Look<'_> {
    /// Shares of canary and baseline at the first step.
    pub(super) fn first_weights(&self) -> (Share, Share) {
        let canary = match self.policy.steps().first() {
            Some(Step::SetWeight(share)) => *share,
            Some(Step::SetCanaryScale(_) | Step::SetRoute(_) | Step::Pause(_) | Step::Analysis(_)) | None => {
                Share::ZERO
            }
        };
        (canary, self.policy.baseline_weight(canary))
    }

    pub(super) fn first_step(&self, release: &Release, canary: Share, baseline: Share) -> Transition {
        let split = self.split(release, canary, baseline, &self.state.stable.revision.revision);
        let events = vec![self.entered(0), Event::weight_set(&split)];
        let at = AtStep { release: release.clone(), step: 0, since: self.now, split, by_hand: None };
        self.to(Stage::Progressing(at), events)
    }

    pub(super) fn progressing(&self, at: &AtStep) -> Transition {
        if let Some(reason) = self.give_up(&at.release) {
            return self.abort(&at.release, reason);
        }
        if let Some(weight) = at.by_hand {
            return self.weigh_by_hand(at, weight);
        }
        match self.policy.steps().get(at.step) {
            None => self.pause(at.clone(), message::steps_edited(at.step, self.policy), Vec::new()),
            Some(Step::SetWeight(weight)) => self.set_weight(at, *weight, Vec::new()),
            Some(Step::SetRoute(change)) => self.set_route(at, change, Vec::new()),
            Some(Step::SetCanaryScale(_)) => self.set_scale(at),
            Some(Step::Pause(pause)) => self.stay_paused(at, *pause),
            Some(Step::Analysis(analyse)) => self.analyse(at, *analyse),
        }
    }

    pub(super) fn paused(&self, at: &AtStep) -> Transition {
        if let Some(reason) = self.give_up(&at.release) {
            return self.abort(&at.release, reason);
        }
        match (self.observed.command, self.policy.steps().get(at.step)) {
            (Some(Command::Promote), Some(Step::Analysis(_))) => {
                self.go_on_unproven(at, "somebody asked for it".to_owned())
            }
            (Some(Command::Promote), _) => self.next(at),
            // Who paused it himself, or set a weight, has time.
            (None, Some(Step::Pause(pause))) if pause.until == Until::Somebody && at.by_hand.is_none() => {
                self.expired(at, *pause).unwrap_or_else(|| self.stay())
            }
            _ => self.stay(),
        }
    }

    /// Whether the step at hand is one that `promote` cannot skip.
    pub(super) fn is_setting_weight(&self, at: &AtStep) -> bool {
        at.by_hand.is_some() || self.policy.steps().get(at.step).is_some_and(Step::sets)
    }

    fn set_scale(&self, at: &AtStep) -> Transition {
        let (canary, baseline) = (at.split.canary.weight, at.split.weight(Track::Baseline));
        if self.pods_suffice(canary, baseline) {
            return self.next(at);
        }
        if self.is_overdue(at.since) {
            return self.abort(&at.release, self.too_late("pods were not ready"));
        }
        self.stay()
    }

    /// A pause that ends by itself.
    fn stay_paused(&self, at: &AtStep, pause: Pause) -> Transition {
        let is_over = match pause.until {
            Until::Elapsed(duration) => self.now.since(at.since) >= duration,
            Until::Requests(requests) => self.observed.canary_requests >= requests,
            Until::Somebody => {
                return self.pause(at.clone(), message::waits_for_somebody(pause), Vec::new());
            }
        };
        if is_over || self.observed.command == Some(Command::Promote) {
            return self.next(at);
        }
        self.expired(at, pause).unwrap_or_else(|| self.stay())
    }

    /// What became of a wait that was in vain; `None` while it is not.
    fn expired(&self, at: &AtStep, pause: Pause) -> Option<Transition> {
        let Expiry { after, then } = pause.expiry?;
        (self.now.since(at.since) >= after).then(|| match then {
            OnExpiry::Promote => self.next(at),
            OnExpiry::Abort => self.abort(&at.release, message::expired(pause, after, self.observed)),
        })
    }

    fn set_weight(&self, at: &AtStep, canary: Share, events: Vec<Event>) -> Transition {
        let baseline = self.policy.baseline_weight(canary);
        if at.split.canary.weight == canary && at.split.weight(Track::Baseline) == baseline {
            return self.await_acknowledgement(at, events);
        }
        let lowers = canary <= at.split.canary.weight && baseline <= at.split.weight(Track::Baseline);
        if lowers || self.pods_suffice(canary, baseline) {
            return self.change_weights(at, canary, baseline, events);
        }
        if self.is_overdue(at.since) {
            return self.abort(&at.release, self.too_late(&format!("pods for {canary} were not ready")));
        }
        self.to(Stage::Progressing(at.clone()), events)
    }

    pub(super) fn change_weights(
        &self,
        at: &AtStep,
        canary: Share,
        baseline: Share,
        mut events: Vec<Event>,
    ) -> Transition {
        let split = self.split(&at.release, canary, baseline, &self.state.stable.revision.revision);
        events.push(Event::weight_set(&split));
        self.to(Stage::Progressing(AtStep { since: self.now, split, ..at.clone() }), events)
    }

    pub(super) fn await_acknowledgement(&self, at: &AtStep, events: Vec<Event>) -> Transition {
        let is_entering = !events.is_empty();
        if self.observed.is_acknowledged() && !is_entering {
            return self.next(at);
        }
        if self.is_overdue(at.since) {
            let weir_api::status::Acknowledged { proxies, of } = self.observed.acknowledged;
            let deadline = message::duration(self.policy.timing().progress_deadline);
            let reason = format!("only {proxies} of {of} proxies acknowledged the weights within {deadline}");
            return self.abort(&at.release, reason);
        }
        self.to(Stage::Progressing(at.clone()), events)
    }

    fn analyse(&self, at: &AtStep, analyse: Analyse) -> Transition {
        if self.observed.command == Some(Command::Promote) {
            return self.go_on_unproven(at, "somebody asked for it".to_owned());
        }
        let elapsed = self.now.since(at.since);
        let passed = match self.verdict.decision {
            Decision::Fail if !self.policy.is_dry_run() => {
                return self.abort(&at.release, self.verdict.reason.clone());
            }
            // The verdict covers the whole release; this weight must have been tried as well. In a dry run either one is an answer.
            Decision::Pass | Decision::Fail => {
                self.observed.canary_requests >= self.policy.criteria().min_requests
            }
            Decision::Insufficient | Decision::NoData => false,
        };
        if passed && elapsed >= analyse.min {
            return self.next(at);
        }
        if elapsed < analyse.max {
            return self.stay();
        }
        let reason = message::insufficient(self.policy, self.observed, self.verdict, analyse.max);
        match analyse.on_insufficient {
            _ if self.policy.is_dry_run() => self.go_on_unproven(at, reason),
            OnInsufficient::Wait => self.stay(),
            OnInsufficient::Ask => self.pause(at.clone(), reason, Vec::new()),
            OnInsufficient::Promote => self.go_on_unproven(at, reason),
            OnInsufficient::Abort => self.abort(&at.release, reason),
        }
    }

    fn go_on_unproven(&self, at: &AtStep, reason: String) -> Transition {
        let release = Release { unproven: true, ..at.release.clone() };
        let mut transition = self.next(&AtStep { release, ..at.clone() });
        transition.events.insert(0, Event::Unproven(reason));
        transition
    }

    /// Leaves a step for the one after it, or for the promotion.
    pub(super) fn next(&self, at: &AtStep) -> Transition {
        let step = at.step.saturating_add(1);
        let entering = AtStep { step, since: self.now, by_hand: None, ..at.clone() };
        match self.policy.steps().get(step) {
            None => self.promote(at),
            Some(Step::SetWeight(weight)) => self.set_weight(&entering, *weight, vec![self.entered(step)]),
            Some(Step::SetRoute(change)) => self.set_route(&entering, change, vec![self.entered(step)]),
            Some(Step::Pause(pause @ Pause { until: Until::Somebody, .. })) => {
                self.pause(entering, message::waits_for_somebody(*pause), vec![self.entered(step)])
            }
            Some(Step::SetCanaryScale(_) | Step::Pause(_) | Step::Analysis(_)) => {
                self.to(Stage::Progressing(entering), vec![self.entered(step)])
            }
        }
    }

    pub(super) fn promote(&self, at: &AtStep) -> Transition {
        let why = message::promoted(self.policy, &at.release, self.verdict);
        let stage =
            Stage::Promoting { release: at.release.clone(), since: self.now, split: at.split.clone() };
        self.to(stage, vec![Event::Promoting(why)])
    }

    fn entered(&self, step: usize) -> Event {
        let what = self.policy.steps().get(step).map(message::step).unwrap_or_default();
        Event::StepEntered { step, of: self.policy.steps().len(), what }
    }
}
