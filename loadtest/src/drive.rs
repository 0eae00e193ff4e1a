//! Runs a plan and measures it.
//!
//! ```text
//! arrivals --due--> dispatch --> desk --> lane --> exchange (HTTP/1.1 connection or HTTP/2 stream)
//!   (pure)                        |         |
//!                      max in flight:       v
//!                      unsent            tally --every second--> collector --> Second, Report
//! ```
//!
//! Each worker is a thread with its own runtime, and a second one for its schedule, apart from the caller's, so that neither progress output nor what runs beside it in
//! a test delays the schedule. Workers share nothing but the count of a closed loop; their tallies add up.

use std::{collections::BTreeMap, future::pending, io, pin::pin, sync::Arc, time::SystemTime};

use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

mod cohorts;
mod connect;
mod deadline;
mod desk;
mod dispatch;
mod exchange;
mod http1;
mod http2;
mod lane;
mod lanes;
mod recipe;
mod stream;
mod trust;
mod worker;

pub use connect::ConnectError;

use self::{
    cohorts::Cohorts,
    connect::Destination,
    lane::Countdown,
    lanes::Slice,
    recipe::Recipe,
    worker::{Done, Message, Part, Worker},
};
use crate::{
    measure::Tally,
    plan::{Pace, Plan, PlanError},
    report::{Ending, Report, Second},
};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan cannot be run.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Not one connection could be made before the start.
    #[error("nothing was sent")]
    Unreachable(#[from] ConnectError),
    /// It was ended while it still connected.
    #[error("stopped before anything was sent")]
    Stopped,
    /// Threads, timers or file descriptors ran out.
    #[error("the load generator itself failed")]
    Machine(#[from] io::Error),
    /// A worker ended without a word, which is a defect.
    #[error("a worker of the load generator ended unexpectedly")]
    Worker,
}

/// Runs a plan to its end.
pub async fn run(plan: Plan) -> Result<Report, RunError> {
    let (_never, stop) = watch::channel(false);
    run_observed(plan, stop, |_| {}).await
}

/// Runs a plan until its end or until `stop` turns true, and hands over every second as it is measured.
///
/// A `stop` whose sender is gone means that nobody will end the run early. Dropping the future ends the run.
pub async fn run_observed(
    plan: Plan,
    stop: watch::Receiver<bool>,
    mut observe: impl FnMut(&Second),
) -> Result<Report, RunError> {
    let plan = Arc::new(plan);
    let mut crew = Crew::start(&plan)?;
    let mut asked = pin!(asked(stop));
    let started_at = tokio::select! {
        ready = crew.ready() => ready?,
        () = &mut asked => return Err(RunError::Stopped),
    };
    let mut collector = Collector::new(plan.workers.get());
    let mut stopped = false;
    while collector.done.len() < plan.workers.get() {
        let message = tokio::select! {
            message = crew.messages.recv() => message,
            () = &mut asked, if !stopped => {
                stopped = true;
                crew.stop.send_replace(true);
                continue;
            }
        };
        match message {
            Some(Message::Second(part)) => collector.add(&part).iter().for_each(&mut observe),
            Some(Message::Done(done)) => collector.done.push(*done),
            Some(Message::Failed(error)) => return Err(error.into()),
            Some(Message::Ready(_)) | None => return Err(RunError::Worker),
        }
    }
    let (last, ending) = collector.finish();
    last.iter().for_each(&mut observe);
    Ok(Report::new(&plan, &collector.total, &ending, started_at))
}

async fn asked(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        pending::<()>().await;
    }
}

/// The threads of a run. They end early when this is dropped.
struct Crew {
    messages: mpsc::UnboundedReceiver<Message>,
    start: watch::Sender<Option<Instant>>,
    stop: watch::Sender<bool>,
    workers: usize,
}

impl Crew {
    fn start(plan: &Arc<Plan>) -> Result<Self, RunError> {
        let destination = Destination::of(plan)?;
        let recipe = Arc::new(Recipe::new(plan)?);
        let limit = match &plan.pace {
            Pace::Closed { requests, .. } => *requests,
            Pace::Open { .. } => None,
        };
        let countdown = Arc::new(Countdown::new(limit));
        let (sender, messages) = mpsc::unbounded_channel();
        let (start, started) = watch::channel(None);
        let (stop, stopped) = watch::channel(false);
        let workers = plan.workers.get();
        for number in 0..workers {
            let worker = Worker {
                plan: Arc::clone(plan),
                destination: destination.clone(),
                recipe: Arc::clone(&recipe),
                countdown: Arc::clone(&countdown),
                slice: Slice { number, workers },
                messages: sender.clone(),
                start: started.clone(),
                stop: stopped.clone(),
            };
            // Never joined: it ends by itself after its last message, or soon after this end of its channels is dropped.
            std::thread::Builder::new().name(format!("weir-load {number}")).spawn(|| worker.run())?;
        }
        Ok(Self { messages, start, stop, workers })
    }

    /// Starts the clock once every worker has connected.
    async fn ready(&mut self) -> Result<SystemTime, RunError> {
        for _ in 0..self.workers {
            match self.messages.recv().await {
                Some(Message::Ready(opened)) => opened?,
                Some(Message::Failed(error)) => return Err(error.into()),
                Some(Message::Second(_) | Message::Done(_)) | None => return Err(RunError::Worker),
            }
        }
        self.start.send_replace(Some(Instant::now()));
        Ok(SystemTime::now())
    }
}

/// Adds up what the workers tell.
struct Collector {
    workers: usize,
    /// Seconds that not all workers have told yet, with how many have.
    open: BTreeMap<u64, (usize, Tally)>,
    total: Tally,
    done: Vec<Done>,
}

impl Collector {
    fn new(workers: usize) -> Self {
        Self { workers, open: BTreeMap::new(), total: Tally::default(), done: Vec::new() }
    }

    /// A worker's part of a second; the second itself once it is whole.
    fn add(&mut self, part: &Part) -> Option<Second> {
        let (told, tally) = self.open.entry(part.second).or_default();
        *told += 1;
        tally.merge(&part.tally);
        if *told < self.workers {
            return None;
        }
        let (_, tally) = self.open.remove(&part.second)?;
        self.total.merge(&tally);
        Some(Second::new(part.second, &tally, &self.total))
    }

    /// The last, shorter second if anything happened in it, and how the run ended.
    fn finish(&mut self) -> (Option<Second>, Ending) {
        let mut ending = Ending::default();
        let mut cohorts: Option<Cohorts> = None;
        let mut number = 1;
        let mut last = Tally::default();
        for done in std::mem::take(&mut self.done) {
            ending.elapsed = ending.elapsed.max(done.elapsed);
            ending.early |= done.early;
            number = number.max(done.rest.second);
            last.merge(&done.rest.tally);
            match &mut cohorts {
                Some(cohorts) => cohorts.merge(&done.cohorts),
                none @ None => *none = Some(done.cohorts),
            }
        }
        ending.cohorts = cohorts.map(|cohorts| cohorts.counts()).unwrap_or_default();
        for (_, tally) in std::mem::take(&mut self.open).into_values() {
            last.merge(&tally);
        }
        self.total.merge(&last);
        let happened = last.scheduled + last.sent + last.unsent.total() + last.total().outcomes.total() > 0;
        (happened.then(|| Second::new(number, &last, &self.total)), ending)
    }
}
