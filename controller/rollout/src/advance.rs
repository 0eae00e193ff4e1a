//! One look at the world to one transition: a total function.
//!
//! Invariants: a failing verdict aborts at once in every phase with a guarded split, whatever else was observed; an abort sets the weights to
//! zero before anything else; the epoch grows by one with each change of the weights and never otherwise; a step is left at most once.

use weir_api::status::{ReleaseOutcome, Split, TrackShare};
use weir_api::{Share, Timestamp};
use weir_judge::{Decision, Verdict};

use crate::message;
use crate::observed::{Command, Observed, Wanted};
use crate::policy::Policy;
use crate::state::{AtStep, Decided, Ended, Release, Stable, Stage, State};
use crate::transition::{Event, Transition};

/// Where a release stands after one look at the world.
///
/// `verdict` is the judge's on this release so far; in phases without a split it is ignored. `now` only has to be monotonic enough for
/// deadlines: a clock that was set back delays them.
#[must_use]
pub fn advance(
    policy: &Policy,
    state: &State,
    observed: &Observed,
    verdict: &Verdict,
    now: Timestamp,
) -> Transition {
    let look = Look { policy, state, observed, verdict, now };
    let mut transition = match &state.stage {
        Stage::Idle => look.at_rest(None),
        Stage::Promoted(ended) | Stage::Aborted(ended) => look.at_rest(Some(ended)),
        Stage::Starting { release, since } => look.starting(release, *since),
        Stage::Progressing(at) => look.progressing(at),
        Stage::Paused { at, .. } => look.paused(at),
        Stage::Promoting { release, since, split } => look.promoting(release, *since, split),
        Stage::Draining { release, split, decision } => look.draining(release, split, decision),
    };
    if let Some(ignored) = look.ignored_command() {
        transition.events.push(Event::Ignored(ignored));
    }
    transition
}

/// Everything that one look knows.
pub(crate) struct Look<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) state: &'a State,
    pub(crate) observed: &'a Observed,
    pub(crate) verdict: &'a Verdict,
    pub(crate) now: Timestamp,
}

