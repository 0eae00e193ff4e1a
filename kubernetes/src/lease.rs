//! Which of several processes acts: the holder of a Lease, as client-go's leader election has it.
//!
//! The clocks of others are not trusted: a lease that has not been seen to change for its whole duration, by this process's own clock, is free. Writes carry
//! the version that was read, so that of two takers one fails. A holder that cannot renew stops before another one can take over; one that ends gives it up.
//! The holder writes every few seconds; the others watch, and ask for nothing.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use k8s_openapi::api::coordination::v1::Lease as Object;
use kube::api::{PostParams, WatchEvent, WatchParams};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use self::view::{Step, View};

mod view;

/// One request to the API server.
const PATIENCE: Duration = Duration::from_secs(4);
/// After one that failed.
const PAUSE: Duration = Duration::from_secs(2);
/// Seconds after which the API server ends a watch, as those of other clients.
const WATCH_SECONDS: u32 = 290;
/// Attempts to give it up, of which each fails when it was written meanwhile.
const RELEASES: usize = 3;

/// The lease, as one process takes part in it.
pub struct Lease {
    api: Api<Object>,
    name: &'static str,
    view: View,
    standing: watch::Sender<Standing>,
}

/// How a process stands to the lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Standing {
    /// It has it until then.
    until: Option<Instant>,
    /// When it was taken, by whoever has it.
    term: Option<String>,
    /// Who has it.
    holder: Option<String>,
}

/// Whether this process holds the lease.
#[derive(Clone, Debug)]
pub struct Held(watch::Receiver<Standing>);

impl Held {
    /// Whether it does at this moment.
    #[must_use]
    pub fn now(&self) -> bool {
        self.0.borrow().until.is_some_and(|until| Instant::now() < until)
    }

    /// The name of the present term: another one for each time that the lease was taken, and the same for all of its renewals.
    #[must_use]
    pub fn term(&self) -> Option<String> {
        self.0.borrow().term.clone()
    }

    /// Who holds it, as far as this process knows.
    #[must_use]
    pub fn holder(&self) -> Option<String> {
        self.0.borrow().holder.clone()
    }

    /// Waits until it is held, or no longer: what was seen of it so far is known. Without end where nobody follows the lease any more.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Lease {
    /// The lease of this name, in the client's namespace. `identity`: what this process, and no other one, is called.
    #[must_use]
    pub fn new(client: Client, name: &'static str, identity: String) -> Self {
        let (standing, _) = watch::channel(Standing::default());
        Self { api: Api::default_namespaced(client), name, view: View::new(identity), standing }
    }

    /// Tells whether this process has it, from now on.
    #[must_use]
    pub fn held(&self) -> Held {
        Held(self.standing.subscribe())
    }

    /// Takes it when it is free, and renews it, without end.
    pub async fn follow(&mut self) {
        loop {
            match self.view.next(Instant::now()) {
                Step::Rest(until) => sleep_until(until).await,
                Step::Watch(_) => self.watch().await,
                step @ (Step::Read | Step::Create(_) | Step::Replace(_)) => {
                    if !self.perform(step).await {
                        sleep(PAUSE).await;
                    }
                }
            }
        }
    }

    /// Reads or writes; whether that went through.
    async fn perform(&mut self, step: Step) -> bool {
        let begun = Instant::now();
        let parameters = PostParams::default();
        let done = timeout(PATIENCE, async {
            match step {
                Step::Create(mut object) => {
                    object.metadata.name = Some(self.name.to_owned());
                    self.view.wrote(self.api.create(&parameters, &object).await?, begun);
                }
                Step::Replace(object) => {
                    self.view.wrote(self.api.replace(self.name, &parameters, &object).await?, begun);
                }
                Step::Read | Step::Rest(_) | Step::Watch(_) => {
                    self.view.see(self.api.get_opt(self.name).await?, begun);
                }
            }
            Ok(())
        })
        .await;
        let done = self.told(done);
        self.tell();
        done
    }

