//! How long the body of a message is: one answer, or the message is refused (RFC 9112 section 6.3).
//!
//! Two parties that disagree about it let one request hide in another's body (request smuggling). So exactly one form of each is understood.

use crate::fields::Fields;
use crate::head::Version;
use crate::name::Name;
use crate::refused::Refused;

/// How long a body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Length {
    /// There is none, whatever the fields say.
    #[default]
    None,
    /// So many bytes.
    Bytes(u64),
    /// In chunks.
    Chunked,
    /// Until the connection ends; responses only.
    UntilEnd,
}

/// More is refused: parties that read signed numbers would see another one.
const MOST_BYTES: u64 = i64::MAX.cast_unsigned();

/// The one number that a Content-Length is.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let number = digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    });
    number.filter(|number| *number <= MOST_BYTES)
}

/// The one number that a further Content-Length of a response and those `before` agree on: upstreams repeat it, in one field or in several, and there is
/// only one meaning as long as they do.
#[must_use]
pub fn agreed(before: Option<u64>, value: &[u8]) -> Option<u64> {
    value.split(|b| *b == b',').try_fold(before, |before, item| {
        let number = number(item.trim_ascii())?;
        before.is_none_or(|before| before == number).then_some(Some(number))
    })?
}

/// Whether the framing of a response says two things, of which HTTP prefers one: usable, but the connection must not be used again. `declared`: its
/// Content-Length.
#[must_use]
pub fn is_doubtful(status: u16, chunked: bool, declared: Option<u64>) -> bool {
    match (chunked, declared) {
        (true, Some(_)) => true,
        (true, None) | (false, Some(_)) => is_bodiless(status),
        (false, None) => false,
    }
}

/// Whether a response never has a body.
fn is_bodiless(status: u16) -> bool {
    matches!(status, 100..=199 | 204)
}

/// Length of a request's body.
pub(crate) fn request(head: &[u8], fields: &Fields, version: Version) -> Result<Length, Refused> {
    if !fields.has_any(Name::ContentLength.bit() | Name::TransferEncoding.bit()) {
        return Ok(Length::None);
    }
    if fields.has(Name::TransferEncoding) {
        if fields.has(Name::ContentLength) {
            return Err(Refused::LengthAndCoding);
        }
        let is_chunked = is_chunked(head, fields)?;
        return match version {
            Version::Http11 if is_chunked => Ok(Length::Chunked),
            Version::Http11 => Err(Refused::TransferEncoding),
            Version::Http10 => Err(Refused::CodingInHttp10),
        };
    }
    let mut values = fields.values(head, Name::ContentLength);
    match (values.next().and_then(number), values.next()) {
        (Some(0), None) => Ok(Length::None),
        (Some(bytes), None) => Ok(Length::Bytes(bytes)),
        _ => Err(Refused::ContentLength),
    }
}

/// Whether Transfer-Encoding is there and is exactly `chunked`, once.
fn is_chunked(head: &[u8], fields: &Fields) -> Result<bool, Refused> {
    let mut values = fields.values(head, Name::TransferEncoding);
    match (values.next(), values.next()) {
        (None, _) => Ok(false),
        (Some(value), None) if value.eq_ignore_ascii_case(b"chunked") => Ok(true),
        (Some(_), _) => Err(Refused::TransferEncoding),
    }
}

/// Length of a response's body, and whether its fields left no doubt about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResponseLength {
    /// How long the body on this connection is.
    pub body: Length,
    /// The one Content-Length, also where it is about a body that does not follow (HEAD, 304).
    pub declared: Option<u64>,
    /// The fields say two things, of which HTTP prefers one: usable, but the connection must not be used again.
    pub doubtful: bool,
}

impl ResponseLength {
    /// The number of bytes that follow, where it is known before they come.
    #[must_use]
    pub fn known(&self) -> Option<u64> {
        match self.body {
            Length::None => Some(0),
            Length::Bytes(bytes) => Some(bytes),
            // HTTP prefers the chunks where both are said; over HTTP/2 both can be true.
            Length::Chunked if !self.doubtful => self.declared,
            Length::Chunked | Length::UntilEnd => None,
        }
    }
}

/// Length of a response's body. `to_head`: the request was HEAD.
pub(crate) fn response(
    head: &[u8],
    fields: &Fields,
    version: Version,
    status: u16,
    to_head: bool,
) -> Result<ResponseLength, Refused> {
    let chunked = is_chunked(head, fields)?;
    if chunked && version == Version::Http10 {
        return Err(Refused::CodingInHttp10);
    }
    let declared = one_length(head, fields)?;
    let doubtful = is_doubtful(status, chunked, declared);
    let body = match declared {
        _ if is_bodiless(status) || to_head || status == 304 => Length::None,
        _ if chunked => Length::Chunked,
        Some(0) => Length::None,
        Some(bytes) => Length::Bytes(bytes),
        None => Length::UntilEnd,
    };
    Ok(ResponseLength { body, declared, doubtful })
}

/// The one number that all Content-Length fields of a response agree on.
fn one_length(head: &[u8], fields: &Fields) -> Result<Option<u64>, Refused> {
    let mut values = fields.values(head, Name::ContentLength);
    match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) if !value.contains(&b',') => {
            return number(value).map(Some).ok_or(Refused::ContentLength);
        }
        (Some(_), _) => {}
    }
    let mut values = fields.values(head, Name::ContentLength);
    values.try_fold(None, |before, value| agreed(before, value).map(Some)).ok_or(Refused::ContentLength)
}
