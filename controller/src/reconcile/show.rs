//! What a progress display needs to know about one Canary. Pure.

use weir_api::status::{Acknowledged, Phase};
use weir_api::{Canary, Timestamp};
use weir_rollout::{Stage, message};

use crate::catalog::Key;
use crate::history::Event;
use crate::reconcile::managed::Managed;
use crate::reconcile::subject::Subject;
use crate::view::{ReleaseView, Released, StepView, TrackView, Weights};

const EVENTS: usize = 50;

/// One Canary as it stands.
#[must_use]
pub(super) fn view(subject: &Subject, managed: &Managed, now: Timestamp) -> ReleaseView {
    let Managed { state, status, record, observed, verdict, problem, deployment: _ } = managed;
    let steps: Vec<String> = subject.policy.steps().iter().map(message::step).collect();
    let step = match &state.stage {
        Stage::Progressing(at) | Stage::Paused { at, .. } => Some(StepView {
            number: at.step.saturating_add(1),
            of: steps.len(),
            title: steps.get(at.step).cloned().unwrap_or_default(),
        }),
        Stage::Idle
        | Stage::Starting { .. }
        | Stage::Promoting { .. }
        | Stage::Draining { .. }
        | Stage::Promoted(_)
        | Stage::Aborted(_) => None,
    };
    let totals = record.evidence.as_ref().map(|evidence| &evidence.totals);
    let message = observed.as_ref().map_or_else(
        || status.message.clone(),
        |observed| message::describe(&subject.policy, state, observed, verdict, now),
    );
    ReleaseView {
        namespace: subject.key.namespace.clone(),
        name: subject.key.name.clone(),
        service: subject.policy.service().to_owned(),
        phase: status.phase,
        release: Released::of(status, totals),
        stable_image: Some(state.stable.revision.image.clone()),
        step,
        steps,
        weights: Weights::of(status),
        epoch: status.epoch,
        acknowledged: status
            .acknowledged
            .unwrap_or(none_of(observed.as_ref().map_or(0, |o| o.acknowledged.of))),
        tracks: totals.map(TrackView::all).unwrap_or_default(),
        verdict: totals.is_some().then(|| verdict.clone()),
        message,
        events: last_events(&record.history.events),
        report: status.report.clone(),
        problems: problem.iter().cloned().collect(),
        at: now,
    }
}

/// A Canary that cannot be followed.
#[must_use]
pub(super) fn broken(
    key: &Key,
    canary: &Canary,
    managed: Option<&Managed>,
    problem: &str,
    now: Timestamp,
) -> ReleaseView {
    let status = managed.map(|managed| managed.status.clone()).unwrap_or_default();
    ReleaseView {
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        service: canary.spec.service.clone(),
        phase: managed.map_or(Phase::Idle, |managed| managed.status.phase),
        release: Released::of(&status, None),
        stable_image: status.stable.as_ref().map(|stable| stable.image.clone()),
        step: None,
        steps: Vec::new(),
        weights: Weights::of(&status),
        epoch: status.epoch,
        acknowledged: status.acknowledged.unwrap_or(none_of(0)),
        tracks: Vec::new(),
        verdict: None,
        message: format!("cannot be followed: {problem}"),
        events: managed.map(|managed| last_events(&managed.record.history.events)).unwrap_or_default(),
        report: status.report.clone(),
        problems: vec![problem.to_owned()],
        at: now,
    }
}

fn none_of(of: u32) -> Acknowledged {
    Acknowledged { proxies: 0, of }
}

fn last_events(events: &[Event]) -> Vec<Event> {
    events.iter().skip(events.len().saturating_sub(EVENTS)).cloned().collect()
}
