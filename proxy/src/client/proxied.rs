//! A connection whose first bytes say who its client is: a listener `ADDR/proxy`.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use self::header::{Found, NoHeader, Said};
use crate::counters::Unintroduced;
use crate::worker::Worker;

mod header;

/// Time for the header.
const TIME: Duration = Duration::from_secs(5);
/// Bytes that are looked at together.
const LOOK: usize = 512;

/// Who is at the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    /// The client.
    pub(super) peer: SocketAddr,
    /// Where it connected to.
    pub(super) local: SocketAddr,
}

/// Reads the header, and nothing after it; `None`: the connection is to be closed, which was counted.
pub(super) async fn read(stream: &mut TcpStream, socket: Ends, worker: &Worker) -> Option<Ends> {
    let from = &worker.config.proxy_protocol_from;
    let peer = socket.peer.ip().to_canonical();
    let refused = |why: Unintroduced| {
        tracing::debug!(peer = %socket.peer, reason = why.as_str(), "connection refused");
        worker.counters.unintroduced(why);
    };
    if !from.is_empty() && !from.iter().any(|network| network.contains(peer)) {
        refused(Unintroduced::Untrusted);
        return None;
    }
    let deadline = worker.clock.deadline();
    deadline.arm(TIME);
    let said = tokio::select! {
        said = said(stream) => said,
        () = deadline.expired() => {
            refused(Unintroduced::Timeout);
            return None;
        }
    };
    match said {
        Ok(Some(Said::Nothing)) => Some(socket),
        Ok(Some(Said::Client { from, to })) => Some(Ends { peer: from, local: to }),
        Ok(None) => None,
        Err(NoHeader) => {
            refused(Unintroduced::Invalid);
            None
        }
    }
}

/// `None`: the connection ended before anything was said, as that of a load balancer that only looks whether anybody is there.
async fn said(stream: &mut TcpStream) -> Result<Option<Said>, NoHeader> {
    let mut read = Vec::new();
    loop {
        let mut look = [0; LOOK];
        let n = stream.peek(&mut look).await.unwrap_or(0);
        let before = read.len();
        if n == 0 {
            return if before == 0 { Ok(None) } else { Err(NoHeader) };
        }
        read.extend_from_slice(look.get(..n).unwrap_or_default());
        let found = header::read(&read)?;
        let taken = match found {
            Found::Whole(_, len) => len.saturating_sub(before),
            Found::Begun => n,
        };
        // What was looked at is there.
        let taken = look.get_mut(..taken).ok_or(NoHeader)?;
        stream.read_exact(taken).await.map_err(|_| NoHeader)?;
        if let Found::Whole(said, _) = found {
            return Ok(Some(said));
        }
    }
}
