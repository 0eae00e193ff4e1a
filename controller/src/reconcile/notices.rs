//! What happened to a Canary, for whoever tells people where they look: at its object. Pure.

use weir_api::Canary;
use weir_rollout::Event;

use super::Looked;
use crate::catalog::{Catalog, Key};

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
    fn new((key, canary): (&Key, &Canary), reason: &str, text: String, is_warning: bool) -> Self {
        let uid = canary.metadata.uid.clone();
        Self { canary: key.clone(), uid, reason: reason.to_owned(), text, is_warning }
    }

    /// It cannot be followed.
    pub(super) fn refused(canary: (&Key, &Canary), problem: &str) -> Self {
        Self::new(canary, "Refused", problem.to_owned(), true)
    }

    /// Something is wrong with one of its pods.
    pub(super) fn pod(canary: (&Key, &Canary), text: String, is_warning: bool) -> Self {
        Self::new(canary, "Pod", text, is_warning)
    }
}

/// Adds what happened to releases.
pub(super) fn add(looked: &mut Looked, catalog: &Catalog) {
    for (key, event) in &looked.events {
        let is_bad = matches!(event, Event::Aborting(_) | Event::Aborted(_) | Event::Unproven(_));
        // Whoever asked for what is ignored was told.
        let is_told = matches!(event, Event::Ignored(_));
        if let Some(canary) = catalog.canaries.get(key).filter(|_| !is_told) {
            looked.notices.push(Notice::new((key, canary), event.as_str(), event.to_string(), is_bad));
        }
    }
}