    /// What becomes of a lease that is another one's, until there is something to do.
    async fn watch(&mut self) {
        let only =
            WatchParams::default().fields(&format!("metadata.name={}", self.name)).timeout(WATCH_SECONDS);
        // From 0 it begins with what there is.
        let watching = timeout(PATIENCE, self.api.watch(&only, "0")).await;
        let events = match watching {
            Ok(Ok(events)) => events,
            Ok(Err(error)) => return self.lost(Ok(Err(error))).await,
            Err(late) => return self.lost(Err(late)).await,
        };
        let mut events = pin!(events);
        while let Step::Watch(until) = self.view.next(Instant::now()) {
            // Out of time, nobody has renewed it, or nothing comes through: who takes it finds out.
            let Ok(event) = timeout_at(until, events.next()).await else { continue };
            let object = match event {
                Some(Ok(WatchEvent::Added(object) | WatchEvent::Modified(object))) => Some(object),
                Some(Ok(WatchEvent::Deleted(_))) => None,
                Some(Ok(WatchEvent::Bookmark(_))) => continue,
                Some(Ok(WatchEvent::Error(status))) => {
                    return self.lost(Ok(Err(kube::Error::Api(status)))).await;
                }
                Some(Err(error)) => return self.lost(Ok(Err(error))).await,
                // It lasts as long as the API server lets it.
                None => return,
            };
            self.view.see(object, Instant::now());
            self.tell();
        }
    }

    /// A watch did not begin, or has broken off: then it is read.
    async fn lost(&mut self, result: Result<kube::Result<()>, tokio::time::error::Elapsed>) {
        self.told(result);
        sleep(PAUSE).await;
        self.view.forget();
    }

    /// Gives it up, so that another process need not wait until it has run out. Whether this one had it.
    pub async fn release(&mut self) -> bool {
        for _ in 0..RELEASES {
            if !self.perform(Step::Read).await {
                return false;
            }
            let Some(released) = self.view.released() else { return false };
            if self.perform(Step::Replace(released)).await {
                return true;
            }
        }
        false
    }

    /// Whether another process takes it within this time.
    pub async fn is_taken_within(&mut self, time: Duration) -> bool {
        let end = Instant::now() + time;
        while Instant::now() < end {
            if self.perform(Step::Read).await && self.view.is_taken() {
                return true;
            }
            sleep(PAUSE / 2).await;
        }
        false
    }

    /// Takes it once more, unless somebody has it.
    pub async fn take(&mut self) -> bool {
        self.perform(Step::Read).await
            && match self.view.next(Instant::now()) {
                step @ (Step::Create(_) | Step::Replace(_)) => self.perform(step).await,
                Step::Read | Step::Rest(_) | Step::Watch(_) => false,
            }
    }

    /// Says what went wrong; whether nothing did.
    fn told(&mut self, result: Result<kube::Result<()>, tokio::time::error::Elapsed>) -> bool {
        match result {
            Ok(Ok(())) => return true,
            // Another one was faster: the next look says who.
            Ok(Err(kube::Error::Api(status))) if status.code == 409 => self.view.forget(),
            Ok(Err(error)) => {
                tracing::warn!(error = %crate::words(&error), "the lease {} cannot be read or written", self.name);
            }
            Err(_) => tracing::warn!("the API server does not answer about the lease {}", self.name),
        }
        false
    }

    fn tell(&self) {
        let until = self.view.held_until().filter(|until| Instant::now() < *until);
        let (holder, term) = (self.view.holder(), self.view.term());
        let now = Standing { until, term, holder };
        let is_held = now.until.is_some();
        self.standing.send_if_modified(|standing| {
            let before = std::mem::replace(standing, now);
            if before.until.is_some() != is_held {
                tracing::info!(held = is_held, "the lease {}", self.name);
            }
            before != *standing
        });
    }
}
