//! Why a request was not answered by an upstream, whose fault that is, and what the client gets. One exhaustive table each.
//!
//! A [`Refusal`] comes before any route is known and is counted by its name only. A [`Failure`] has a route: it becomes an outcome of a track.

use http::StatusCode;
use weir_http1::Refused;
use weir_routing::target::TargetError;
use weir_telemetry::outcome::Outcome;

/// A request that no route is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Not a method.
    #[error("the method is not a name in capital letters")]
    Method,
    /// CONNECT or TRACE.
    #[error("this method is not allowed here")]
    MethodNotAllowed,
    /// No Host.
    #[error("the Host header is missing")]
    HostMissing,
    /// Several Hosts.
    #[error("there is more than one Host header")]
    HostDoubled,
    /// Not a host.
    #[error("the Host header is not a valid host")]
    HostInvalid,
    /// Host and target name different hosts.
    #[error("the Host header and the request target name different hosts")]
    HostMismatch,
    /// The request target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// `*` without OPTIONS.
    #[error("only OPTIONS may ask for *")]
    Asterisk,
    /// A transfer coding that is not exactly `chunked`.
    #[error("only the transfer coding chunked is understood")]
    TransferEncoding,
    /// The bytes are not a head of HTTP/1.1.
    #[error(transparent)]
    Head(#[from] Refused),
    /// An expectation that is not `100-continue`.
    #[error("only the expectation 100-continue is understood")]
    Expectation,
    /// No route takes it.
    #[error("no route takes this host and path")]
    NoRoute,
    /// Nothing was read yet.
    #[error("the routes are not loaded yet")]
    NotReady,
}

impl Refusal {
    /// Names in metric labels, in the order of [`Refusal::number`].
    pub(crate) const NAMES: [&'static str; 21] = [
        "method",
        "method_not_allowed",
        "host_missing",
        "host_doubled",
        "host_invalid",
        "host_mismatch",
        "target",
        "asterisk",
        "transfer_encoding",
        "expectation",
        "no_route",
        "not_ready",
        "request_line",
        "version",
        "field_name",
        "field_value",
        "line_end",
        "too_many_fields",
        "head_too_long",
        "content_length",
        "length_and_coding",
    ];

    /// Its place in [`Self::NAMES`].
    pub(crate) fn number(self) -> usize {
        match self {
            Self::Method => 0,
            Self::MethodNotAllowed => 1,
            Self::HostMissing => 2,
            Self::HostDoubled => 3,
            Self::HostInvalid => 4,
            Self::HostMismatch => 5,
            Self::Target(_) => 6,
            Self::Asterisk => 7,
            // A head has no chunks; those are faults of a body, which has a failure of its own.
            Self::TransferEncoding
            | Self::Head(
                Refused::TransferEncoding | Refused::CodingInHttp10 | Refused::Chunk | Refused::Trailer,
            ) => 8,
            Self::Expectation => 9,
            Self::NoRoute => 10,
            Self::NotReady => 11,
            Self::Head(Refused::StartLine) => 12,
            Self::Head(Refused::Version) => 13,
            Self::Head(Refused::FieldName) => 14,
            Self::Head(Refused::FieldValue) => 15,
            Self::Head(Refused::LineEnd) => 16,
            Self::Head(Refused::TooManyFields) => 17,
            Self::Head(Refused::TooLong) => 18,
            Self::Head(Refused::ContentLength) => 19,
            Self::Head(Refused::LengthAndCoding) => 20,
        }
    }

