//! Why bytes are not a message of HTTP/1.1 here.

/// Why bytes are refused. After any of these nobody knows where the next message begins: the connection must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// The first line is not `METHOD target HTTP/1.x`, or not `HTTP/1.x status reason`.
    #[error("the first line is not valid")]
    StartLine,
    /// Not HTTP/1.0 or HTTP/1.1.
    #[error("the HTTP version is neither 1.0 nor 1.1")]
    Version,
    /// A field's name has a character that no name may have, such as a space before the colon.
    #[error("a header field's name is not valid")]
    FieldName,
    /// A field's value has a control byte, or goes on in the next line (obs-fold).
    #[error("a header field's value is not valid")]
    FieldValue,
    /// A line ends with LF alone, or has a CR inside.
    #[error("a line does not end with CRLF")]
    LineEnd,
    /// More fields than the limit.
    #[error("there are too many header fields")]
    TooManyFields,
    /// More bytes than the limit.
    #[error("the header section is too long")]
    TooLong,
    /// Content-Length is not one number.
    #[error("Content-Length is not one number")]
    ContentLength,
    /// Content-Length beside Transfer-Encoding: two lengths of one message (RFC 9112 section 6.3).
    #[error("there are both Content-Length and Transfer-Encoding")]
    LengthAndCoding,
    /// A transfer coding that is not exactly `chunked`.
    #[error("only the transfer coding chunked is understood")]
    TransferEncoding,
    /// A transfer coding in HTTP/1.0, which knows none.
    #[error("HTTP/1.0 has no transfer codings")]
    CodingInHttp10,
    /// A chunk's size line, data end or extension.
    #[error("the chunked body is not valid")]
    Chunk,
    /// A trailer section that is not valid or too long.
    #[error("the trailer section is not valid")]
    Trailer,
}
