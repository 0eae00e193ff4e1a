//! One Canary in the controller's memory, and the step from what was seen to what is stored.
//!
//! Invariants: what proxies and pods do follows what is stored, so a state is in force only once it is stored; nothing but an abort goes on without,
//! and an abort that cannot be stored takes the stored weights away instead.

use serde::{Deserialize, Serialize};
use weir_api::command::LastCommand;
use weir_api::status::{Acknowledged, Phase};
use weir_api::{Canary, CanaryStatus, Timestamp};
use weir_judge::{Sequential, Verdict};
use weir_rollout::conditions::conditions;
use weir_rollout::{Event, Observed, State, Transition, message};

use crate::catalog::Key;
use crate::ends::Store;
use crate::evidence::Evidence;
use crate::history::History;
use crate::reconcile::figures::{Seen, figures};
use crate::reconcile::subject::Subject;
use crate::report::{self, Known, Report};
use crate::scores::Scores;

/// One Canary in the controller's memory.
#[derive(Debug)]
pub(crate) struct Managed {
    /// The Deployment that is released.
    pub(crate) deployment: Key,
    /// Where the release stands.
    pub(crate) state: State,
    /// The status as it was stored last.
    pub(crate) status: CanaryStatus,
    /// What is known about the release.
    pub(crate) record: Record,
    /// What the last look saw.
    pub(crate) observed: Option<Observed>,
    /// The judge's last answer.
    pub(crate) verdict: Verdict,
    /// What keeps the controller from doing its work here.
    pub(crate) problem: Option<String>,
    /// Which object it is, of those that have had the same name.
    pub(crate) uid: Option<String>,
    /// Proxies that do not answer, in words.
    pub(crate) silent: Option<String>,
    /// The evidence of before is not there any more, and nobody was told yet.
    has_lost_evidence: bool,
    /// Somebody else has stored a status since.
    pub(crate) is_overtaken: bool,
}

/// What is known about one release; part of the checkpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Record {
    /// When the release began that this is about; `None` before the first one.
    pub(crate) release: Option<Timestamp>,
    /// The judge's evidence and the totals; `None` before the first release.
    pub(crate) evidence: Option<Evidence>,
    /// What metrics of other programs say.
    pub(crate) scores: Scores,
    /// What happened.
    pub(crate) history: History,
    /// Image that production ran before the release.
    pub(crate) image_before: Option<String>,
}

impl Record {
    /// Nothing is known yet about the release that `state` is in.
    fn begin(state: &State, subject: &Subject) -> Self {
        let release = began(state);
        Self {
            release,
            evidence: release.map(|_| Evidence::new(subject.policy.criteria())),
            scores: Scores::default(),
            history: History::default(),
            image_before: release.map(|_| state.stable.revision.image.clone()),
        }
    }

    /// This record where it is about the release that `state` is in. A controller that was killed between a release's first state and the
    /// checkpoint after it left a record of the release before, whose evidence says nothing about this one.
    fn or_begin(self, state: &State, subject: &Subject) -> Self {
        if self.is_of(state) { self } else { Self::begin(state, subject) }
    }

    fn is_of(&self, state: &State) -> bool {
        self.release == began(state)
    }
}

/// For whoever wonders why a release takes longer.
const EVIDENCE_LOST: &str =
    "the controller was started without the evidence so far: the test begins anew, and the release goes on";

/// When the release that `state` is in began.
fn began(state: &State) -> Option<Timestamp> {
    state.release().map(|release| release.started_at)
}

impl Managed {
    /// A Canary that nothing has been looked at yet.
    pub(crate) fn new(
        state: State,
        status: CanaryStatus,
        record: Record,
        (subject, canary): (&Subject, &Canary),
    ) -> Self {
        let has_lost_evidence = state.stage.phase().is_going_on() && !record.is_of(&state);
        let record = record.or_begin(&state, subject);
        let verdict = record.evidence.as_ref().map_or_else(|| no_verdict(subject), Evidence::verdict);
        let deployment = subject.deployment.clone();
        let uid = canary.metadata.uid.clone();
        Self {
            deployment,
            state,
            status,
            record,
            observed: None,
            verdict,
            problem: None,
            uid,
            silent: None,
            has_lost_evidence,
            is_overtaken: false,
        }
    }

