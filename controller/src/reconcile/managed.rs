//! One Canary in the controller's memory, and the step from what was seen to what is stored.
//!
//! Invariants: what proxies and pods do follows what is stored, so a state is in force only once it is stored; nothing but an abort goes on without,
//! and an abort that cannot be stored takes the stored weights away instead.

use serde::{Deserialize, Serialize};
use weir_api::status::{Acknowledged, Phase};
use weir_api::{CanaryStatus, Timestamp};
use weir_judge::{Sequential, Verdict};
use weir_rollout::{Event, Observed, State, Transition, message};

use crate::catalog::Key;
use crate::ends::Store;
use crate::evidence::Evidence;
use crate::history::History;
use crate::reconcile::subject::Subject;
use crate::report::{self, Report};

/// One Canary in the controller's memory.
#[derive(Debug)]
pub struct Managed {
    /// The Deployment that is released.
    pub deployment: Key,
    /// Where the release stands.
    pub state: State,
    /// The status as it was stored last.
    pub status: CanaryStatus,
    /// What is known about the release.
    pub record: Record,
    /// What the last look saw.
    pub observed: Option<Observed>,
    /// The judge's last answer.
    pub verdict: Verdict,
    /// What keeps the controller from doing its work here.
    pub problem: Option<String>,
}

/// What is known about one release; part of the checkpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// When the release began that this is about; `None` before the first one.
    pub release: Option<Timestamp>,
    /// The judge's evidence and the totals; `None` before the first release.
    pub evidence: Option<Evidence>,
    /// What happened.
    pub history: History,
    /// Image that production ran before the release.
    pub image_before: Option<String>,
}

impl Record {
    /// Nothing is known yet about the release that `state` is in.
    fn begin(state: &State, subject: &Subject) -> Self {
        let release = began(state);
        Self {
            release,
            evidence: release.map(|_| Evidence::new(subject.policy.criteria())),
            history: History::default(),
            image_before: release.map(|_| state.stable.revision.image.clone()),
        }
    }

    /// This record where it is about the release that `state` is in. A controller that was killed between a release's first state and the
    /// checkpoint after it left a record of the release before, whose evidence says nothing about this one.
    fn or_begin(self, state: &State, subject: &Subject) -> Self {
        if self.release == began(state) { self } else { Self::begin(state, subject) }
    }
}

/// When the release that `state` is in began.
fn began(state: &State) -> Option<Timestamp> {
    state.release().map(|release| release.started_at)
}

impl Managed {
    /// A Canary that nothing has been looked at yet.
    #[must_use]
    pub fn new(state: State, status: CanaryStatus, record: Record, subject: &Subject) -> Self {
        let record = record.or_begin(&state, subject);
        let verdict = record.evidence.as_ref().map_or_else(|| no_verdict(subject), Evidence::verdict);
        let deployment = subject.deployment.clone();
        Self { deployment, state, status, record, observed: None, verdict, problem: None }
    }

    /// Puts a transition in force: stores it first. Says what happened.
    pub fn follow<S: Store>(
        &mut self,
        subject: &Subject,
        transition: Transition,
        observed: Observed,
        store: &mut S,
        now: Timestamp,
    ) -> Vec<Event> {
        let Transition { state, events } = transition;
        let status = self.status_of(subject, &state, &observed);
        let stored = store.write_status(&subject.key, &status);
        self.observed = Some(observed);
        let failure = stored.err().map(|error| error.to_string());
        if let Some(failure) = failure {
            tracing::error!(canary = %subject.key, error = %failure, "the status cannot be stored");
            return self.without_storing(subject, state, events, &failure, store, now);
        }
        self.problem = None;
        if began(&state).is_some() && began(&state) != self.record.release {
            self.record = Record::begin(&state, subject);
            self.verdict = no_verdict(subject);
        }
        (self.state, self.status) = (state, status);
        self.tell(subject, &events, now);
        events
    }

    fn without_storing<S: Store>(
        &mut self,
        subject: &Subject,
        state: State,
        events: Vec<Event>,
        failure: &str,
        store: &mut S,
        now: Timestamp,
    ) -> Vec<Event> {
        let aborts = matches!(state.stage.phase(), Phase::Draining | Phase::Aborted)
            && state.stable == self.state.stable;
        if !aborts {
            self.problem = Some(format!("{failure}; the release stays where it is until this is mended"));
            return Vec::new();
        }
        self.problem = Some(match store.withdraw_status(&subject.key) {
            Ok(()) => {
                format!("{failure}; the stored weights were removed instead, so stable serves everything")
            }
            Err(error) => {
                format!("{failure}; {error}; proxies keep the last stored weights until this is mended")
            }
        });
        self.state = state;
        self.tell(subject, &events, now);
        events
    }

    fn tell(&mut self, subject: &Subject, events: &[Event], now: Timestamp) {
        for event in events {
            tracing::info!(canary = %subject.key, kind = event.as_str(), "{event}");
            self.record.history.tell(now, event.as_str(), event.to_string());
        }
    }

    /// Stores the report of the release, if there is one. A report that cannot be stored stops nothing.
    pub fn report<S: Store>(&mut self, subject: &Subject, store: &mut S) {
        let Some(evidence) = &self.record.evidence else { return };
        let before = self.record.image_before.as_deref();
        let known = (evidence, &self.record.history);
        let Some(report) = Report::new(&subject.key, &subject.spec, &self.status, before, known) else {
            return;
        };
        match store.write_report(&report::name(&subject.key, &report.release), &report) {
            Ok(place) => self.status.report = Some(place),
            Err(error) => {
                tracing::error!(canary = %subject.key, %error, "the report cannot be stored");
                self.problem.get_or_insert_with(|| error.to_string());
            }
        }
    }

    fn status_of(&self, subject: &Subject, state: &State, observed: &Observed) -> CanaryStatus {
        let mut status = weir_rollout::status::write(state, &self.status);
        // An acknowledgement of the epoch before says nothing about this one.
        let seen = Acknowledged { proxies: 0, of: observed.acknowledged.of };
        let current = if state.epoch == self.state.epoch { observed.acknowledged } else { seen };
        status.acknowledged = state.split().map(|_| current);
        status.message = message::headline(&subject.policy, state);
        status.observed_generation = subject.generation;
        if state.release().map(|release| &release.name) != self.state.release().map(|release| &release.name) {
            status.report = None;
        }
        status
    }
}

/// The judge's answer where nothing is known.
#[must_use]
pub(super) fn no_verdict(subject: &Subject) -> Verdict {
    Sequential::without_intervals(subject.policy.criteria().clone(), Vec::new()).verdict()
}
