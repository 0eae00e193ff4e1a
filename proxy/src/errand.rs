//! Requests of the proxy's own to servers that are no endpoints: whoever decides who may come in.
//!
//! ```text
//! origin   scheme, host and port of a URL
//! pool     connections to one origin that wait for a request; how many there may be
//! connect  a new one: addresses of the name, TCP, TLS
//! answer   status and headers, and a body that is read as far as anybody wants it
//! ```
//! HTTP/1.1 only. One worker's own, as everything on the path of a request. Everything that the other side controls has a limit and a time: each
//! origin's connections and those who wait for one, the head and the body of an answer, and the whole errand.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use rustc_hash::FxHashMap;
use tokio::time::Instant;

use self::answer::Rest;
use self::connect::Connector;
use self::pool::{Lease, Pool};
use crate::clock::Clock;
use crate::names::{Names, Unresolved};
use crate::tasks::Tasks;

pub(crate) use self::answer::{Answer, Spent};
pub(crate) use self::origin::Origin;

mod answer;
mod connect;
mod origin;
mod pool;

/// Origins that are known at a time: some are made of what clients send.
const MOST_ORIGINS: usize = 1024;

/// An errand that brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// The name has no address.
    #[error(transparent)]
    Name(#[from] Unresolved),
    /// No connection.
    #[error("it could not be reached")]
    Connect,
    /// No TLS.
    #[error("it could not be reached by TLS")]
    Tls,
    /// Not in time.
    #[error("it did not answer in time")]
    Timeout,
    /// Too many wait for it already.
    #[error("too many requests wait for it")]
    Busy,
    /// The connection ended before the answer, or the answer is not HTTP.
    #[error("it gave no answer that is valid HTTP")]
    Broken,
}

/// How long an errand may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For a connection, TLS included.
    pub(crate) connect: Duration,
    /// From the beginning to the head of the answer.
    pub(crate) total: Duration,
    /// How long a connection is kept that is not in use.
    pub(crate) idle: Duration,
}

/// What one worker's errands need, and the connections that wait for the next one.
pub(crate) struct Errands {
    clock: Rc<Clock>,
    tasks: Tasks,
    connector: Connector,
    pools: RefCell<FxHashMap<Origin, Rc<Pool>>>,
}

impl Errands {
    /// No connection yet.
    pub(crate) fn new(clock: Rc<Clock>, tasks: Tasks, names: Rc<Names>) -> Self {
        let connector = Connector::new(Rc::clone(&clock), tasks.clone(), names);
        Self { clock, tasks, connector, pools: RefCell::default() }
    }

    /// Sends a request to an origin and waits for the head of its answer. `request` has a path and no host; `Host` is the origin's unless it has one.
    /// Dropped, it closes its connection.
    pub(crate) async fn send(
        &self,
        origin: &Origin,
        request: Request<Bytes>,
        patience: Patience,
    ) -> Result<Answer, Failure> {
        let deadline = self.clock.deadline();
        deadline.arm(patience.total);
        tokio::select! {
            answered = self.send_patiently(origin, request, patience) => answered,
            () = deadline.expired() => Err(Failure::Timeout),
        }
    }

    async fn send_patiently(
        &self,
        origin: &Origin,
        request: Request<Bytes>,
        patience: Patience,
    ) -> Result<Answer, Failure> {
        let mut request = request.map(Full::new);
        if !request.headers().contains_key(header::HOST) {
            let host = HeaderValue::from_str(&origin.authority()).map_err(|_| Failure::Connect)?;
            request.headers_mut().insert(header::HOST, host);
        }
        let pool = self.pool(origin)?;
        let place = pool.place().await?;
        while let Some(mut sender) = pool.take(Instant::now()) {
            // Whether a connection that waited has been closed meanwhile mostly shows now, before anything is written.
            if sender.ready().await.is_err() {
                continue;
            }
            let again = request.method().is_safe().then(|| request.clone());
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(self.answered(response, Lease { pool, place, sender }, patience)),
                // It was closed by the other side just then: of age, which says nothing about its server.
                Err(mut failed) => match failed.take_message().or(again.filter(|_| is_end(failed.error()))) {
                    Some(unsent) => request = unsent,
                    None => return Err(Failure::Broken),
                },
            }
        }
        let mut sender = self.connector.connect(origin, patience.connect).await?;
        let response = sender.send_request(request).await.map_err(|error| {
            tracing::debug!(%origin, %error, "no answer to an errand");
            Failure::Broken
        })?;
        Ok(self.answered(response, Lease { pool, place, sender }, patience))
    }

    fn answered(&self, response: Response<Incoming>, lease: Lease, patience: Patience) -> Answer {
        let (parts, incoming) = response.into_parts();
        let rest = Rest { incoming, lease, deadline: self.clock.deadline(), patience };
        Answer { status: parts.status, headers: parts.headers, rest, tasks: self.tasks.clone() }
    }

    fn pool(&self, origin: &Origin) -> Result<Rc<Pool>, Failure> {
        if let Some(pool) = self.pools.borrow().get(origin) {
            return Ok(Rc::clone(pool));
        }
        if self.pools.borrow().len() >= MOST_ORIGINS {
            self.tidy();
        }
        let mut pools = self.pools.borrow_mut();
        if pools.len() >= MOST_ORIGINS {
            return Err(Failure::Busy);
        }
        Ok(Rc::clone(pools.entry(origin.clone()).or_default()))
    }

    /// Closes connections that have ended or waited for too long, and forgets origins that have none.
    pub(crate) fn tidy(&self) {
        let now = Instant::now();
        self.pools.borrow_mut().retain(|_, pool| pool.tidy(now) || Rc::strong_count(pool) > 1);
    }
}

/// Whether a connection ended before any of the answer came.
fn is_end(error: &hyper::Error) -> bool {
    error.is_incomplete_message() || error.is_closed() || error.is_canceled()
}

#[cfg(test)]
mod tests;
