//! Hands due requests to idle lanes: the only meeting point of the schedule and the connections.
//!
//! Idle lanes are served in the order in which they became idle, so that all connections are used, not only the hottest ones.
//! Two threads meet here, the schedule and the worker, each for well under a microsecond.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use tokio::time::Instant;

/// One due request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job {
    /// Its number in the whole run; decides its target and variation.
    pub(super) index: u64,
    /// When it was due.
    pub(super) intended: Instant,
}

/// What became of an offered job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// A lane has it.
    Handed,
    /// It waits for a lane.
    Queued,
    /// As many as allowed are in flight; it was not taken.
    Refused,
}

/// What a lane gets when it asks for work.
#[derive(Debug)]
pub(super) enum Work {
    Job {
        job: Job,
        /// Whether it had to wait for a lane.
        waited: bool,
    },
    /// There will be no more.
    Over,
}

#[derive(Debug, Default)]
struct Seat {
    job: Option<Job>,
    waker: Option<Waker>,
    idle: bool,
    /// Whether its lane has asked for work yet.
    occupied: bool,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Job>,
    idle: VecDeque<usize>,
    seats: Vec<Seat>,
    in_flight: usize,
    over: bool,
    /// Waits for the last job to finish.
    drained: Option<Waker>,
}

/// The desk of one worker.
#[derive(Debug)]
pub(super) struct Desk {
    inner: Mutex<Inner>,
    max_in_flight: usize,
}

impl Desk {
    pub(super) fn new(max_in_flight: usize) -> Self {
        Self { inner: Mutex::default(), max_in_flight }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more lane.
    pub(super) fn seat(&self) -> usize {
        let mut inner = self.inner();
        inner.seats.push(Seat::default());
        inner.seats.len() - 1
    }

    /// Jobs that neither a lane has, nor one that is about to ask.
    pub(super) fn wanting(&self) -> usize {
        let inner = self.inner();
        inner.queue.len().saturating_sub(inner.seats.iter().rev().take_while(|seat| !seat.occupied).count())
    }

    /// Gives a due job to a lane, or lets it wait for one.
    pub(super) fn offer(&self, job: Job) -> Offer {
        let mut inner = self.inner();
        if inner.in_flight >= self.max_in_flight {
            return Offer::Refused;
        }
        inner.in_flight += 1;
        let idle = inner.idle.pop_front();
        let Some(seat) = idle.and_then(|seat| inner.seats.get_mut(seat)) else {
            inner.queue.push_back(job);
            return Offer::Queued;
        };
        seat.idle = false;
        seat.job = Some(job);
        let waker = seat.waker.take();
        drop(inner);
        if let Some(waker) = waker {
            waker.wake();
        }
        Offer::Handed
    }

    /// The next job for the lane in `seat`, which then counts as busy until it asks again.
    pub(super) fn poll_work(&self, seat: usize, cx: &mut Context<'_>) -> Poll<Work> {
        let mut inner = self.inner();
        let inner = &mut *inner;
        let Some(own) = inner.seats.get_mut(seat) else { return Poll::Ready(Work::Over) };
        own.occupied = true;
        if let Some(job) = own.job.take() {
            return Poll::Ready(Work::Job { job, waited: false });
        }
        if !own.idle
            && let Some(job) = inner.queue.pop_front()
        {
            return Poll::Ready(Work::Job { job, waited: true });
        }
        if inner.over {
            return Poll::Ready(Work::Over);
        }
        if !own.idle {
            own.idle = true;
            inner.idle.push_back(seat);
        }
        match &mut own.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none @ None => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// A job has ended, in whatever way.
    pub(super) fn finished(&self) {
        let mut inner = self.inner();
        inner.in_flight = inner.in_flight.saturating_sub(1);
        if inner.in_flight == 0
            && let Some(waker) = inner.drained.take()
        {
            waker.wake();
        }
    }

    /// Ready once nothing is in flight.
    pub(super) fn poll_drained(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.inner();
        if inner.in_flight == 0 {
            return Poll::Ready(());
        }
        inner.drained = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Takes back what no lane has yet; how many these were.
    pub(super) fn withdraw(&self) -> u64 {
        let mut inner = self.inner();
        let waiting = inner.queue.drain(..).map(|_| 1_u64).sum();
        inner.in_flight = inner.in_flight.saturating_sub(usize::try_from(waiting).unwrap_or(usize::MAX));
        waiting
    }

    /// Sends idle lanes home; busy ones go after their job.
    pub(super) fn close(&self) {
        let mut inner = self.inner();
        inner.over = true;
        let wakers: Vec<Waker> = inner.seats.iter_mut().filter_map(|seat| seat.waker.take()).collect();
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(index: u64) -> Job {
        Job { index, intended: Instant::now() }
    }

    fn ask(desk: &Desk, seat: usize) -> Option<u64> {
        match desk.poll_work(seat, &mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Work::Job { job, .. }) => Some(job.index),
            Poll::Ready(Work::Over) => Some(u64::MAX),
            Poll::Pending => None,
        }
    }

    #[test]
    fn jobs_go_to_the_lane_that_was_idle_longest_and_wait_in_order_without_one() {
        let desk = Desk::new(10);
        let (first, second) = (desk.seat(), desk.seat());
        assert_eq!((ask(&desk, first), ask(&desk, second)), (None, None));
        assert_eq!(
            [0, 1, 2, 3].map(|index| desk.offer(job(index)) == Offer::Handed),
            [true, true, false, false]
        );
        assert_eq!((ask(&desk, second), ask(&desk, first)), (Some(1), Some(0)));
        assert_eq!((ask(&desk, second), ask(&desk, first)), (Some(2), Some(3)));
    }

    #[test]
    fn beyond_the_limit_a_job_is_refused_until_another_has_finished() {
        let desk = Desk::new(2);
        assert_eq!(
            [0, 1, 2].map(|index| desk.offer(job(index))),
            [Offer::Queued, Offer::Queued, Offer::Refused]
        );
        let seat = desk.seat();
        assert_eq!(ask(&desk, seat), Some(0));
        desk.finished();
        assert_eq!(desk.offer(job(3)), Offer::Queued);
    }

    #[test]
    fn a_lane_that_has_not_asked_yet_is_counted_against_the_jobs_that_wait() {
        let desk = Desk::new(10);
        (0..3).for_each(|index| assert_eq!(desk.offer(job(index)), Offer::Queued));
        assert_eq!(desk.wanting(), 3);
        let first = desk.seat();
        let _second = desk.seat();
        assert_eq!(desk.wanting(), 1);
        assert_eq!(ask(&desk, first), Some(0));
        assert_eq!(desk.wanting(), 1);
    }

    #[test]
    fn what_is_withdrawn_is_no_longer_in_flight_and_a_closed_desk_sends_lanes_home() {
        let desk = Desk::new(10);
        let seat = desk.seat();
        (0..3).for_each(|index| assert_eq!(desk.offer(job(index)), Offer::Queued));
        assert_eq!(ask(&desk, seat), Some(0));
        assert_eq!(desk.withdraw(), 2);
        assert_eq!(desk.poll_drained(&mut Context::from_waker(Waker::noop())), Poll::Pending);
        desk.finished();
        assert_eq!(desk.poll_drained(&mut Context::from_waker(Waker::noop())), Poll::Ready(()));
        desk.close();
        assert_eq!(ask(&desk, seat), Some(u64::MAX));
    }
}
