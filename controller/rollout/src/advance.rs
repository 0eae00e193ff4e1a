//! One look at the world to one transition: a total function.
//!
//! ```text
//! commands  what somebody asks for, and the answer
//! rest      nothing is being released: what stable runs, and how a release begins
//! pods      waits for pods: before the first step, and after the last one
//! steps     goes through the steps                          routes: those that set routes
//! watch     production after the promotion, and the way back
//! ending    the end, well or badly: weight 0 first
//! breaker   what proxies act on by themselves
//! past      how releases ended, and what a dry run would have done
//! ```
//! Invariants: a failing verdict aborts at once in every phase with a guarded split, whatever else was observed; an abort sets the weights to
//! zero before anything else; the epoch grows by one with each change of the weights and never otherwise; a step is left at most once.

use weir_api::status::{Split, TrackShare};
use weir_api::{Share, Timestamp};
use weir_judge::{Decision, Verdict};

use crate::message;
use crate::observed::{Observed, Wanted};
use crate::policy::Policy;
use crate::state::{AtStep, Release, Stage, State};
use crate::transition::{Event, Transition};

mod breaker;
mod commands;
mod ending;
mod past;
mod pods;
mod rest;
mod routes;
mod steps;
mod watch;

pub use self::commands::{Answer, answer};

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
    let mut transition = look.commanded().unwrap_or_else(|| match &state.stage {
        Stage::Idle => look.at_rest(None),
        Stage::Promoted(ended) | Stage::Aborted(ended) => look.at_rest(Some(ended)),
        Stage::Starting { release, since } => look.starting(release, *since),
        Stage::Progressing(at) => look.progressing(at),
        Stage::Paused { at, .. } => look.paused(at),
        Stage::Promoting { release, since, split } => look.promoting(release, *since, split),
        Stage::Watching { release, since, .. } => look.watching(release, *since),
        Stage::Returning { release, decision, .. } => look.returning(release, decision),
        Stage::Draining { release, since, decision, .. } => look.draining(release, *since, decision),
    });
    look.mute(&mut transition);
    look.remember(&mut transition);
    if let Some(ignored) = look.refusal() {
        transition.events.push(Event::Ignored(ignored));
    }
    transition
}

/// Everything that one look knows.
struct Look<'a> {
    policy: &'a Policy,
    state: &'a State,
    observed: &'a Observed,
    verdict: &'a Verdict,
    now: Timestamp,
}

impl Look<'_> {
    /// Nothing changes.
    fn stay(&self) -> Transition {
        Transition { state: self.state.clone(), events: Vec::new() }
    }

    /// Another stage, with the epoch of its weights.
    fn to(&self, stage: Stage, events: Vec<Event>) -> Transition {
        let epoch = stage.split().map_or(self.state.epoch, |split| split.epoch);
        Transition { state: State { epoch, stage, ..self.state.clone() }, events }
    }

    /// Whether what should come by itself is overdue.
    fn is_overdue(&self, since: Timestamp) -> bool {
        self.now.since(since) >= self.policy.timing().progress_deadline
    }

    /// Why a wait for pods was in vain: `what` has not happened in time, and which pods are missing.
    fn too_late(&self, what: &str) -> String {
        let deadline = message::duration(self.policy.timing().progress_deadline);
        format!("{what} within {deadline}: {}", message::missing_pods(self.observed))
    }

    /// The number of new weights, or routes.
    fn next_epoch(&self) -> u64 {
        self.state.epoch.saturating_add(1)
    }

    /// New weights under the next epoch. `stable_revision` is the revision behind the Service itself.
    fn split(&self, release: &Release, canary: Share, baseline: Share, stable_revision: &str) -> Split {
        let epoch = self.next_epoch();
        let service = self.policy.service();
        let before = self.state.split();
        let existing = before.is_some_and(|split| split.baseline.is_some());
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
            header_routes: before.map(|split| split.header_routes.clone()).unwrap_or_default(),
            mirror_routes: before.map(|split| split.mirror_routes.clone()).unwrap_or_default(),
            breaker: self.breaker(epoch),
        }
    }

    /// The stage for a release that waits for somebody.
    fn pause(&self, at: AtStep, reason: String, mut events: Vec<Event>) -> Transition {
        events.push(Event::Paused(reason.clone()));
        self.to(Stage::Paused { at, reason }, events)
    }
}

/// Whether a decision ends a release.
fn fails(decision: Decision) -> bool {
    match decision {
        Decision::Fail => true,
        Decision::Pass | Decision::Insufficient | Decision::NoData => false,
    }
}

/// A release is another one when its name or its image differs; a changed pod template alone does not start it again.
fn is_same(wanted: &Wanted, release: &Release) -> bool {
    wanted.name == release.name && wanted.revision.image == release.revision.image
}
