//! The lanes of one worker: how many there are, what they are connected with, and when there is one more.

use std::{num::NonZeroUsize, sync::Arc};

use tokio::task::JoinSet;

use super::{
    connect::{ConnectError, Connector},
    http1::Http1,
    http2,
    lane::{Floor, Lane, Source, Wire},
};
use crate::plan::{Pace, Plan, Protocol};

/// Connections opened before the start where their number is not set.
const FIRST_CONNECTIONS: usize = 16;

/// HTTP/2 connections where their number is not set.
const HTTP2_CONNECTIONS: usize = 4;

/// One worker's part of everything that is divided among workers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice {
    /// From 0.
    pub(super) number: usize,
    pub(super) workers: usize,
}

impl Slice {
    /// This worker's part of `total`, at least one; the first workers have the remainder.
    pub(super) fn of(self, total: usize) -> usize {
        let remainder = usize::from(self.number < total % self.workers.max(1));
        (total / self.workers.max(1) + remainder).max(1)
    }
}

/// The running lanes, and the connections that none has taken yet.
#[derive(Default)]
pub(super) struct Lanes {
    tasks: JoinSet<()>,
    /// Connections opened before the start, HTTP/1.1.
    opened: Vec<Wire>,
    /// All connections, HTTP/2.
    shared: Vec<Arc<http2::Shared>>,
    count: usize,
    first: usize,
    most: usize,
}

impl Lanes {
    /// Opens the first connections; an error only if none can be opened.
    pub(super) async fn open(plan: &Plan, slice: Slice, connector: &Connector) -> Result<Self, ConnectError> {
        let mut lanes = Self::default();
        match plan.protocol {
            Protocol::Http1 => {
                let (first, most) = match &plan.pace {
                    Pace::Closed { lanes, .. } => (lanes.get(), lanes.get()),
                    Pace::Open { connections: Some(connections), .. } => {
                        (connections.get(), connections.get())
                    }
                    Pace::Open { connections: None, max_in_flight, .. } => {
                        (FIRST_CONNECTIONS.min(max_in_flight.get()), max_in_flight.get())
                    }
                };
                (lanes.first, lanes.most) = (slice.of(first), slice.of(most));
                lanes.open_http1(connector).await?;
            }
            Protocol::Http2 { streams } => {
                let connections = match &plan.pace {
                    Pace::Closed { lanes, .. } => {
                        lanes.get().div_ceil(streams.get()).max(HTTP2_CONNECTIONS.min(lanes.get()))
                    }
                    Pace::Open { connections, .. } => {
                        connections.map_or(HTTP2_CONNECTIONS, NonZeroUsize::get)
                    }
                };
                let connections = slice.of(connections);
                let (first, most) = match &plan.pace {
                    Pace::Closed { lanes, .. } => (slice.of(lanes.get()), slice.of(lanes.get())),
                    Pace::Open { .. } => (connections, connections * streams.get()),
                };
                (lanes.first, lanes.most) = (first, most);
                lanes.open_http2(connections, connector).await?;
            }
        }
        Ok(lanes)
    }

    async fn open_http1(&mut self, connector: &Connector) -> Result<(), ConnectError> {
        for number in 0..self.first {
            match Http1::open(connector).await {
                Ok(http1) => self.opened.push(Wire::Http1(Some(Box::new(http1)))),
                Err(error) if number == 0 => return Err(error),
                // Requests that get no connection later are counted as such.
                Err(error) => {
                    tracing::warn!(%error, opened = number, wanted = self.first, "fewer connections than wanted");
                    break;
                }
            }
        }
        Ok(())
    }

    async fn open_http2(&mut self, connections: usize, connector: &Connector) -> Result<(), ConnectError> {
        for number in 0..connections {
            let sender = match http2::open(connector).await {
                Ok(sender) => Some(sender),
                Err(error) if number == 0 => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, opened = number, wanted = connections, "fewer connections than wanted");
                    None
                }
            };
            self.shared.push(http2::Shared::new(sender));
        }
        Ok(())
    }

    fn wire(&mut self) -> Wire {
        let shared = self.count.checked_rem(self.shared.len()).and_then(|number| self.shared.get(number));
        match shared {
            Some(shared) => Wire::Http2 { shared: Arc::clone(shared), sender: None },
            None => self.opened.pop().unwrap_or(Wire::Http1(None)),
        }
    }

    fn add(&mut self, floor: &Arc<Floor>, source: Source) {
        let wire = self.wire();
        self.count += 1;
        self.tasks.spawn(Lane { floor: Arc::clone(floor), source, wire }.run());
    }

    /// Starts the first lanes, each with its source of work.
    pub(super) fn start(&mut self, floor: &Arc<Floor>, mut source: impl FnMut() -> Source) {
        for _ in 0..self.first {
            self.add(floor, source());
        }
    }

    /// A lane for every job that waits for one, as far as allowed.
    pub(super) fn grow(&mut self, floor: &Arc<Floor>) {
        for _ in 0..floor.desk.wanting().min(self.most.saturating_sub(self.count)) {
            self.add(floor, Source::Desk { seat: floor.desk.seat() });
        }
    }

    /// Waits until every lane has ended.
    pub(super) async fn ended(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}
