//! What a progress display needs to know about one Canary. Pure.

use weir_api::status::Acknowledged;
use weir_api::{Canary, CanaryStatus, Timestamp};
use weir_rollout::message;

use crate::catalog::Key;
use crate::history::Event;
use crate::outlook::OutlookView;
use crate::reconcile::managed::Managed;
use crate::reconcile::subject::Subject;
use crate::view::{ReleaseView, Released, StepView, TrackView, Weights};

const EVENTS: usize = 50;

/// One Canary as it stands.
pub(super) fn view(subject: &Subject, managed: &Managed, now: Timestamp) -> ReleaseView {
    let Managed { state, status, record, observed, verdict, problem, .. } = managed;
    let steps: Vec<String> = subject.policy.steps().iter().map(message::step).collect();
    let step = state.stage.at_step().map(|at| StepView {
        number: at.step.saturating_add(1),
        of: steps.len(),
        title: steps.get(at.step).cloned().unwrap_or_default(),
    });
    let totals = record.evidence.as_ref().map(|evidence| &evidence.totals);
    let message = observed.as_ref().map_or_else(
        || status.message.clone(),
        |observed| message::describe(&subject.policy, state, observed, verdict, now),
    );
    ReleaseView {
        release: Released::of(status, totals),
        stable_image: Some(state.stable.revision.image.clone()),
        step,
        steps,
        acknowledged: status
            .acknowledged
            .unwrap_or(none_of(observed.as_ref().map_or(0, |o| o.acknowledged.of))),
        tracks: totals.map(TrackView::all).unwrap_or_default(),
        copies: totals.map(TrackView::copies).unwrap_or_default(),
        verdict: totals.is_some().then(|| verdict.clone()),
        message,
        outlook: OutlookView::new(&subject.spec, &subject.policy, state),
        events: last_events(&record.history.events),
        problems: problem.iter().cloned().collect(),
        ..stored(&subject.key, subject.policy.service(), status, now)
    }
}

/// A Canary that cannot be followed.
pub(super) fn broken(
    key: &Key,
    canary: &Canary,
    managed: Option<&Managed>,
    problem: &str,
    now: Timestamp,
) -> ReleaseView {
    let status = managed.map(|managed| managed.status.clone()).unwrap_or_default();
    ReleaseView {
        message: format!("cannot be followed: {problem}"),
        events: managed.map(|managed| last_events(&managed.record.history.events)).unwrap_or_default(),
        problems: vec![problem.to_owned()],
        ..stored(key, &canary.spec.service, &status, now)
    }
}

/// What its status alone says.
fn stored(key: &Key, service: &str, status: &CanaryStatus, now: Timestamp) -> ReleaseView {
    ReleaseView {
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        service: service.to_owned(),
        phase: status.phase,
        release: Released::of(status, None),
        stable_image: status.stable.as_ref().map(|stable| stable.image.clone()),
        step: None,
        steps: Vec::new(),
        weights: Weights::of(status),
        epoch: status.epoch,
        acknowledged: status.acknowledged.unwrap_or(none_of(0)),
        tracks: Vec::new(),
        copies: Vec::new(),
        verdict: None,
        message: String::new(),
        outlook: OutlookView::default(),
        previous_image: status.previous.as_ref().map(|previous| previous.image.clone()),
        history: status.history.clone(),
        events: Vec::new(),
        report: status.report.clone(),
        problems: Vec::new(),
        at: now,
    }
}

fn none_of(of: u32) -> Acknowledged {
    Acknowledged { proxies: 0, of }
}

fn last_events(events: &[Event]) -> Vec<Event> {
    events.iter().skip(events.len().saturating_sub(EVENTS)).cloned().collect()
}