    /// When the step began that is being measured; `None` where nothing is being released.
    pub(super) fn measures(&self) -> Option<Timestamp> {
        self.status.since.filter(|_| self.state.stage.phase().is_going_on())
    }

    /// The evidence as it stands now becomes a point of the history.
    pub(super) fn remember(&mut self, now: Timestamp) {
        let Record { evidence: Some(evidence), history, .. } = &mut self.record else { return };
        if self.state.is_guarded() {
            history.point(now, self.state.canary_weight(), &evidence.totals, &self.verdict);
        }
    }

    /// Puts a transition in force: stores it first. Says what happened.
    pub(crate) async fn follow<S: Store>(
        &mut self,
        subject: &Subject,
        (transition, answered): (Transition, Option<LastCommand>),
        observed: Observed,
        store: &mut S,
        now: Timestamp,
    ) -> Vec<Event> {
        let Transition { state, events } = transition;
        let mut status = self.status_of(subject, &state, &observed, now);
        status.last_command = answered.or(status.last_command);
        let stored = store.write_status(&subject.key, &status).await;
        self.observed = Some(observed);
        if let Err(error) = stored {
            let failure = error.to_string();
            if S::is_overtaken(&error) {
                (self.is_overtaken, self.problem) = (true, Some(failure));
                return Vec::new();
            }
            return self.without_storing(subject, state, events, &failure, store, now).await;
        }
        self.problem = None;
        if began(&state).is_some() && began(&state) != self.record.release {
            self.record = Record::begin(&state, subject);
            self.verdict = no_verdict(subject);
        }
        (self.state, self.status) = (state, status);
        if std::mem::take(&mut self.has_lost_evidence) {
            tracing::warn!(canary = %subject.key, "{EVIDENCE_LOST}");
            self.record.history.tell(now, "EvidenceLost", EVIDENCE_LOST.to_owned());
        }
        self.tell(subject, &events, now);
        events
    }

    async fn without_storing<S: Store>(
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
        self.problem = Some(match store.withdraw_status(&subject.key).await {
            Ok(()) => {
                format!("{failure}; the stored weights were removed instead, so stable serves everything")
            }
            Err(error) => {
                self.is_overtaken = S::is_overtaken(&error);
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
    pub(crate) fn report<S: Store>(&mut self, subject: &Subject, store: &mut S) {
        let Some(evidence) = &self.record.evidence else { return };
        let before = self.record.image_before.as_deref();
        let Record { history, scores, .. } = &self.record;
        let known = Known { evidence, history, judged: scores.judged(), verdict: &self.verdict };
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

    fn status_of(
        &self,
        subject: &Subject,
        state: &State,
        observed: &Observed,
        now: Timestamp,
    ) -> CanaryStatus {
        let mut status = weir_rollout::status::write(state, &self.status);
        // An acknowledgement of the epoch before says nothing about this one.
        let seen = Acknowledged { proxies: 0, of: observed.acknowledged.of };
        let current = if state.epoch == self.state.epoch { observed.acknowledged } else { seen };
        status.acknowledged = state.split().map(|_| current);
        status.message = message::headline(&subject.policy, state);
        if let Some(silent) = self.silent.as_ref().filter(|_| state.split().is_some()) {
            status.message = format!("{}; {silent}", status.message);
        }
        status.observed_generation = subject.generation;
        if state.release().map(|release| &release.name) != self.state.release().map(|release| &release.name) {
            status.report = None;
            status.figures = None;
        }
        let is_changed = *state != self.state || status.acknowledged != self.status.acknowledged;
        let totals = self.record.evidence.as_ref().map(|evidence| &evidence.totals);
        let verdict = &self.verdict;
        let seen = Seen { policy: &subject.policy, state, observed, verdict, totals };
        status.figures = figures(status.figures.as_ref(), is_changed, &seen, now);
        status.conditions = conditions(&status, &self.status.conditions, now);
        status
    }
}

/// The judge's answer where nothing is known.
pub(super) fn no_verdict(subject: &Subject) -> Verdict {
    Sequential::without_intervals(subject.policy.criteria().clone(), Vec::new()).verdict()
}
