//! One thread of a run: connects, follows its part of the plan, and tells every second what it measured.

use std::{
    future::poll_fn,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc, watch},
    time::{Instant, sleep, sleep_until},
};

use super::{
    cohorts::Cohorts,
    connect::{ConnectError, Connector, Destination},
    desk::Desk,
    dispatch::Dispatch,
    lane::{Countdown, Floor, Source},
    lanes::{Lanes, Slice},
    recipe::Recipe,
};
use crate::{
    measure::Tally,
    plan::{Pace, Plan},
};

/// How long requests in flight may still take when a run is ended early.
const GRACE: Duration = Duration::from_millis(500);

/// What a worker tells the collector.
pub(super) enum Message {
    /// Its connections are open, or none could be made, which ends it.
    Ready(Result<(), ConnectError>),
    /// One second of measurements.
    Second(Box<Part>),
    /// The rest, after which nothing comes.
    Done(Box<Done>),
    /// The machine failed it, after which nothing comes.
    Failed(io::Error),
}

/// One worker's measurements of one second.
pub(super) struct Part {
    /// Counted from 1.
    pub(super) second: u64,
    pub(super) tally: Tally,
}

/// The end of a worker.
pub(super) struct Done {
    /// Measurements since the last second.
    pub(super) rest: Part,
    pub(super) elapsed: Duration,
    pub(super) early: bool,
    pub(super) cohorts: Cohorts,
}

/// What a worker is started with.
pub(super) struct Worker {
    pub(super) plan: Arc<Plan>,
    pub(super) destination: Destination,
    pub(super) recipe: Arc<Recipe>,
    pub(super) countdown: Arc<Countdown>,
    pub(super) slice: Slice,
    pub(super) messages: mpsc::UnboundedSender<Message>,
    /// The common start, once all workers are ready.
    pub(super) start: watch::Receiver<Option<Instant>>,
    /// True, or without a sender: end early.
    pub(super) stop: watch::Receiver<bool>,
}

/// Waits until the run is to end early.
pub(super) async fn asked(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

impl Worker {
    /// The whole thread.
    pub(super) fn run(self) {
        let messages = self.messages.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            // Sockets and the schedule's alarm are looked at after this many polls: half the default, for accuracy under load.
            .event_interval(31)
            .build();
        let last = match runtime {
            Ok(runtime) => runtime.block_on(self.work()),
            Err(error) => Message::Failed(error),
        };
        drop(messages.send(last));
    }

    async fn work(mut self) -> Message {
        let opened = match Connector::new(&self.destination, &self.plan).await {
            Ok(connector) => {
                Lanes::open(&self.plan, self.slice, &connector).await.map(|lanes| (connector, lanes))
            }
            Err(error) => Err(error),
        };
        let (connector, lanes) = match opened {
            Ok(opened) => opened,
            Err(error) => return Message::Ready(Err(error)),
        };
        drop(self.messages.send(Message::Ready(Ok(()))));
        let start = self.start.wait_for(Option::is_some).await.map_or(None, |start| *start);
        let start = start.unwrap_or_else(Instant::now);
        let floor = Arc::new(self.floor(connector));
        match self.measure(start, &floor, lanes).await {
            Ok(done) => Message::Done(Box::new(done)),
            Err(error) => Message::Failed(error),
        }
    }

    fn floor(&self, connector: Connector) -> Floor {
        let max_in_flight = match &self.plan.pace {
            Pace::Open { max_in_flight, .. } => self.slice.of(max_in_flight.get()),
            Pace::Closed { .. } => usize::MAX,
        };
        let users = self.plan.variations.first().map_or(0, |users| users.values.len());
        Floor {
            connector,
            recipe: Arc::clone(&self.recipe),
            desk: Desk::new(max_in_flight),
            more_lanes: Notify::new(),
            timeout: self.plan.timeout,
            group_by: self.plan.group_by.clone(),
            sent: AtomicU64::new(0),
            tally: Mutex::default(),
            cohorts: Mutex::new(Cohorts::new(users)),
        }
    }

    async fn measure(&mut self, start: Instant, floor: &Arc<Floor>, mut lanes: Lanes) -> io::Result<Done> {
        let mut clock = Clock { start, second: 0, sent: 0 };
        let messages = self.messages.clone();
        let ended = tokio::select! {
            ended = self.pace(start, floor, &mut lanes) => ended?,
            never = clock.tell(floor, &messages) => match never {},
        };
        let early = !ended;
        if early {
            floor.tally().unsent.stopped += floor.desk.withdraw();
        }
        floor.desk.close();
        if early {
            tokio::select! {
                () = lanes.ended() => {}
                () = sleep(GRACE) => {}
            }
        }
        let elapsed = start.elapsed();
        // What has not ended by now never will; dropping the lanes closes their connections.
        drop(lanes);
        let cohorts = std::mem::take(&mut *floor.cohorts());
        Ok(Done { rest: clock.part(floor), elapsed, early, cohorts })
    }

    /// Lets the schedule run to its end and the last answer come; false if it was stopped before.
    async fn follow_schedule(
        &mut self,
        start: Instant,
        floor: &Arc<Floor>,
        lanes: &mut Lanes,
    ) -> io::Result<bool> {
        let dispatch = Dispatch {
            plan: Arc::clone(&self.plan),
            slice: self.slice,
            start,
            floor: Arc::clone(floor),
            stop: self.stop.clone(),
        };
        let mut told = dispatch.start()?;
        let mut offered = false;
        loop {
            tokio::select! {
                () = floor.more_lanes.notified() => lanes.grow(floor),
                whole = &mut told, if !offered => match whole {
                    Ok(true) => offered = true,
                    Ok(false) | Err(_) => return Ok(false),
                },
                () = poll_fn(|cx| floor.desk.poll_drained(cx)), if offered => return Ok(true),
                () = asked(&mut self.stop), if offered => return Ok(false),
            }
        }
    }

    /// Follows the plan's pace to its end; false if it was stopped before.
    async fn pace(&mut self, start: Instant, floor: &Arc<Floor>, lanes: &mut Lanes) -> io::Result<bool> {
        match &self.plan.pace {
            Pace::Open { .. } => {
                lanes.start(floor, || Source::Desk { seat: floor.desk.seat() });
                self.follow_schedule(start, floor, lanes).await
            }
            Pace::Closed { duration, .. } => {
                let until = duration.map(|duration| start + duration);
                lanes.start(floor, || Source::Countdown { left: Arc::clone(&self.countdown), until });
                tokio::select! {
                    () = lanes.ended() => Ok(true),
                    () = asked(&mut self.stop) => {
                        self.countdown.stop();
                        Ok(false)
                    }
                }
            }
        }
    }
}

/// No value: for a future that never ends.
enum Never {}

/// Cuts measurements into seconds.
struct Clock {
    start: Instant,
    second: u64,
    /// Requests written up to the last cut.
    sent: u64,
}

impl Clock {
    async fn tell(&mut self, floor: &Floor, messages: &mpsc::UnboundedSender<Message>) -> Never {
        loop {
            sleep_until(self.start + Duration::from_secs(self.second + 1)).await;
            drop(messages.send(Message::Second(Box::new(self.part(floor)))));
        }
    }

    /// What was measured since the last cut.
    fn part(&mut self, floor: &Floor) -> Part {
        self.second += 1;
        let sent = floor.sent.load(Ordering::Relaxed);
        let mut tally = std::mem::take(&mut *floor.tally());
        tally.sent = sent.saturating_sub(self.sent);
        self.sent = self.sent.max(sent);
        Part { second: self.second, tally }
    }
}
