//! A lane sends one request at a time: an HTTP/1.1 connection, or one of the streams of an HTTP/2 connection.
//!
//! In an open loop it waits at the desk for a due job; in a closed loop it takes the next one as soon as the last has ended.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::HeaderName;
use tokio::{sync::Notify, time::Instant};

use super::{
    cohorts::Cohorts,
    connect::{ConnectError, Connector},
    deadline::Deadline,
    desk::{Desk, Job, Work},
    exchange::{Answer, Outgoing},
    http1::Http1,
    http2::{self, Sender},
    recipe::Recipe,
};
use crate::{
    measure::{Finished, Tally},
    outcome::Outcome,
};

/// How long a closed loop rests after a failed connection, so that a server that is away does not cost all the requests at once.
const RETRY_PAUSE: Duration = Duration::from_millis(10);

/// What all lanes of a worker share.
pub(super) struct Floor {
    pub(super) connector: Connector,
    pub(super) recipe: Arc<Recipe>,
    pub(super) desk: Desk,
    /// Told when a job waits for a lane.
    pub(super) more_lanes: Notify,
    pub(super) timeout: Duration,
    pub(super) group_by: Option<HeaderName>,
    /// Requests written so far; corrected downwards when hyper gives one back unwritten.
    pub(super) sent: AtomicU64,
    pub(super) tally: Mutex<Tally>,
    pub(super) cohorts: Mutex<Cohorts>,
}

impl Floor {
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn cohorts(&self) -> MutexGuard<'_, Cohorts> {
        self.cohorts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, job: Job, started: Instant, answer: Answer) {
        let now = Instant::now();
        let Answer { outcome, status, group, body_bytes } = answer;
        if self.group_by.is_some()
            && let Some(user) = self.recipe.choice(job.index, 0)
        {
            self.cohorts().note(user, &group);
        }
        let (latency, service) = (now - job.intended, now - started);
        self.tally().finished(Finished { outcome, status, group, latency, service, body_bytes });
    }
}

/// The requests of a closed loop, over all workers.
#[derive(Debug)]
pub(super) struct Countdown {
    next: AtomicU64,
    limit: u64,
}

impl Countdown {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self { next: AtomicU64::new(0), limit: limit.map_or(u64::MAX / 2, |limit| limit.min(u64::MAX / 2)) }
    }

    /// Leaves nothing to do.
    pub(super) fn stop(&self) {
        // Half of the range, so that the lanes' further increments cannot come round to zero.
        self.next.store(u64::MAX / 2, Ordering::Relaxed);
    }

    fn take(&self) -> Option<u64> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        (index < self.limit).then_some(index)
    }
}

/// Where a lane gets its work.
pub(super) enum Source {
    /// The clock, through the desk.
    Desk {
        /// The lane's place.
        seat: usize,
    },
    /// Its own pace.
    Countdown {
        /// What is left to do.
        left: Arc<Countdown>,
        /// No request starts later.
        until: Option<Instant>,
    },
}

/// What a lane sends on.
pub(super) enum Wire {
    /// A connection of its own; `None`: not connected.
    Http1(Option<Box<Http1>>),
    /// A stream of a shared connection; `None`: not yet asked for.
    Http2 {
        /// The connection.
        shared: Arc<http2::Shared>,
        /// The lane's own handle of it.
        sender: Option<Sender>,
    },
}

impl Wire {
    /// Connects unless there is a connection that can take a request.
    async fn connect(&mut self, connector: &Connector) -> Result<(), ConnectError> {
        match self {
            Self::Http1(wire) => {
                if let Some(open) = wire
                    && open.ready().await
                {
                    return Ok(());
                }
                *wire = None;
                *wire = Some(Box::new(Http1::open(connector).await?));
            }
            Self::Http2 { shared, sender } => {
                if sender.as_ref().is_none_or(Sender::is_closed) {
                    *sender = Some(shared.sender(connector).await?);
                }
            }
        }
        Ok(())
    }

