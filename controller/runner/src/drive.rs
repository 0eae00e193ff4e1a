//! One run: what happens to it, what the engine makes of that, stored, and done.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use weir_pipeline::event::{Command, Event, News, Report};
use weir_pipeline::{Action, Key, Plan, Refusal, Run, advance};
use weir_stages::{Freeze, Work};

use crate::expected;
use crate::notices::Notices;
use crate::perform::{Job, holds, is_computed};
use crate::runner::Shared;
use crate::store::About;

/// Messages that wait for a run; whoever sends more waits.
const WAITING: usize = 64;
/// Looks in a row of which nothing is stored: so much may be computed once more by whoever comes after a kill.
const AHEAD: u32 = 64;
/// How long until a run that could not be stored is tried again.
const STORED_AGAIN: Duration = Duration::from_secs(1);

/// What a run is told.
#[derive(Debug)]
pub(crate) enum Told {
    Event(Event),
    /// With the answer.
    Asked(Command, oneshot::Sender<Result<(), Refusal>>),
}

/// A run that is looked after.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) about: Arc<About>,
    pub(crate) told: mpsc::Sender<Told>,
    /// As it was stored last.
    pub(crate) run: watch::Receiver<Arc<Run>>,
}

/// Looks after a run until it is over or the program ends.
pub(crate) fn begin(shared: &Arc<Shared>, about: Arc<About>, plan: Plan<Work>, run: Run) -> Live {
    let (told, heard) = mpsc::channel(WAITING);
    let run = Arc::new(run);
    let (shown, watched) = watch::channel(Arc::clone(&run));
    let live = Live { about: Arc::clone(&about), told: told.clone(), run: watched };
    let drive = Drive {
        shared: Arc::clone(shared),
        notices: Notices::of(shared, &about, &run.id),
        about,
        plan: Arc::new(plan),
        run,
        ahead: 0,
        freezes: shared.options.freezes.watch(),
        told,
        heard,
        shown,
        doing: HashMap::new(),
    };
    shared.tasks.spawn(drive.until_over());
    live
}

struct Drive {
    shared: Arc<Shared>,
    about: Arc<About>,
    plan: Arc<Plan<Work>>,
    run: Arc<Run>,
    /// Looks since it was stored.
    ahead: u32,
    /// Hears when there are others.
    freezes: watch::Receiver<Vec<Freeze>>,
    told: mpsc::Sender<Told>,
    heard: mpsc::Receiver<Told>,
    /// The run as it is stored.
    shown: watch::Sender<Arc<Run>>,
    /// Attempts that somebody here is at, and how each is told to end.
    doing: HashMap<Key, CancellationToken>,
    notices: Notices,
}

impl Drive {
    async fn until_over(mut self) {
        // What was on its way when the program ended goes on.
        for key in self.run.in_flight().collect::<Vec<_>>() {
            self.start(key);
        }
        let mut events = Vec::new();
        let mut answers = Vec::new();
        loop {
            let mut evaluated = self.look(&events, &mut answers).await;
            events.clear();
            if !evaluated.is_empty() {
                events.append(&mut evaluated);
                continue;
            }
            if self.run.status.is_complete() && self.heard.is_empty() {
                break;
            }
            let stop = self.shared.stop.clone();
            let told = tokio::select! {
                told = self.heard.recv() => told,
                () = self.shared.options.clock.sleep_until(self.run.next_wake()) => None,
                // Those that have come may hold it, and those that are gone no longer do.
                Ok(()) = self.freezes.changed() => None,
                () = stop.cancelled() => return,
            };
            match told {
                Some(Told::Event(event)) => events.push(event),
                Some(Told::Asked(command, answer)) => {
                    events.push(Event::Command(command));
                    answers.push(answer);
                }
                None => {}
            }
        }
        let (shared, about) = (Arc::clone(&self.shared), Arc::clone(&self.about));
        let id = self.run.id.clone();
        drop(self);
        shared.is_over(&about.pipeline, &id).await;
    }

