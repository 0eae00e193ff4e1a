//! Another feed's objects, and the addresses of the names that `ExternalName` Services stand for, as EndpointSlices: so that routing need not know of the DNS.
//!
//! Names are looked up by the system, beside everything else, again and again; the addresses that were found last stay in force while nothing is found.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use weir_routing::rejection::Place;

use self::names::{Change, Names};
use super::{Changed, Feed, Update};
use crate::config::ExternalArgs;
use crate::problems::Problem;

mod names;

/// Between two looks at a name.
const EVERY: Duration = Duration::from_secs(30);
/// After one that found nothing.
const AGAIN: Duration = Duration::from_secs(5);
/// One look.
const PATIENCE: Duration = Duration::from_secs(10);
/// Looks at a time.
const AT_A_TIME: usize = 8;
/// How long the first update waits for names.
const FIRST: Duration = Duration::from_secs(3);
/// Answers that may wait.
const QUEUE: usize = 64;

/// The answer about the name of a Service.
type Answer = (Arc<str>, Arc<str>, Result<Vec<IpAddr>, String>);

/// A feed with the addresses of names.
pub(crate) struct External<F> {
    inner: F,
    names: Names,
    options: ExternalArgs,
    tasks: JoinSet<()>,
    /// By key of the Service.
    lookups: BTreeMap<Arc<str>, AbortHandle>,
    limit: Arc<Semaphore>,
    to: mpsc::Sender<Answer>,
    answers: mpsc::Receiver<Answer>,
    /// What the inner feed found wrong.
    problems: Vec<Problem>,
    /// Everything was given once.
    given: bool,
}

impl<F: Feed> External<F> {
    pub(crate) fn over(inner: F, options: ExternalArgs) -> Self {
        let (to, answers) = mpsc::channel(QUEUE);
        Self {
            inner,
            names: Names::new(options),
            options,
            tasks: JoinSet::new(),
            lookups: BTreeMap::new(),
            limit: Arc::new(Semaphore::new(AT_A_TIME)),
            to,
            answers,
            problems: Vec::new(),
            given: false,
        }
    }

    /// Adds to an update what is known of names.
    async fn complete(&mut self, mut update: Update) -> Update {
        match &update {
            Update::Whole(observed) => {
                let services = &observed.objects.services;
                let services: BTreeMap<Arc<str>, _> = services
                    .iter()
                    .map(|service| (Place::new("Service", &service.metadata).key(), service))
                    .collect();
                for key in self.names.keys().into_iter().filter(|key| !services.contains_key(key)) {
                    self.service(&key, None);
                }
                for (key, service) in services {
                    self.service(&key, Some(service));
                }
            }
            Update::Changed(changed) => {
                for (key, service) in &changed.services {
                    self.service(key, service.as_ref());
                }
            }
        }
        let until = Instant::now() + FIRST;
        while !self.given && !self.names.are_looked_up() {
            let Ok(Some(answer)) = timeout_at(until, self.answers.recv()).await else { break };
            self.answer(answer);
        }
        self.given = true;
        let (slices, problems) = match &mut update {
            Update::Whole(observed) => (&mut observed.resolved, &mut observed.problems),
            Update::Changed(changed) => (&mut changed.endpoint_slices, &mut changed.problems),
        };
        slices.extend(self.names.news());
        self.problems.clone_from(problems);
        problems.extend(self.names.problems());
        update
    }

    fn service(&mut self, key: &Arc<str>, now: Option<&k8s_openapi::api::core::v1::Service>) {
        let before = match self.names.service(key, now) {
            Change::None => None,
            Change::Gone => self.lookups.remove(key),
            Change::LookUp(name) => {
                let lookup = follow(Arc::clone(key), name, Arc::clone(&self.limit), self.to.clone());
                self.lookups.insert(Arc::clone(key), self.tasks.spawn(lookup))
            }
        };
        if let Some(before) = before {
            before.abort();
        }
    }

    fn answer(&mut self, (key, name, answer): Answer) {
        self.names.answer(&key, &name, answer);
    }
}

impl<F: Feed> Feed for External<F> {
    async fn next(&mut self) -> Update {
        loop {
            // What was aborted is not kept.
            while self.tasks.try_join_next().is_some() {}
            let stale = self.names.problems().count();
            tokio::select! {
                update = self.inner.next() => return self.complete(update).await,
                Some(answer) = self.answers.recv() => self.answer(answer),
            }
            while let Ok(answer) = self.answers.try_recv() {
                self.answer(answer);
            }
            if self.given && (self.names.have_news() || self.names.problems().count() != stale) {
                let problems = self.problems.iter().cloned().chain(self.names.problems()).collect();
                let endpoint_slices = self.names.news();
                return Update::Changed(Box::new(Changed {
                    endpoint_slices,
                    problems,
                    ..Changed::default()
                }));
            }
        }
    }

    fn again(&mut self) {
        self.inner.again();
        self.tasks.abort_all();
        self.lookups.clear();
        self.names = Names::new(self.options);
        self.given = false;
    }
}

/// Looks a name up, without end.
async fn follow(key: Arc<str>, name: Arc<str>, limit: Arc<Semaphore>, to: mpsc::Sender<Answer>) {
    loop {
        let answer = {
            let _one_of_few = limit.acquire().await;
            look_up(&name).await
        };
        let pause = if answer.is_ok() { EVERY } else { AGAIN };
        if to.send((Arc::clone(&key), Arc::clone(&name), answer)).await.is_err() {
            return;
        }
        sleep(pause).await;
    }
}

async fn look_up(name: &str) -> Result<Vec<IpAddr>, String> {
    if let Ok(address) = name.parse() {
        return Ok(vec![address]);
    }
    // As Kubernetes has it, the name is a whole one: no search list is tried.
    let whole = if name.contains('.') && !name.ends_with('.') { format!("{name}.") } else { name.to_owned() };
    match timeout(PATIENCE, tokio::net::lookup_host((whole, 0))).await {
        Ok(Ok(addresses)) => match addresses.map(|address| address.ip()).collect::<Vec<_>>() {
            none if none.is_empty() => Err("it has no address".to_owned()),
            addresses => Ok(addresses),
        },
        Ok(Err(error)) => Err(format!("it cannot be looked up: {error}")),
        Err(_) => Err(format!("the DNS did not answer within {} s", PATIENCE.as_secs())),
    }
}
