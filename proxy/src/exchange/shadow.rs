//! Copies of requests for the canary and the baseline of a release, whose answers nobody gets: they are measured, and the judge compares them.
//!
//! A copy counts for what it is in series of its own: never as a request of a user, and never against what may fail for users. It is a request like
//! others for whoever gets it, so its time runs until its answer has come, as far as that is read.

use std::rc::Rc;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Uri, header};
use tokio::time::Instant;
use weir_http1::Field;
use weir_telemetry::outcome::Outcome;

use super::outbound::{Gathered, Inbound};
use super::told::Told;
use crate::errand::{Failure, Origin, Patience, Spent};
use crate::record::{Measure, outcome_of};
use crate::upstream::{Endpoint, balance};
use crate::worker::{Pair, TrackState, Worker};

/// Bytes of an answer that are read. One that has more is as good as it was until then.
const MOST_ANSWER: usize = 1024 * 1024;

/// Where one copy goes, and where it counts.
pub(super) struct Target {
    track: Rc<TrackState>,
    endpoint: Rc<Endpoint>,
}

impl Target {
    /// An endpoint of each; `None` where one of them has none, because a copy alone is compared with nothing.
    pub(super) fn both(worker: &Worker, pair: &Pair) -> Option<[Self; 2]> {
        let of = |track: &Rc<TrackState>| {
            let now = worker.clock.now();
            let endpoint = balance::pick(&track.endpoints, &[], now, |n| worker.random_below(n))?;
            Some(Self { track: Rc::clone(track), endpoint: Rc::clone(endpoint) })
        };
        Some([of(&pair.canary)?, of(&pair.baseline)?])
    }

    /// Sends the copy, and counts what became of it. Whether there was an answer.
    pub(super) async fn send(self, worker: &Rc<Worker>, request: Request<Bytes>) -> Result<(), Failure> {
        let mut measure = Measure::begin(worker, &self.track, Instant::now());
        measure.set_warmup(self.endpoint.warms_up(worker.config.warmup_requests));
        let timeouts = &worker.config.timeouts;
        let patience = Patience {
            connect: timeouts.connect_timeout,
            total: timeouts.response_timeout,
            idle: timeouts.upstream_idle_timeout,
        };
        let origin = Origin::of(self.endpoint.address);
        let answer = match Box::pin(worker.errands.send(&origin, request, patience)).await {
            Ok(answer) => answer,
            Err(failure) => {
                measure.end(outcome_of_failure(failure));
                return Err(failure);
            }
        };
        measure.first_byte();
        let outcome = outcome_of(answer.status.as_u16());
        measure.end(match answer.spent(MOST_ANSWER, timeouts.response_body_timeout).await {
            Spent::Whole | Spent::Enough => outcome,
            Spent::Broken => Outcome::UpstreamReset,
            Spent::Stalled => Outcome::UpstreamTimeout,
        });
        Ok(())
    }
}

/// As the same would count for a request of a user.
fn outcome_of_failure(failure: Failure) -> Outcome {
    match failure {
        Failure::Name(_) | Failure::Connect | Failure::Tls => Outcome::ConnectFailed,
        Failure::Timeout => Outcome::UpstreamTimeout,
        Failure::Broken => Outcome::UpstreamReset,
        Failure::Busy => Outcome::ProxyError,
    }
}

/// The head of a copy: that of the request, as stable gets it.
pub(super) fn head<'f>(
    inbound: &Inbound<'_>,
    fields: impl Iterator<Item = Field<'f>>,
) -> Option<Request<()>> {
    let plain = Inbound { told: Told { page: None, ..inbound.told }, ..inbound.as_question() };
    let Gathered { method, target, host, fields } = Gathered::of(&plain, fields);
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from(PathAndQuery::try_from(target).ok()?);
    *request.headers_mut() = fields;
    if let Some(host) = host {
        request.headers_mut().insert(header::HOST, HeaderValue::try_from(host).ok()?);
    }
    Some(request)
}
