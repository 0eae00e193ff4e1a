//! `proxy-next-upstream`: when another endpoint is tried.

use tokio::time::Instant;
use weir_routing::policy::NextUpstream;

use crate::error::Failure;
use crate::worker::Worker;

/// When another endpoint is tried, as the request's route has it.
pub(super) struct Next<'t> {
    pub(super) wanted: &'t NextUpstream,
    /// After that not any more.
    until: Option<Instant>,
}

impl<'t> Next<'t> {
    pub(super) fn new(worker: &Worker, wanted: &'t NextUpstream) -> Self {
        Self { wanted, until: wanted.timeout().map(|timeout| worker.clock.now() + timeout) }
    }

    fn is_in_time(&self, worker: &Worker) -> bool {
        self.until.is_none_or(|until| worker.clock.now() < until)
    }

    pub(super) fn is_after_status(&self, worker: &Worker, status: u16) -> bool {
        self.wanted.is_after(status) && self.is_in_time(worker)
    }

    pub(super) fn is_after(&self, worker: &Worker, failure: Failure) -> bool {
        let asked = self.wanted.after.as_ref().is_none_or(|after| match failure {
            Failure::ConnectTimeout => after.timeout,
            Failure::Garbage | Failure::UnaskedUpgrade => after.invalid_header,
            Failure::NoEndpoint
            | Failure::Connect
            | Failure::Untrusted
            | Failure::Credentials
            | Failure::Exhausted
            | Failure::ResponseTimeout
            | Failure::Reset
            | Failure::BodyInvalid
            | Failure::BodyTooLarge
            | Failure::BodyTimeout
            | Failure::NoPage(_)
            | Failure::ClientGone => after.error,
        });
        asked && self.is_in_time(worker)
    }
}