    /// What the client gets.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Target(TargetError::TooLong(_)) => StatusCode::URI_TOO_LONG,
            Self::Method
            | Self::HostMissing
            | Self::HostDoubled
            | Self::HostInvalid
            | Self::HostMismatch
            | Self::Target(_)
            | Self::Asterisk
            | Self::Head(
                Refused::StartLine
                | Refused::FieldName
                | Refused::FieldValue
                | Refused::LineEnd
                | Refused::ContentLength
                | Refused::LengthAndCoding
                | Refused::CodingInHttp10
                | Refused::Chunk
                | Refused::Trailer,
            ) => StatusCode::BAD_REQUEST,
            Self::Head(Refused::Version) => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::Head(Refused::TooManyFields | Refused::TooLong) => {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TransferEncoding | Self::Head(Refused::TransferEncoding) => StatusCode::NOT_IMPLEMENTED,
            Self::Expectation => StatusCode::EXPECTATION_FAILED,
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether an HTTP/1.1 connection ends with this answer: whoever sends such a head may have meant other message borders too.
    pub(crate) fn closes(self) -> bool {
        !matches!(self, Self::NoRoute | Self::NotReady | Self::Expectation)
    }
}

/// A request that has a route and got no answer of an upstream that could be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// The track has no ready endpoint.
    #[error("no endpoint of the service is ready")]
    NoEndpoint,
    /// No connection.
    #[error("the upstream could not be reached")]
    Connect,
    /// No connection in time.
    #[error("the upstream could not be reached in time")]
    ConnectTimeout,
    /// Its certificate is not the one that its route asks for.
    #[error("the upstream's certificate is not trusted")]
    Untrusted,
    /// The proxy lacks the certificate or the authorities that the route asks for.
    #[error("the certificates for this route are not there")]
    Credentials,
    /// This machine has no socket, port or memory left for a connection.
    #[error("the proxy has no resources left for a connection")]
    Exhausted,
    /// No response head in time.
    #[error("the upstream did not answer in time")]
    ResponseTimeout,
    /// The connection ended before the response head.
    #[error("the upstream closed the connection before it answered")]
    Reset,
    /// Not HTTP, or with two meanings.
    #[error("the upstream's answer is not valid HTTP")]
    Garbage,
    /// A change of protocol that nobody asked for.
    #[error("the upstream changed to a protocol that was not asked for")]
    UnaskedUpgrade,
    /// The client's body is not what its head says.
    #[error("the request body is not valid")]
    BodyInvalid,
    /// The client's body has more bytes than its route takes.
    #[error("the request body is too large for this route")]
    BodyTooLarge,
    /// The client's body comes too slowly.
    #[error("the request body did not come in time")]
    BodyTimeout,
    /// An answer with this status was given up for a page that did not come. The request has been counted.
    #[error("the page for this answer did not come")]
    NoPage(StatusCode),
    /// The client has closed its connection: nobody is there for an answer.
    #[error("the client has gone")]
    ClientGone,
}

impl Failure {
    /// How the request counts.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::NoEndpoint | Self::Connect | Self::ConnectTimeout | Self::Untrusted => {
                Outcome::ConnectFailed
            }
            Self::Exhausted | Self::Credentials | Self::NoPage(_) => Outcome::ProxyError,
            Self::ResponseTimeout => Outcome::UpstreamTimeout,
            Self::Reset | Self::Garbage | Self::UnaskedUpgrade => Outcome::UpstreamReset,
            Self::BodyTooLarge => Outcome::ClientError,
            Self::BodyInvalid | Self::BodyTimeout | Self::ClientGone => Outcome::ClientAborted,
        }
    }

    /// What the client gets.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::NoEndpoint | Self::Exhausted | Self::Credentials => StatusCode::SERVICE_UNAVAILABLE,
            Self::Connect | Self::Untrusted | Self::Reset | Self::Garbage | Self::UnaskedUpgrade => {
                StatusCode::BAD_GATEWAY
            }
            Self::ConnectTimeout | Self::ResponseTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::BodyInvalid | Self::ClientGone => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::NoPage(status) => status,
        }
    }

    /// Whether the request may be tried again where nothing of it is known to have had an effect. A timeout may not: the user has waited
    /// long enough, and the upstream may still be working on it.
    pub(crate) fn may_be_repeated(self) -> bool {
        match self {
            Self::NoEndpoint
            | Self::Connect
            | Self::ConnectTimeout
            | Self::Untrusted
            | Self::Reset
            | Self::Garbage
            | Self::UnaskedUpgrade => true,
            Self::Exhausted
            | Self::Credentials
            | Self::ResponseTimeout
            | Self::BodyInvalid
            | Self::BodyTooLarge
            | Self::BodyTimeout
            | Self::NoPage(_)
            | Self::ClientGone => false,
        }
    }

    /// Whether an HTTP/1.1 connection ends with this answer, because its body cannot be read to its end.
    pub(crate) fn closes(self) -> bool {
        matches!(self, Self::BodyInvalid | Self::BodyTooLarge | Self::BodyTimeout | Self::ClientGone)
    }
}

/// The body of a request cannot be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UploadError {
    /// The codec could not read on: bad framing, or the client went away.
    #[error("the request body is broken")]
    Broken,
    /// It has more bytes than its route takes.
    #[error("the request body is too large for this route")]
    TooLarge,
    /// Nothing came, or too little.
    #[error("the request body did not come in time")]
    Timeout,
}

/// The body of a response ends here, without its end. The codec cuts the client's connection or stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RelayError {
    /// The upstream's body was cut.
    #[error("the upstream's body was cut")]
    Truncated,
    /// Nothing came for too long.
    #[error("the upstream's body did not come in time")]
    Timeout,
    /// The client's request body failed while the response was on its way.
    #[error("the request body failed")]
    Upload,
}
