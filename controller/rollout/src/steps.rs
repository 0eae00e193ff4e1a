//! The part of [`crate::advance`](crate::advance()) that goes through the steps.
//!
//! Invariants: a weight is raised only when enough pods are ready for it; a `setWeight` is left only when every proxy has acknowledged it; one
//! look leaves at most one step.

use weir_api::canary::OnInsufficient;
use weir_api::{Share, Track};
use weir_judge::Decision;

use crate::advance::Look;
use crate::message;
use crate::observed::Command;
use crate::policy::{Analyse, Step};
use crate::state::{AtStep, Release, Stage, State};
use crate::transition::{Event, Transition};

impl Look<'_> {
    /// Shares of canary and baseline at the first step.
    pub(crate) fn first_weights(&self) -> (Share, Share) {
        let canary = match self.policy.steps().first() {
            Some(Step::SetWeight(share)) => *share,
            Some(Step::Pause(_) | Step::Analysis(_)) | None => Share::ZERO,
        };
        (canary, self.policy.baseline_weight(canary))
    }

    pub(crate) fn pods_suffice(&self, canary: Share, baseline: Share) -> bool {
        self.observed.canary.suffices(canary) && self.observed.baseline.suffices(baseline)
    }

    pub(crate) fn first_step(&self, release: &Release, canary: Share, baseline: Share) -> Transition {
        let split = self.split(release, canary, baseline, &self.state.stable.revision.revision);
        let events = vec![self.entered(0), Event::WeightSet { epoch: split.epoch, canary, baseline }];
        let epoch = split.epoch;
        let at = AtStep { release: release.clone(), step: 0, since: self.now, split };
        Transition { state: State { stage: Stage::Progressing(at), epoch, ..self.state.clone() }, events }
    }

    pub(crate) fn progressing(&self, at: &AtStep) -> Transition {
        if let Some(reason) = self.give_up(&at.release) {
            return self.abort(&at.release, reason);
        }
        match self.policy.steps().get(at.step) {
            None => self.pause(at.clone(), message::steps_edited(at.step, self.policy), Vec::new()),
            Some(Step::SetWeight(weight)) => self.set_weight(at, *weight, Vec::new()),
            Some(Step::Pause(None)) => {
                self.pause(at.clone(), message::WAITS_FOR_SOMEBODY.to_owned(), Vec::new())
            }
            Some(Step::Pause(Some(duration))) => {
                let over = self.now.since(at.since) >= *duration;
                if over || self.observed.command == Some(Command::Promote) {
                    self.next(at)
                } else {
                    self.stay()
                }
            }
            Some(Step::Analysis(analyse)) => self.analyse(at, *analyse),
        }
    }

    pub(crate) fn paused(&self, at: &AtStep) -> Transition {
        if let Some(reason) = self.give_up(&at.release) {
            return self.abort(&at.release, reason);
        }
        match (self.observed.command, self.policy.steps().get(at.step)) {
            (Some(Command::Promote), Some(Step::Analysis(_))) => {
                self.go_on_unproven(at, "somebody asked for it".to_owned())
            }
            (Some(Command::Promote), Some(Step::Pause(_) | Step::SetWeight(_)) | None) => self.next(at),
            (Some(Command::Abort) | None, _) => self.stay(),
        }
    }

    /// Whether the step at hand is one that `promote` cannot skip.
    pub(crate) fn is_setting_weight(&self, at: &AtStep) -> bool {
        matches!(self.policy.steps().get(at.step), Some(Step::SetWeight(_)))
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
            let deadline = message::duration(self.policy.progress_deadline());
            let missing = message::missing_pods(self.observed);
            return self.abort(
                &at.release,
                format!("pods for {canary} were not ready within {deadline}: {missing}"),
            );
        }
        self.to(Stage::Progressing(at.clone()), events)
    }

    fn change_weights(
        &self,
        at: &AtStep,
        canary: Share,
        baseline: Share,
        mut events: Vec<Event>,
    ) -> Transition {
        let split = self.split(&at.release, canary, baseline, &self.state.stable.revision.revision);
        events.push(Event::WeightSet { epoch: split.epoch, canary, baseline });
        let epoch = split.epoch;
        let stage = Stage::Progressing(AtStep { since: self.now, split, ..at.clone() });
        Transition { state: State { epoch, stage, ..self.state.clone() }, events }
    }

    fn await_acknowledgement(&self, at: &AtStep, events: Vec<Event>) -> Transition {
        let is_entering = !events.is_empty();
        if self.observed.is_acknowledged() && !is_entering {
            return self.next(at);
        }
        if self.is_overdue(at.since) {
            let weir_api::status::Acknowledged { proxies, of } = self.observed.acknowledged;
            let deadline = message::duration(self.policy.progress_deadline());
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
            Decision::Fail => return self.abort(&at.release, self.verdict.reason.clone()),
            // The verdict covers the whole release; this weight must have been tried as well.
            Decision::Pass => self.observed.canary_requests >= self.policy.criteria().min_requests,
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
    fn next(&self, at: &AtStep) -> Transition {
        let step = at.step.saturating_add(1);
        let entering = AtStep { step, since: self.now, ..at.clone() };
        match self.policy.steps().get(step) {
            None => self.promote(at),
            Some(Step::SetWeight(weight)) => self.set_weight(&entering, *weight, vec![self.entered(step)]),
            Some(Step::Pause(None)) => {
                self.pause(entering, message::WAITS_FOR_SOMEBODY.to_owned(), vec![self.entered(step)])
            }
            Some(Step::Pause(Some(_)) | Step::Analysis(_)) => {
                self.to(Stage::Progressing(entering), vec![self.entered(step)])
            }
        }
    }

    fn promote(&self, at: &AtStep) -> Transition {
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