    /// One look: what became of the run is stored, answered, shown and done, in this order. What only computes is done at once, and comes
    /// back as events; where nothing else is to be done the run is stored with what comes of it, as nobody has seen anything of it before.
    async fn look(
        &mut self,
        events: &[Event],
        answers: &mut Vec<oneshot::Sender<Result<(), Refusal>>>,
    ) -> Vec<Event> {
        let now = self.shared.now();
        let holds = self.shared.options.freezes.hold(&self.about.pipeline, now);
        let graph = self.plan.graph();
        let transition = advance(graph, &self.run, events, &holds, now);
        let store = &self.shared.store;
        let transition = expected::with_artifacts(store, &self.about, graph, &self.run, transition);
        if transition.run != *self.run {
            self.run = Arc::new(transition.run);
            self.ahead += 1;
        }
        let (computed, done): (Vec<_>, Vec<_>) =
            transition.actions.into_iter().partition(|action| self.is_computed(action));
        if computed.is_empty() || !done.is_empty() || !answers.is_empty() || self.ahead > AHEAD {
            self.store().await;
            self.notices.record(&self.shared, self.about.seen(&self.plan, &self.run), self.shared.now());
            let mut refused = transition.refused.into_iter();
            for answer in answers.drain(..) {
                // One command at a time is looked at, so a refusal is about it. Who asked may be gone.
                let _gone = answer.send(refused.next().map_or(Ok(()), Err));
            }
        } else {
            // Others have their turn.
            tokio::task::yield_now().await;
        }
        self.forget();
        for action in done {
            match action {
                Action::Start(key) => self.start(key),
                Action::Stop(key) => self.stop(key),
                Action::Evaluate { .. } => {}
            }
        }
        computed.into_iter().filter_map(|action| self.compute(action)).collect()
    }

    /// Stores what became of the run since the last time, and shows it.
    async fn store(&mut self) {
        if Arc::ptr_eq(&self.shown.borrow(), &self.run) {
            return;
        }
        while let Err(error) = self.shared.store.save(&self.run) {
            tracing::error!(run = %self.run.id, %error, "the run cannot be stored and waits");
            tokio::time::sleep(STORED_AGAIN).await;
        }
        self.ahead = 0;
        self.shown.send_replace(Arc::clone(&self.run));
    }

    /// Whether an action touches nothing.
    fn is_computed(&self, action: &Action) -> bool {
        match action {
            Action::Start(key) => {
                !self.doing.contains_key(key) && self.plan.work(&key.stage).is_some_and(is_computed)
            }
            Action::Evaluate { .. } => true,
            Action::Stop(_) => false,
        }
    }

    fn compute(&self, action: Action) -> Option<Event> {
        match action {
            Action::Start(key) => Some(self.job(key, CancellationToken::new()).compute()),
            Action::Evaluate { key, condition } => Some(self.evaluate(key, &condition)),
            Action::Stop(_) => None,
        }
    }

    /// Forgets attempts that are over. Who only waits for somebody's word about one need not wait any longer.
    fn forget(&mut self) {
        let in_flight: std::collections::HashSet<Key> = self.run.in_flight().collect();
        self.doing.retain(|key, cancel| {
            let goes_on = in_flight.contains(key);
            if !goes_on {
                cancel.cancel();
            }
            goes_on
        });
    }

    fn start(&mut self, key: Key) {
        if !self.doing.contains_key(&key) {
            self.perform(key, CancellationToken::new());
        }
    }

    /// Tells an attempt to end; one that nobody here is at is done by somebody who knows from the beginning that it is to end.
    fn stop(&mut self, key: Key) {
        let cancel = self.doing.get(&key).cloned().unwrap_or_default();
        cancel.cancel();
        if !self.doing.contains_key(&key) {
            self.perform(key, cancel);
        }
    }

    fn job(&self, key: Key, cancel: CancellationToken) -> Job {
        Job {
            shared: Arc::clone(&self.shared),
            about: Arc::clone(&self.about),
            plan: Arc::clone(&self.plan),
            run: Arc::clone(&self.run),
            key,
            cancel,
            told: self.told.clone(),
        }
    }

    fn perform(&mut self, key: Key, cancel: CancellationToken) {
        self.doing.insert(key.clone(), cancel.clone());
        let job = self.job(key, cancel);
        let stop = self.shared.stop.clone();
        self.shared.tasks.spawn(async move {
            // What was begun lives on, and is found by the next program.
            let _ends = stop.run_until_cancelled(job.perform()).await;
        });
    }

    fn evaluate(&self, key: Key, condition: &str) -> Event {
        let answer = holds(self.about.seen(&self.plan, &self.run), &key.stage, condition, self.shared.now());
        Event::Report(Report { stage: key.stage, attempt: key.attempt, news: News::Evaluated(answer) })
    }
}
