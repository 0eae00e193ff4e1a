//! The part of [`crate::advance`](crate::advance()) that does what somebody asks for.
//!
//! ```text
//! refusal   why it is not done, and what would help
//! answer    what he is told
//! ```
//!
//! Invariants: the guard and a changed release come before every command; what a command changes is in the transition and nowhere else, so it is
//! stored with its answer in one write.

use weir_api::status::ReleaseOutcome;
use weir_api::{Share, Track};

use super::{Look, is_same};
use crate::observed::Command;
use crate::policy::{Pause, Step, Until};
use crate::state::{AtStep, Decided, Ended, Release, Stable, Stage, State};
use crate::transition::{Event, Transition};

mod answer;
mod refusal;

pub use answer::{Answer, answer};

/// Reason of a pause that somebody asked for.
const ASKED_FOR: &str = "somebody asked for it; resume goes on";

/// Reason of a release that was undone before it had ended.
const BEFORE: &str = "somebody asked for the version before";

impl Look<'_> {
    /// What a command makes of the release, where it makes more of it than what comes by itself. `promote` and `abort` end waits, and are looked at
    /// where these are.
    pub(super) fn commanded(&self) -> Option<Transition> {
        let command = self.observed.command?;
        match (&self.state.stage, command) {
            (Stage::Progressing(at) | Stage::Paused { at, .. }, _) => {
                if self.give_up(&at.release).is_some() {
                    None
                } else {
                    self.at_step(at, command)
                }
            }
            (Stage::Starting { release, .. }, Command::PromoteFull) if self.give_up(release).is_none() => {
                Some(self.promote_at_once(release))
            }
            (Stage::Starting { release, .. }, Command::Undo) if self.give_up(release).is_none() => {
                Some(self.abort(release, BEFORE.to_owned()))
            }
            (Stage::Promoting { release, .. } | Stage::Watching { release, .. }, Command::Undo)
                if self.give_up(release).is_none() =>
            {
                Some(self.give_back(release, BEFORE.to_owned()))
            }
            (Stage::Aborted(ended), Command::Retry) => {
                let wanted = self.observed.wanted.as_ref()?;
                is_same(wanted, &ended.release).then(|| self.at_rest(None))
            }
            (Stage::Idle | Stage::Promoted(_) | Stage::Draining { .. }, Command::Undo) => self.undo(),
            _ => None,
        }
    }

    fn at_step(&self, at: &AtStep, command: Command) -> Option<Transition> {
        let is_paused = matches!(self.state.stage, Stage::Paused { .. });
        let without_hand = || AtStep { by_hand: None, ..at.clone() };
        match command {
            Command::PromoteFull => {
                let release = Release { unproven: true, ..at.release.clone() };
                let mut transition = self.promote(&AtStep { release, ..without_hand() });
                let skipped = "somebody asked to skip everything that was left".to_owned();
                transition.events.insert(0, Event::Unproven(skipped));
                Some(transition)
            }
            Command::Undo => Some(self.abort(&at.release, BEFORE.to_owned())),
            Command::Pause if !is_paused => Some(self.pause(at.clone(), ASKED_FOR.to_owned(), Vec::new())),
            Command::Resume if is_paused => self.resume(&without_hand()),
            // To skip it would give requests to a weight that not every proxy serves.
            Command::Promote if is_paused && self.is_setting_weight(at) => self.resume(&without_hand()),
            Command::SetWeight(weight) => {
                let at = AtStep { by_hand: Some(weight), since: self.now, ..at.clone() };
                let told = Event::Commanded(format!("weight {weight} by hand: somebody asked for it"));
                let mut transition = self.weigh_by_hand(&at, weight);
                transition.events.insert(0, told);
                Some(transition)
            }
            Command::Pause | Command::Resume | Command::Promote | Command::Abort | Command::Retry => None,
        }
    }

    /// Goes on with the step that was paused, with all its time; a pause for somebody has waited long enough.
    fn resume(&self, at: &AtStep) -> Option<Transition> {
        let resumed = Event::Commanded("going on: somebody asked for it".to_owned());
        let mut transition = match self.policy.steps().get(at.step)? {
            Step::Pause(Pause { until: Until::Somebody, .. }) => self.next(at),
            Step::SetWeight(_)
            | Step::SetCanaryScale(_)
            | Step::SetRoute(_)
            | Step::Pause(_)
            | Step::Analysis(_) => {
                self.to(Stage::Progressing(AtStep { since: self.now, ..at.clone() }), Vec::new())
            }
        };
        transition.events.insert(0, resumed);
        Some(transition)
    }

    /// Brings the canary to a share that somebody asked for, and stays there.
    pub(super) fn weigh_by_hand(&self, at: &AtStep, weight: Share) -> Transition {
        let baseline = self.policy.baseline_weight(weight);
        let (canary_now, baseline_now) = (at.split.canary.weight, at.split.weight(Track::Baseline));
        let arrived = canary_now == weight && baseline_now == baseline;
        if arrived && self.observed.is_acknowledged() {
            let reason = format!(
                "weight {weight} was set by hand; resume goes on with step {}",
                at.step.saturating_add(1)
            );
            return self.pause(at.clone(), reason, Vec::new());
        }
        let lowers = weight <= canary_now && baseline <= baseline_now;
        if !arrived && (lowers || self.pods_suffice(weight, baseline)) {
            return self.change_weights(at, weight, baseline, Vec::new());
        }
        if self.is_overdue(at.since) {
            let late = self.too_late(&format!("weight {weight} could not be set by hand"));
            return self.pause(AtStep { by_hand: None, ..at.clone() }, late, Vec::new());
        }
        self.to(Stage::Progressing(at.clone()), Vec::new())
    }

    /// Stable gets the new version while no request has reached a canary.
    fn promote_at_once(&self, release: &Release) -> Transition {
        let release = Release { unproven: true, ..release.clone() };
        let split = self.split(&release, Share::ZERO, Share::ZERO, &self.state.stable.revision.revision);
        let why = "somebody asked to skip everything that was left".to_owned();
        let events = vec![Event::Unproven(why.clone()), Event::Promoting(why)];
        self.to(Stage::Promoting { release, since: self.now, split }, events)
    }

    /// Stable goes back to what it ran before the last promotion. A release that is being finished ends as one that was given up.
    fn undo(&self) -> Option<Transition> {
        let before = self.state.stable.before.clone()?;
        let reason = format!("undone: production goes back to {}", before.image);
        let (stage, history) = match &self.state.stage {
            Stage::Draining { release, since, split, decision }
                if decision.outcome == ReleaseOutcome::Promoted =>
            {
                let (release, since, split) = (release.clone(), *since, split.clone());
                let decision =
                    Decided { outcome: ReleaseOutcome::Aborted, at: decision.at, reason: reason.clone() };
                (Stage::Draining { release, since, split, decision }, self.state.history.clone())
            }
            Stage::Promoted(ended) => {
                let (decided_at, finished_at) = (self.now, self.now);
                let ended = Ended { decided_at, finished_at, reason: reason.clone(), ..ended.clone() };
                (Stage::Aborted(ended), self.state.history.clone())
            }
            Stage::Idle => (Stage::Idle, self.history_undone(&reason)),
            Stage::Starting { .. }
            | Stage::Progressing(_)
            | Stage::Paused { .. }
            | Stage::Promoting { .. }
            | Stage::Watching { .. }
            | Stage::Returning { .. }
            | Stage::Draining { .. }
            | Stage::Aborted(_) => return None,
        };
        let manifest_image = self.observed.manifest.image.clone();
        let stable = Stable { revision: before, manifest_image, before: None };
        let events = vec![Event::Commanded(reason)];
        Some(Transition { state: State { stable, stage, history, ..self.state.clone() }, events })
    }
}
