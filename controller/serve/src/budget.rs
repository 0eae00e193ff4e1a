//! Memory that bodies share, where many are sent at once by whoever likes.
//!
//! A body takes of it what has come of it. Places for whole bodies would be the alternative; there a few senders who send nothing hold all of them.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::body::BodyError;

/// Memory that bodies share.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// So many bytes for all bodies together.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// The whole body, within its limits, as soon as there is room for it.
    ///
    /// # Errors
    /// It is too large, does not come, or others take all of the room for as long as it may take.
    pub async fn read(&self, mut body: Incoming, limits: Limits) -> Result<Held, BodyError> {
        let Limits { largest, patience, silence } = limits;
        if usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX) > largest {
            return Err(BodyError::TooLarge(largest));
        }
        let until = Instant::now() + patience;
        let mut held = Held { bytes: Vec::new(), share: None };
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let frame = timeout(silence.min(left), body.frame()).await.map_err(|_late| {
                if silence < left { BodyError::Silent(silence) } else { BodyError::Late(patience) }
            })?;
            let Some(frame) = frame else { return Ok(held) };
            let frame = frame.map_err(|error| BodyError::Broken(error.to_string()))?;
            let Ok(piece) = frame.into_data() else { continue };
            if held.bytes.len().saturating_add(piece.len()) > largest {
                return Err(BodyError::TooLarge(largest));
            }
            held.takes(self.take(piece.len(), until).await?);
            held.bytes.extend_from_slice(&piece);
        }
    }

    async fn take(&self, bytes: usize, until: Instant) -> Result<OwnedSemaphorePermit, BodyError> {
        let bytes = u32::try_from(bytes).map_err(|_large| BodyError::Crowded)?;
        let taken = timeout_at(until, Arc::clone(&self.0).acquire_many_owned(bytes)).await;
        // Nobody closes it.
        taken.map_err(|_late| BodyError::Crowded)?.map_err(|_closed| BodyError::Crowded)
    }
}

/// What a body may take where many are sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of the body, bytes.
    pub largest: usize,
    /// Until its end.
    pub patience: Duration,
    /// Between two pieces of it.
    pub silence: Duration,
}

/// A body, which gives back what it took when it is dropped.
#[derive(Debug)]
pub struct Held {
    bytes: Vec<u8>,
    share: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// The whole body.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn takes(&mut self, more: OwnedSemaphorePermit) {
        match &mut self.share {
            Some(share) => share.merge(more),
            None => self.share = Some(more),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{Response, StatusCode};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_util::sync::CancellationToken;

    use super::{Budget, Limits};
    use crate::respond::text;

    const LIMITS: Limits =
        Limits { largest: 10, patience: Duration::from_secs(10), silence: Duration::from_secs(10) };

    /// Where bodies are read with ten bytes for all of them.
    async fn serve(limits: Limits) -> std::net::SocketAddr {
        let (listener, budget) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Budget::new(10));
        let at = listener.local_addr().unwrap();
        let answer = move |request: http::Request<_>, _peer| {
            let budget = budget.clone();
            async move {
                match budget.read(request.into_body(), limits).await {
                    Ok(held) => Response::new(held.bytes().to_vec().into()),
                    Err(error) => text(error.status(), "no"),
                }
            }
        };
        tokio::spawn(crate::listen(listener, None, CancellationToken::new(), answer));
        at
    }

    /// A sender who says how much comes, and sends this of it.
    async fn sends(at: std::net::SocketAddr, length: usize, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(at).await.unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    async fn status(mut stream: TcpStream) -> StatusCode {
        let mut all = String::new();
        stream.read_to_string(&mut all).await.unwrap();
        all.split(' ').nth(1).unwrap().parse().unwrap()
    }

    #[tokio::test]
    async fn who_sends_nothing_takes_nothing() {
        let at = serve(LIMITS).await;
        let mut slow = Vec::new();
        for _ in 0..5 {
            slow.push(sends(at, 10, "a").await);
        }
        assert_eq!(status(sends(at, 5, "whole").await).await, StatusCode::OK);
        assert_eq!(status(sends(at, 11, "").await).await, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn who_stops_sending_makes_room() {
        let at = serve(Limits { silence: Duration::from_millis(200), ..LIMITS }).await;
        let stalled = sends(at, 10, "eight to").await;
        let other = sends(at, 5, "whole").await;
        assert_eq!(status(stalled).await, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(status(other).await, StatusCode::OK);
    }

    #[tokio::test]
    async fn who_finds_no_room_may_send_again() {
        let none = Budget::new(0);
        let until = tokio::time::Instant::now() + Duration::from_millis(20);
        let refused = none.take(1, until).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
