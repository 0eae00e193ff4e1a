//! What is due as messages: whom they are for, and what they say.

use jiff::Timestamp;
use weir_api::notification::{Notified, ReleaseMoment};
use weir_api::{Canary, CanaryStatus};
use weir_notify::{Event, Origin, Release, Subject};

use super::due::{self, Due};
use super::file::{Notifier, Notifiers};
use crate::catalog::Key;

/// A message that has still to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The Canary that it is about.
    pub canary: Key,
    /// Name of the notifier.
    pub to: String,
    /// What happened.
    pub event: Event,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The Canary that it was about.
    pub canary: Key,
    /// Who, what, and why not.
    pub notified: Notified,
}

/// What there is to tell of a Canary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Open {
    /// Messages that have still to be told.
    pub(crate) messages: Vec<Message>,
    /// Messages that nobody can be told, with the reason.
    pub(crate) impossible: Vec<Notified>,
    /// What is done of what is news still.
    pub(crate) done: Vec<Notified>,
}

/// What there is to tell of a Canary whose stored status this is.
pub(crate) fn due(
    (key, canary): (&Key, &Canary),
    status: &CanaryStatus,
    notifiers: &Notifiers,
    now: Timestamp,
) -> Open {
    let mut open = Open::default();
    let is_silent = canary.spec.notifications.is_empty() && notifiers.iter().all(|one| one.when.is_empty());
    if is_silent {
        return open;
    }
    let uid = canary.metadata.uid.clone().unwrap_or_else(|| format!("{}.{}", key.namespace, key.name));
    for due in due::of(status, now) {
        let id = format!("{uid}.{}", due.id());
        open.done.extend(status.notified.iter().filter(|one| one.id == id).cloned());
        for (to, found) in audience(canary, key, notifiers, due.what) {
            if status.notified.iter().any(|one| one.id == id && one.to == to) {
                continue;
            }
            match found {
                Ok(message) => {
                    let event = event(id.clone(), key, &due, message, notifiers.link.as_deref());
                    open.messages.push(Message { canary: key.clone(), to, event });
                }
                Err(why) => open.impossible.push(Notified { id: id.clone(), to, given_up: Some(why) }),
            }
        }
    }
    open
}

/// Who is told of this, each once, with the user's own words; or why he cannot be.
fn audience(
    canary: &Canary,
    key: &Key,
    notifiers: &Notifiers,
    what: ReleaseMoment,
) -> Vec<(String, Result<Option<String>, String>)> {
    let mut all: Vec<(String, Result<Option<String>, String>)> = Vec::new();
    // A Canary's own entry stands for what the notifier says of every one.
    let named = |name: &str| canary.spec.notifications.iter().any(|entry| entry.to == name);
    for entry in canary.spec.notifications.iter().filter(|entry| entry.when.contains(&what)) {
        if all.iter().any(|(to, _)| *to == entry.to) {
            continue;
        }
        let words = |one: &Notifier| entry.message.clone().or_else(|| one.message.clone());
        let found = match notifiers.get(&entry.to) {
            None => Err(format!("there is no notifier {:?}: {}", entry.to, known(notifiers))),
            Some(one) if !one.is_for(&key.namespace) => {
                Err(format!("notifier {:?} is not for namespace {}", entry.to, key.namespace))
            }
            Some(one) => Ok(words(one)),
        };
        all.push((entry.to.clone(), found));
    }
    let unasked = notifiers
        .iter()
        .filter(|one| one.when.contains(&what) && one.is_for(&key.namespace) && !named(&one.name));
    all.extend(unasked.map(|one| (one.name.clone(), Ok(one.message.clone()))));
    all
}

fn known(notifiers: &Notifiers) -> String {
    let names: Vec<&str> = notifiers.iter().map(|one| one.name.as_str()).collect();
    if names.is_empty() {
        "the controller knows none (--notifiers)".to_owned()
    } else {
        format!("there is {}", names.join(", "))
    }
}

fn event(id: String, key: &Key, due: &Due, message: Option<String>, link: Option<&str>) -> Event {
    let filled = |link: &str| {
        let fields = [("{namespace}", &key.namespace), ("{name}", &key.name), ("{release}", &due.release)];
        fields.iter().fold(link.to_owned(), |link, (field, value)| link.replace(field, value))
    };
    Event {
        id,
        at: due.at,
        what: due.happened(),
        subject: Subject::Release(Release {
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            version: due.image.clone(),
        }),
        reason: due.reason.clone(),
        failed: Vec::new(),
        origin: Origin::default(),
        began: Some(due.began),
        link: link.map(filled),
        message,
    }
}

#[cfg(test)]
mod tests;