impl Look<'_> {
    /// Nothing changes.
    pub(crate) fn stay(&self) -> Transition {
        Transition { state: self.state.clone(), events: Vec::new() }
    }

    /// Another stage with the same weights.
    pub(crate) fn to(&self, stage: Stage, events: Vec<Event>) -> Transition {
        Transition { state: State { stage, ..self.state.clone() }, events }
    }

    /// Whether what should come by itself is overdue.
    pub(crate) fn is_overdue(&self, since: Timestamp) -> bool {
        self.now.since(since) >= self.policy.progress_deadline()
    }

    /// New weights under the next epoch. `stable_revision` is the revision behind the Service itself.
    pub(crate) fn split(
        &self,
        release: &Release,
        canary: Share,
        baseline: Share,
        stable_revision: &str,
    ) -> Split {
        let epoch = self.state.epoch.saturating_add(1);
        let service = self.policy.service();
        let existing = self.state.split().is_some_and(|split| split.baseline.is_some());
        Split {
            epoch,
            stable_revision: stable_revision.to_owned(),
            canary: TrackShare {
                service: format!("{service}-canary"),
                revision: release.revision.revision.clone(),
                weight: canary,
            },
            baseline: (self.policy.baseline() || existing).then(|| TrackShare {
                service: format!("{service}-baseline"),
                revision: self.state.stable.revision.revision.clone(),
                weight: baseline,
            }),
        }
    }

    /// Why a release that is not decided yet has to be given up, the guard first.
    pub(crate) fn give_up(&self, release: &Release) -> Option<String> {
        if self.state.is_guarded() && fails(self.verdict.decision) {
            return Some(self.verdict.reason.clone());
        }
        if self.observed.command == Some(Command::Abort) {
            return Some("somebody asked for it".to_owned());
        }
        match &self.observed.wanted {
            None => Some("the Canary no longer names a release".to_owned()),
            Some(wanted) if !is_same(wanted, release) => Some(format!(
                "the Canary names another release now: {} ({})",
                wanted.name, wanted.revision.image
            )),
            Some(_) => None,
        }
    }

    /// Gives a release up: weights to zero first, everything else after. One that never got a request has nothing to drain.
    pub(crate) fn abort(&self, release: &Release, reason: String) -> Transition {
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

    fn drain(&self, release: &Release, decision: Decided, stable: Stable, why: Option<Event>) -> Transition {
        let split = self.split(release, Share::ZERO, Share::ZERO, &stable.revision.revision);
        let set = Event::WeightSet { epoch: split.epoch, canary: Share::ZERO, baseline: Share::ZERO };
        let epoch = split.epoch;
        let stage = Stage::Draining { release: release.clone(), split, decision };
        Transition { state: State { stable, epoch, stage }, events: why.into_iter().chain([set]).collect() }
    }

    fn at_rest(&self, last: Option<&Ended>) -> Transition {
        let (stable, mut events) = self.settle();
        let Some(wanted) = &self.observed.wanted else {
            return Transition {
                state: State { stable, epoch: self.state.epoch, stage: Stage::Idle },
                events,
            };
        };
        let stage = if last.is_some_and(|ended| is_same(wanted, &ended.release)) {
            self.state.stage.clone()
        } else {
            let release = Release {
                name: wanted.name.clone(),
                revision: wanted.revision.clone(),
                started_at: self.now,
                unproven: false,
            };
            self.begin(release, &stable, &mut events)
        };
        Transition { state: State { stable, epoch: self.state.epoch, stage }, events }
    }

    fn begin(&self, release: Release, stable: &Stable, events: &mut Vec<Event>) -> Stage {
        let image = &stable.revision.image;
        if *image == release.revision.image {
            let reason = format!("production runs {image} already, so there was nothing to shift");
            events.push(Event::Promoted(reason.clone()));
            return Stage::Promoted(Ended { release, decided_at: self.now, finished_at: self.now, reason });
        }
        events.push(Event::Started {
            name: release.name.clone(),
            from: image.clone(),
            to: release.revision.image.clone(),
        });
        Stage::Starting { release, since: self.now }
    }

    /// What stable runs while nothing is being released: the promoted image in the manifest's pod template, unless somebody changed the
    /// image in the manifest itself since.
    fn settle(&self) -> (Stable, Vec<Event>) {
        let manifest = &self.observed.manifest;
        let revision = if manifest.image == self.state.stable.manifest_image {
            manifest.with_stable_image.clone()
        } else {
            manifest.as_written.clone()
        };
        let changed = revision != self.state.stable.revision;
        let events = if changed { vec![Event::StableChanged(revision.clone())] } else { Vec::new() };
        (Stable { revision, manifest_image: manifest.image.clone() }, events)
    }

    fn starting(&self, release: &Release, since: Timestamp) -> Transition {
        if let Some(reason) = self.give_up(release) {
            return self.abort(release, reason);
        }
        let (canary, baseline) = self.first_weights();
        if self.observed.stable.suffices(Share::FULL) && self.pods_suffice(canary, baseline) {
            return self.first_step(release, canary, baseline);
        }
        if self.is_overdue(since) {
            let missing = message::missing_pods(self.observed);
            let deadline = message::duration(self.policy.progress_deadline());
            return self.abort(release, format!("pods were not ready within {deadline}: {missing}"));
        }
        self.stay()
    }

    fn promoting(&self, release: &Release, since: Timestamp, split: &Split) -> Transition {
        if let Some(reason) = self.give_up(release) {
            return self.abort(release, reason);
        }
        if self.observed.stable.suffices(Share::FULL) {
            let reason = message::promoted(self.policy, release, self.verdict);
            let decision = Decided { outcome: ReleaseOutcome::Promoted, at: self.now, reason };
            let stable = Stable {
                revision: release.revision.clone(),
                manifest_image: self.observed.manifest.image.clone(),
            };
            return self.drain(release, decision, stable, None);
        }
        if self.is_overdue(since) {
            let missing = message::missing_pods(self.observed);
            let deadline = message::duration(self.policy.progress_deadline());
            let weight = split.canary.weight;
            let reason =
                format!("stable pods of the new version were not ready within {deadline}: {missing}");
            return self.abort(release, format!("{reason} (the canary was at {weight})"));
        }
        self.stay()
    }

    fn draining(&self, release: &Release, _zero: &Split, decision: &Decided) -> Transition {
        let waited = self.now.since(decision.at);
        let empty = self.observed.in_flight == Some(0) || waited >= self.policy.drain_timeout();
        let done = (self.observed.is_acknowledged() && empty) || self.is_overdue(decision.at);
        if !done {
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

    /// What to tell somebody whose command changes nothing.
    fn ignored_command(&self) -> Option<String> {
        let command = self.observed.command?;
        match (&self.state.stage, command) {
            (Stage::Idle | Stage::Promoted(_) | Stage::Aborted(_), _) => Some("nothing is being released".to_owned()),
            (Stage::Draining { decision, .. }, _) => {
                Some(format!("the release is {} already", message::outcome(decision.outcome)))
            }
            (Stage::Starting { .. }, Command::Promote) => {
                Some("nothing to promote yet: the pods are still starting".to_owned())
            }
            (Stage::Promoting { .. }, Command::Promote) => Some("the release is being promoted already".to_owned()),
            (Stage::Progressing(at), Command::Promote) => self.is_setting_weight(at).then(|| {
                "nothing to skip now: the weight is still being set; promote again when the next step waits".to_owned()
            }),
            (Stage::Paused { .. }, Command::Promote)
            | (
                Stage::Starting { .. } | Stage::Progressing(_) | Stage::Paused { .. } | Stage::Promoting { .. },
                Command::Abort,
            ) => None,
        }
    }

    /// The stage for a release that waits for somebody.
    pub(crate) fn pause(&self, at: AtStep, reason: String, mut events: Vec<Event>) -> Transition {
        events.push(Event::Paused(reason.clone()));
        self.to(Stage::Paused { at, reason }, events)
    }
}

/// Whether a decision ends a release.
pub(crate) fn fails(decision: Decision) -> bool {
    match decision {
        Decision::Fail => true,
        Decision::Pass | Decision::Insufficient | Decision::NoData => false,
    }
}

/// A release is another one when its name or its image differs; a changed pod template alone does not start it again.
fn is_same(wanted: &Wanted, release: &Release) -> bool {
    wanted.name == release.name && wanted.revision.image == release.revision.image
}
