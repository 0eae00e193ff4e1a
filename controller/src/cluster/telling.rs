//! Events at Canaries, beside the looks: one that is refused, or takes its time, delays nothing.
//!
//! Nothing depends on them: what cannot be told soon is left out.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::{Client, Resource};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use weir_api::Canary;
use weir_kubernetes::events::{Publisher, Said, is_terminating};
use weir_kubernetes::lease::Held;
use weir_kubernetes::{is_about_one, words};

use crate::catalog::Key;
use crate::reconcile::Notice;

/// What Events say they come from.
const CONTROLLER: &str = "weir.dev/weir-controller";
/// What is not told yet, at most; what is more is left out.
const QUEUE: usize = 256;
/// One request to the API server.
const PATIENCE: Duration = Duration::from_secs(4);
/// Before another attempt, where the API server could not be asked.
const PAUSE: Duration = Duration::from_secs(5);
/// So many at once, ...
const BURST: u32 = 50;
/// ... and then one in this time.
const EVERY: Duration = Duration::from_secs(20);

/// Begins to tell; ends with the sender.
pub(super) fn start(client: Client, identity: String, held: Held) -> mpsc::Sender<Notice> {
    let (to, notices) = mpsc::channel(QUEUE);
    let publisher = Publisher::new(client, CONTROLLER, "Release", identity);
    tokio::spawn(follow(publisher, held, notices));
    to
}

async fn follow(publisher: Publisher, held: Held, mut notices: mpsc::Receiver<Notice>) {
    let mut budget = Budget::default();
    let mut refused = false;
    while let Some(notice) = notices.recv().await {
        if !budget.allows(&notice.canary, Instant::now()) {
            continue;
        }
        let mut told = tell(&publisher, &held, &notice).await;
        if matches!(told, Told::Unanswered) {
            sleep(PAUSE).await;
            told = tell(&publisher, &held, &notice).await;
        }
        match told {
            Told::Refused(error) if !refused => {
                refused = true;
                tracing::warn!(canary = %notice.canary, %error, "an Event was refused; others are tried");
            }
            Told::Done => refused = false,
            Told::Refused(_) | Told::Unanswered => {}
        }
    }
}

enum Told {
    Done,
    Refused(String),
    Unanswered,
}

async fn tell(publisher: &Publisher, held: &Held, notice: &Notice) -> Told {
    // Whoever leads now tells what happens now.
    if !held.now() {
        return Told::Done;
    }
    let Notice { canary, uid, reason, text, is_warning } = notice;
    let regarding = ObjectReference {
        api_version: Some(Canary::api_version(&()).into_owned()),
        kind: Some(Canary::kind(&()).into_owned()),
        namespace: Some(canary.namespace.clone()),
        name: Some(canary.name.clone()),
        uid: uid.clone(),
        ..ObjectReference::default()
    };
    let said = Said { reason: reason.clone(), note: text.clone(), is_warning: *is_warning };
    match timeout(PATIENCE, publisher.publish(regarding, &said)).await {
        Ok(Ok(())) => Told::Done,
        Ok(Err(error)) if is_terminating(&error) => Told::Done,
        Ok(Err(error)) if is_about_one(&error) => Told::Refused(words(&error)),
        Ok(Err(_)) | Err(_) => Told::Unanswered,
    }
}

/// How many Events an object may get: a release needs a few dozen; one that flaps must not fill the API server. For each object: when what it has had would be used up, were it told evenly.
#[derive(Debug, Default)]
struct Budget(BTreeMap<Key, Instant>);

impl Budget {
    /// Whether one more may be told about this object, which is counted.
    fn allows(&mut self, object: &Key, now: Instant) -> bool {
        self.0.retain(|_, until| *until > now);
        let until = self.0.get(object).copied().unwrap_or(now) + EVERY;
        let allowed = until <= now + EVERY * BURST;
        if allowed {
            self.0.insert(object.clone(), until);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::{BURST, Budget, EVERY, Instant, Key};

    #[test]
    fn one_that_flaps_is_told_of_slowly_and_the_others_are_told_of_all_the_same() {
        let (mut budget, now) = (Budget::default(), Instant::now());
        let (one, other) = (Key::new("test", "one"), Key::new("test", "other"));
        let told = (0..1_000).filter(|_| budget.allows(&one, now)).count();
        assert_eq!(told, usize::try_from(BURST).unwrap());
        assert!(budget.allows(&other, now));
        assert!(budget.allows(&one, now + EVERY) && !budget.allows(&one, now + EVERY));
        budget.allows(&one, now + EVERY * BURST * 3);
        assert_eq!(budget.0.len(), 1, "what is forgiven is forgotten");
    }
}
