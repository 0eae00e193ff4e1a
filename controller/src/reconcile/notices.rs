//! What happened to a Canary, for whoever tells people where they look: at its object. Pure.

use weir_api::Canary;
use weir_rollout::Event;

use super::{Controller, Looked};
use crate::catalog::{Catalog, Key};
use crate::ends::{PodEvent, Store, Workloads};

/// One thing that happened to a Canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) canary: Key,
    /// Which object it is, of those that have had the same name.
    pub(crate) uid: Option<String>,
    /// What happened, in one word.
    pub(crate) reason: String,
    /// The same for people.
    pub(crate) text: String,
    /// Whether it is bad news.
    pub(crate) is_warning: bool,
}

impl Notice {
    /// The tracks do not get what their weights say.
    pub(super) const MISMATCH: &str = "SampleRatioMismatch";

    /// Somebody elsewhere was not told of a release.
    pub(super) const NOT_TOLD: &str = "NotificationFailed";

    fn new((key, canary): (&Key, &Canary), reason: &str, text: String, is_warning: bool) -> Self {
        let uid = canary.metadata.uid.clone();
        Self { canary: key.clone(), uid, reason: reason.to_owned(), text, is_warning }
    }

    /// It cannot be followed.
    pub(super) fn refused(canary: (&Key, &Canary), problem: &str) -> Self {
        Self::new(canary, "Refused", problem.to_owned(), true)
    }

    /// The tracks do not get what their weights say.
    pub(super) fn mismatch(canary: (&Key, &Canary), text: String) -> Self {
        Self::new(canary, Self::MISMATCH, text, true)
    }

    /// Somebody elsewhere was not told of a release.
    pub(super) fn not_told(canary: (&Key, &Canary), text: String) -> Self {
        Self::new(canary, Self::NOT_TOLD, text, true)
    }

    /// Something is wrong with one of its pods.
    pub(super) fn pod(canary: (&Key, &Canary), text: String, is_warning: bool) -> Self {
        Self::new(canary, "Pod", text, is_warning)
    }
}

impl<S: Store, W: Workloads> Controller<S, W> {
    /// Adds what happened to releases and to their pods.
    pub(super) fn tell(&mut self, catalog: &Catalog, looked: &mut Looked) {
        add(looked, catalog);
        self.take_pod_events(catalog, looked);
    }

    fn take_pod_events(&mut self, catalog: &Catalog, looked: &mut Looked) {
        for event in self.workloads.take_events() {
            let PodEvent { deployment, at, text, is_warning } = event;
            if is_warning {
                tracing::warn!(deployment = %deployment, "{text}");
            } else {
                tracing::info!(deployment = %deployment, "{text}");
            }
            for (key, managed) in self.managed.iter_mut().filter(|(_, one)| one.deployment == deployment) {
                managed.record.history.tell(at, "Pod", text.clone());
                if let Some(canary) = catalog.canaries.get(key) {
                    looked.notices.push(Notice::pod((key, canary), text.clone(), is_warning));
                }
            }
        }
    }
}

/// Adds what happened to releases.
fn add(looked: &mut Looked, catalog: &Catalog) {
    for (key, event) in &looked.events {
        let is_bad = matches!(event, Event::Aborting(_) | Event::Aborted(_) | Event::Unproven(_));
        // Whoever asked for what is ignored was told.
        let is_told = matches!(event, Event::Ignored(_));
        if let Some(canary) = catalog.canaries.get(key).filter(|_| !is_told) {
            looked.notices.push(Notice::new((key, canary), event.as_str(), event.to_string(), is_bad));
        }
    }
}
