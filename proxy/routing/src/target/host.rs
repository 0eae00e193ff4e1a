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
    let colon = raw.iter().position(|b| *b == b':').unwrap_or(raw.len());
    let (name, port) = text.split_at_checked(colon).unwrap_or((text, ""));
    check_port(port)?;
    let name = name.strip_suffix('.').unwrap_or(name);
    let has_capitals = check_name(name.as_bytes())?;
    if has_capitals { Ok(Cow::Owned(name.to_ascii_lowercase())) } else { Ok(Cow::Borrowed(name)) }
}

/// Whether a name has capitals. Labels are letters, digits, hyphens and underscores: what DNS names in use consist of. Everything else that RFC 3986
/// would allow is refused.
fn check_name(name: &[u8]) -> Result<bool, TargetError> {
    // One pass, because every request has a host; labels too long are only in names that are long.
    let (mut all, mut before) = (0, DOT);
    for byte in name {
        let class = CLASSES.get(usize::from(*byte)).copied().unwrap_or(OTHER);
        all |= class | (class & before & DOT) << EMPTY_LABEL_SHIFT;
        before = class;
    }
    let is_long = name.len() > MAX_LABEL && name.split(|b| *b == b'.').any(|label| label.len() > MAX_LABEL);
    if all & (OTHER | EMPTY_LABEL) != 0 || before & DOT != 0 || is_long || name.len() > MAX_NAME {
        return Err(TargetError::Host);
    }
    Ok(all & CAPITAL != 0)
}

/// A byte of a label.
const LABEL: u8 = 1;
/// A capital letter, which a label may have too.
const CAPITAL: u8 = 2;
/// Between labels.
const DOT: u8 = 4;
/// No byte of a name.
const OTHER: u8 = 8;
/// Two dots without a label between them.
const EMPTY_LABEL: u8 = DOT << EMPTY_LABEL_SHIFT;
const EMPTY_LABEL_SHIFT: u8 = 2;

/// What each byte is.
const CLASSES: [u8; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            reason = "less than 256; no other conversion is const"
        )]
        let class = match byte as u8 {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => LABEL,
            b'A'..=b'Z' => CAPITAL,
            b'.' => DOT,
            _ => OTHER,
        };
        #[expect(clippy::indexing_slicing, reason = "less than 256, and evaluated while compiling")]
        {
            classes[byte] = class;
        }
        byte += 1;
    }
    classes
};

/// Nothing, or a colon and digits that are at most 65,535. RFC 3986 allows a colon without digits.
fn check_port(port: &str) -> Result<(), TargetError> {
    let digits = match port.strip_prefix(':') {
        None if port.is_empty() => return Ok(()),
        None => return Err(TargetError::Host),
        Some(digits) => digits,
    };
    let number = digits.bytes().try_fold(0_u16, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number.checked_mul(10)?.checked_add(u16::from(digit))
    });
    number.map(|_| ()).ok_or(TargetError::Host)
}
