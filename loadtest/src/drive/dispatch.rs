//! Follows the schedule: offers every request when it is due, whatever became of the earlier ones.
//!
//! On a thread of its own, for two reasons. The thread's sleep is exact to some 10 us, where tokio's timers round up to the next
//! millisecond, which would be added to every measured latency. And nothing that connections do can delay it.

use std::{io, num::NonZeroU64, sync::Arc, thread, time::Duration};

use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};

use super::{
    desk::{Job, Offer},
    lane::Floor,
    lanes::Slice,
};
use crate::plan::{Pace, Plan};

/// Shortest sleep: bounds what the schedule itself costs at high rates, at this price in accuracy.
const SHORTEST_SLEEP: Duration = Duration::from_micros(100);

/// Longest sleep, which is how late an early end may be noticed.
const LONGEST_SLEEP: Duration = Duration::from_millis(50);

/// How much later than asked the kernel may wake this thread; its default is 50 us.
const TIMER_SLACK_NANOS: Option<NonZeroU64> = NonZeroU64::new(1_000);

/// One worker's part of the schedule.
pub(super) struct Dispatch {
    pub(super) plan: Arc<Plan>,
    pub(super) slice: Slice,
    pub(super) start: Instant,
    pub(super) floor: Arc<Floor>,
    /// True, or without a sender: end early.
    pub(super) stop: watch::Receiver<bool>,
}

impl Dispatch {
    /// Starts the thread; tells true once everything has been offered, false if it was stopped before.
    pub(super) fn start(self) -> io::Result<oneshot::Receiver<bool>> {
        let (tell, told) = oneshot::channel();
        let name = format!("schedule {}", self.slice.number);
        let follow = move || {
            if let Err(error) = rustix::thread::set_current_timer_slack(TIMER_SLACK_NANOS) {
                tracing::debug!(%error, "the schedule is some 50 us less exact");
            }
            // Nobody listens when the worker has ended first.
            let _ = tell.send(self.follow());
        };
        // Never joined: it ends by itself after its last arrival, or soon after it is told to stop.
        thread::Builder::new().name(name).spawn(follow)?;
        Ok(told)
    }

    fn follow(&self) -> bool {
        let Pace::Open { schedule, .. } = &self.plan.pace else { return true };
        let arrivals = (0_u64..).zip(schedule.arrivals()).skip(self.slice.number).step_by(self.slice.workers);
        for (index, offset) in arrivals {
            let intended = self.start + offset;
            loop {
                if self.stopped() {
                    return false;
                }
                let rest = intended.saturating_duration_since(Instant::now());
                if rest.is_zero() {
                    break;
                }
                thread::sleep(rest.clamp(SHORTEST_SLEEP, LONGEST_SLEEP));
            }
            self.offer(Job { index, intended });
        }
        true
    }

    fn stopped(&self) -> bool {
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }

    fn offer(&self, job: Job) {
        self.floor.tally().scheduled += 1;
        match self.floor.desk.offer(job) {
            Offer::Handed => {}
            Offer::Queued => self.floor.more_lanes.notify_one(),
            Offer::Refused => self.floor.tally().unsent.max_in_flight += 1,
        }
    }
}
