//! One request and its answer, told apart into outcomes by the kind of the error, never by its text.

use bytes::Bytes;
use http::{HeaderName, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::TrySendError;

use crate::{measure::GroupName, outcome::Outcome};

/// The request body of every request.
pub(super) type Outgoing = Request<Full<Bytes>>;

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    pub(super) status: Option<u16>,
    pub(super) group: GroupName,
    pub(super) body_bytes: u64,
}

impl Answer {
    /// No head of an answer.
    pub(super) fn none(outcome: Outcome) -> Self {
        Self { outcome, status: None, group: GroupName::None, body_bytes: 0 }
    }

    /// Sends a request and reads its answer. `Err` gives back a request of which nothing was written.
    pub(super) async fn of(
        sending: impl Future<Output = Result<Response<Incoming>, TrySendError<Outgoing>>>,
        group_by: Option<&HeaderName>,
    ) -> Result<Self, Outgoing> {
        match sending.await {
            Ok(response) => Ok(Self::read(response, group_by).await),
            Err(mut error) => match error.take_message() {
                Some(unwritten) => Err(unwritten),
                None if error.error().is_parse() => Ok(Self::none(Outcome::Malformed)),
                None => Ok(Self::none(Outcome::Reset)),
            },
        }
    }

    async fn read(response: Response<Incoming>, group_by: Option<&HeaderName>) -> Self {
        let (head, mut body) = response.into_parts();
        let group = group_by.and_then(|name| head.headers.get(name));
        let status = head.status.as_u16();
        let mut answer = Self {
            outcome: Outcome::of_status(status),
            status: Some(status),
            group: group.map_or(GroupName::None, |value| GroupName::Value(value.clone())),
            body_bytes: 0,
        };
        while !body.is_end_stream() {
            match body.frame().await {
                Some(Ok(frame)) => {
                    let bytes = frame.data_ref().map_or(0, Bytes::len);
                    answer.body_bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
                }
                Some(Err(_)) => {
                    answer.outcome = Outcome::Truncated;
                    break;
                }
                None => break,
            }
        }
        answer
    }
}
