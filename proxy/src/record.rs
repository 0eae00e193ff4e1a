//! How every request is measured: on every way out, the client's going away included.
//!
//! # How the counts add up
//!
//! A request is counted once, in the series of the track whose answer, or failure to answer, the user got. One more count exists for each
//! rescue: a request that canary or baseline failed and that was sent to stable is a failure of that track, and then a request of stable. So
//!
//! ```text
//! sum over tracks of requests  =  requests of users + rescued
//! sum over tracks of failures  =  failures that users saw + rescued
//! ```
//! both exactly, once nothing is in flight. `rescued` is counted by the track that failed. Further attempts on the same track are one request;
//! they are counted by `retries` and their time is part of the request's. A rescued request's time on stable begins with the rescue, so
//! that the canary's failure does not make stable look slow. An upgraded connection (WebSocket) counts when its 101 is passed on, and stays in
//! flight until it ends.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;
use weir_telemetry::outcome::Outcome;

use crate::breaker::Pass;
use crate::worker::{TrackState, Worker};

/// One request that is in flight on a track, until it is dropped.
pub(crate) struct InFlight(Rc<TrackState>);

impl InFlight {
    fn new(track: &Rc<TrackState>) -> Self {
        track.series.start();
        Self(Rc::clone(track))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.series.finish();
    }
}

/// The measurement of one request on one track. Dropped without an end, it counts as given up by the client, or as the proxy's fault when
/// the proxy itself is cutting its connections.
pub(crate) struct Measure {
    worker: Rc<Worker>,
    in_flight: Option<InFlight>,
    started: Instant,
    first_byte_micros: Option<u64>,
    warmup: bool,
    /// What it has of what may fail on a canary.
    pass: Option<Pass>,
}

impl Measure {
    /// A request begins on `track`; its time runs from `started`.
    pub(crate) fn begin(worker: &Rc<Worker>, track: &Rc<TrackState>, started: Instant) -> Self {
        Self {
            worker: Rc::clone(worker),
            in_flight: Some(InFlight::new(track)),
            started,
            first_byte_micros: None,
            warmup: false,
            pass: None,
        }
    }

    /// The same with what the request takes along of what may fail on a canary.
    pub(crate) fn with(mut self, pass: Option<Pass>) -> Self {
        self.pass = pass;
        self
    }

    /// Nothing is measured: the request has ended for the counts.
    pub(crate) fn none(worker: &Rc<Worker>) -> Self {
        let (in_flight, started) = (None, Instant::now());
        Self {
            worker: Rc::clone(worker),
            in_flight,
            started,
            first_byte_micros: None,
            warmup: false,
            pass: None,
        }
    }

    /// This time is not the request's.
    pub(crate) fn leave_out(&mut self, time: Duration) {
        self.started += time;
    }

    /// The request is sent to an endpoint that is, or is not, still warming up. The last attempt decides.
    pub(crate) fn set_warmup(&mut self, warmup: bool) {
        self.warmup = warmup;
    }

    /// The response head is there.
    pub(crate) fn first_byte(&mut self) {
        self.first_byte_micros = Some(self.elapsed_micros());
    }

    /// One more attempt on this track.
    pub(crate) fn retried(&self) {
        if let Some(InFlight(track)) = &self.in_flight {
            track.series.retried();
        }
    }

    /// The request ended here, and goes on to stable.
    pub(crate) fn rescued(mut self, outcome: Outcome) {
        if let Some(InFlight(track)) = &self.in_flight {
            track.series.rescued();
        }
        self.finish(outcome, true);
    }

    /// The request ended.
    pub(crate) fn end(mut self, outcome: Outcome) {
        self.finish(outcome, false);
    }

    /// The request ended for the counts, and goes on as a tunnel.
    pub(crate) fn end_as_tunnel(mut self) -> Option<InFlight> {
        self.count(Outcome::Success, false);
        self.in_flight.take()
    }

    fn finish(&mut self, outcome: Outcome, is_rescued: bool) {
        self.count(outcome, is_rescued);
        self.in_flight = None;
        self.pass = None;
    }

    fn count(&mut self, outcome: Outcome, is_rescued: bool) {
        if let Some(InFlight(track)) = &self.in_flight {
            track.series.record(outcome, self.elapsed_micros(), self.first_byte_micros, self.warmup);
            if let Some(breaker) = &track.breaker {
                breaker.record(self.worker.number, track.backend.track, outcome, is_rescued);
            }
        }
    }

    fn elapsed_micros(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

impl Drop for Measure {
    fn drop(&mut self) {
        let outcome = if self.worker.is_cutting() { Outcome::ProxyError } else { Outcome::ClientAborted };
        self.finish(outcome, false);
    }
}

/// How a complete gRPC response counts, whose HTTP status is 200 whatever happened: by the `grpc-status` at its end. Codes that say that the
/// request was wrong are the client's; the rest is what a 5xx is elsewhere.
pub(crate) fn outcome_of_grpc(status: &[u8]) -> Outcome {
    match status {
        b"0" => Outcome::Success,
        // Cancelled, invalid argument, not found, already exists, permission denied, failed precondition, aborted, out of range,
        // unimplemented, unauthenticated.
        b"1" | b"3" | b"5" | b"6" | b"7" | b"9" | b"10" | b"11" | b"12" | b"16" => Outcome::ClientError,
        // Unknown, deadline exceeded, resource exhausted, internal, unavailable, data loss, and what is no code.
        _ => Outcome::ServerError,
    }
}

/// How a complete response with this status counts.
pub(crate) fn outcome_of(status: u16) -> Outcome {
    match status {
        500.. => Outcome::ServerError,
        400..=499 => Outcome::ClientError,
        _ => Outcome::Success,
    }
}
