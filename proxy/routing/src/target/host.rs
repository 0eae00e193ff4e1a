//! The host of a request: Host header, `:authority`, or the authority of an absolute target.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use super::TargetError;

/// Longest host name in bytes (RFC 1035).
const MAX_NAME: usize = 253;
/// Longest label in bytes.
const MAX_LABEL: usize = 63;

/// Brings a host to its one form: lower case, without port and trailing dot; an IPv6 literal in brackets and in its shortest writing.
pub fn host(raw: &[u8]) -> Result<Cow<'_, str>, TargetError> {
    let text = std::str::from_utf8(raw).map_err(|_| TargetError::Host)?;
    if let Some(literal) = text.strip_prefix('[') {
        let (address, port) = literal.split_once(']').ok_or(TargetError::Host)?;
        check_port(port)?;
        let address: Ipv6Addr = address.parse().map_err(|_| TargetError::Host)?;
        let normal = format!("[{address}]");
        let unchanged = text.get(..normal.len()).filter(|same| *same == normal);
        return Ok(unchanged.map_or_else(|| Cow::Owned(normal.clone()), Cow::Borrowed));
    }
    let (name, port) = text.find(':').and_then(|colon| text.split_at_checked(colon)).unwrap_or((text, ""));
    check_port(port)?;
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.len() > MAX_NAME || !name.split('.').all(is_label) {
        return Err(TargetError::Host);
    }
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Ok(Cow::Owned(name.to_ascii_lowercase()));
    }
    Ok(Cow::Borrowed(name))
}

/// Letters, digits, hyphens and underscores: what DNS names in use consist of. Everything else that RFC 3986 would allow is refused.
fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Nothing, or a colon and up to five digits that are at most 65,535. RFC 3986 allows a colon without digits.
fn check_port(port: &str) -> Result<(), TargetError> {
    let digits = match port.strip_prefix(':') {
        None if port.is_empty() => return Ok(()),
        None => return Err(TargetError::Host),
        Some(digits) => digits,
    };
    let valid =
        digits.is_empty() || (digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok());
    if valid { Ok(()) } else { Err(TargetError::Host) }
}
