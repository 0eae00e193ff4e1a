//! Who is told of releases elsewhere: what is due goes out as values, and what became of it comes in as values. Its marks are part of the status.

use jiff::Timestamp;

use super::notices::Notice;
use super::{Controller, Inputs, Looked};
use crate::ends::{Store, Workloads};
use crate::notifiers::{Told, due};

impl<S: Store, W: Workloads> Controller<S, W> {
    /// Takes in what became of messages; this look stores it.
    pub(super) fn hear_told(&mut self, inputs: &Inputs<'_>, looked: &mut Looked) {
        for told in inputs.told {
            self.mark(told.clone(), inputs, looked);
        }
    }

    /// Adds what has still to be told of what is stored.
    pub(super) fn announce(&mut self, inputs: &Inputs<'_>, looked: &mut Looked) {
        let Ok(now) = Timestamp::from_microsecond(inputs.now.unix_micros()) else { return };
        let mut impossible = Vec::new();
        for (key, managed) in &mut self.managed {
            let Some(canary) = inputs.catalog.canaries.get(key) else { continue };
            let open = due((key, canary), &managed.status, inputs.notifiers, now);
            managed.status.notified = open.done;
            looked.messages.extend(open.messages);
            impossible
                .extend(open.impossible.into_iter().map(|notified| Told { canary: key.clone(), notified }));
        }
        for told in impossible {
            self.mark(told, inputs, looked);
        }
    }

    fn mark(&mut self, told: Told, inputs: &Inputs<'_>, looked: &mut Looked) {
        let Told { canary: key, notified } = told;
        let Some(managed) = self.managed.get_mut(&key) else { return };
        if let Some(why) = &notified.given_up {
            let text = format!("notifier {} is not told: {why}", notified.to);
            tracing::warn!(canary = %key, "{text}");
            managed.record.history.tell(inputs.now, Notice::NOT_TOLD, text.clone());
            if let Some(canary) = inputs.catalog.canaries.get(&key) {
                looked.notices.push(Notice::not_told((&key, canary), text));
            }
        }
        if !managed.status.notified.contains(&notified) {
            managed.status.notified.push(notified);
        }
    }
}