    async fn exchange(
        &mut self,
        request: Outgoing,
        group_by: Option<&HeaderName>,
    ) -> Result<Answer, Outgoing> {
        match self {
            Self::Http1(Some(http1)) => http1.exchange(request, group_by).await,
            Self::Http2 { sender: Some(sender), .. } => {
                Answer::of(sender.try_send_request(request), group_by).await
            }
            Self::Http1(None) | Self::Http2 { sender: None, .. } => Err(request),
        }
    }

    /// After a request that was given up or failed. A stream resets itself; a connection is of no more use.
    fn abandon(&mut self) {
        match self {
            Self::Http1(wire) => *wire = None,
            Self::Http2 { sender, .. } => *sender = None,
        }
    }
}

/// One lane.
pub(super) struct Lane {
    pub(super) floor: Arc<Floor>,
    pub(super) source: Source,
    pub(super) wire: Wire,
}

impl Lane {
    /// Works until there is no more to do.
    pub(super) async fn run(mut self) {
        let mut deadline = Deadline::new();
        while let Some(job) = self.next().await {
            self.serve(job, &mut deadline).await;
            if matches!(self.source, Source::Desk { .. }) {
                self.floor.desk.finished();
            }
        }
    }

    async fn next(&mut self) -> Option<Job> {
        let Self { floor, source, wire } = self;
        match source {
            Source::Desk { seat } => {
                let work = poll_fn(|cx| {
                    // An idle connection is driven too, so that its closing is noticed before the next request.
                    if let Wire::Http1(http1) = wire
                        && http1.as_mut().is_some_and(|open| !open.poll_open(cx))
                    {
                        *http1 = None;
                    }
                    floor.desk.poll_work(*seat, cx)
                });
                match work.await {
                    Work::Job { job, waited } => {
                        if !waited {
                            floor.tally().lag.record(job.intended.elapsed());
                        }
                        Some(job)
                    }
                    Work::Over => None,
                }
            }
            Source::Countdown { left, until } => {
                let intended = Instant::now();
                if until.is_some_and(|until| intended >= until) {
                    return None;
                }
                let index = left.take()?;
                floor.tally().scheduled += 1;
                Some(Job { index, intended })
            }
        }
    }

    async fn serve(&mut self, job: Job, deadline: &mut Deadline) {
        let mut started = Instant::now();
        let limit = job.intended + self.floor.timeout;
        if limit <= started {
            self.floor.tally().unsent.expired += 1;
            return;
        }
        let floor = Arc::clone(&self.floor);
        let answer = deadline.within(limit, self.attempt(job, &mut started)).await;
        let answer = answer.unwrap_or_else(|| Answer::none(Outcome::Timeout));
        let failed_to_connect = answer.outcome == Outcome::ConnectFailed;
        if !answer.outcome.is_whole() {
            self.wire.abandon();
        }
        floor.finish(job, started, answer);
        if failed_to_connect && matches!(self.source, Source::Countdown { .. }) {
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    /// Sends the request; once more if the connection turned out to be closed before anything was written.
    async fn attempt(&mut self, job: Job, started: &mut Instant) -> Answer {
        let Self { floor, wire, .. } = self;
        let Some(mut request) = floor.recipe.request(job.index) else {
            return Answer::none(Outcome::ConnectFailed);
        };
        for _ in 0..2 {
            if let Err(error) = wire.connect(&floor.connector).await {
                tracing::debug!(%error, "no connection");
                return Answer::none(Outcome::ConnectFailed);
            }
            *started = Instant::now();
            floor.sent.fetch_add(1, Ordering::Relaxed);
            request = match wire.exchange(request, floor.group_by.as_ref()).await {
                Ok(answer) => return answer,
                Err(unwritten) => unwritten,
            };
            floor.sent.fetch_sub(1, Ordering::Relaxed);
            wire.abandon();
        }
        Answer::none(Outcome::Reset)
    }
}
