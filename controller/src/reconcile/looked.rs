//! What one look gives, and when the next one comes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use weir_api::Timestamp;
use weir_api::status::Phase;
use weir_rollout::{Answer, Event};

use super::managed::Managed;
use super::notices::Notice;
use super::{Controller, Subject, show};
use crate::catalog::Key;
use crate::ends::{Store, Workloads};
use crate::flags::Board;
use crate::notifiers::Message;
use crate::scores::Ask;
use crate::view::ReleaseView;

/// After a change of the weights, looks come fast for this long.
const HURRY: Duration = Duration::from_secs(5);

/// Between two looks while nothing is released: what stable served is counted in steps of ten seconds.
const REST: Duration = Duration::from_secs(10);

/// What one look gives.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// Every Canary as it stands.
    pub views: BTreeMap<Key, ReleaseView>,
    /// What happened.
    pub events: Vec<(Key, Event)>,
    /// What those are told who gave a command.
    pub answers: BTreeMap<Key, Answer>,
    /// Windows of metrics that are to be judged.
    pub asks: Vec<Ask>,
    /// What is to be told elsewhere, until it is marked as told.
    pub messages: Vec<Message>,
    /// What happened, and what else is to be told at the objects.
    pub(crate) notices: Vec<Notice>,
    /// Whether something will change soon by itself, so that the next look should not wait.
    pub soon: bool,
    /// Whether nothing will change but by what is read, or asked for: then the next look may wait.
    pub rests: bool,
    /// When the last step of what is being released began; `None`: nothing is being released.
    pub measures: Option<Timestamp>,
    /// What keeps the controller from doing its work.
    pub problems: Vec<String>,
    /// The flags, with the weights of this moment.
    pub(crate) board: Arc<Board>,
    /// Whether something could not be stored, and is tried again by the next look.
    pub failed: bool,
}

impl Looked {
    /// Something could not be stored.
    pub(super) fn not_stored(&mut self, problem: String) {
        self.failed = true;
        self.problems.push(problem);
    }
}

impl<S: Store, W: Workloads> Controller<S, W> {
    /// Adds how every Canary stands, and when the next look is due.
    pub(super) fn conclude(&self, subjects: &BTreeMap<Key, Subject>, now: Timestamp, looked: &mut Looked) {
        for (key, subject) in subjects {
            if let Some(managed) = self.managed.get(key) {
                looked.views.insert(key.clone(), show::view(subject, managed, now));
            }
        }
        looked.soon = !self.workloads.is_settled()
            || self.managed.values().any(|managed| waits_for_proxies(managed, now));
        looked.measures = self.managed.values().filter_map(Managed::measures).max();
        looked.rests = looked.measures.is_none() && !looked.failed && self.workloads.rests();
    }
}

/// Whether a change of the weights is on its way to the proxies. A proxy that stays silent for longer is no reason to hurry.
fn waits_for_proxies(managed: &Managed, now: Timestamp) -> bool {
    let fresh = managed.status.since.is_some_and(|since| now.since(since) < HURRY);
    let missing = managed.status.acknowledged.is_some_and(|seen| seen.proxies < seen.of);
    let drains = managed.state.stage.phase() == Phase::Draining;
    fresh && (missing || drains)
}

/// How long the next look waits: an early one shows a change soon, and at rest there is none to be shown.
#[must_use]
pub fn pause(looked: &Looked, interval: Duration) -> Duration {
    if looked.soon {
        interval.min(Duration::from_millis(50))
    } else if looked.rests {
        interval.max(REST)
    } else {
        interval
    }
}
