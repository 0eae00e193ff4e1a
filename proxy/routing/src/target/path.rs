//! The path of a request target.
//!
//! Unreserved characters are decoded and other escapes written in capitals (RFC 3986 section 6.2.2), empty, `.` and `..` segments resolved, raw
//! non-ASCII bytes encoded. Left to right, as nginx does it: slashes merge before `..` takes a segment away.

use std::borrow::Cow;

use super::{EncodedSlash, Policy, TargetError};

/// Brings a path, which starts with a slash, to its one form.
pub fn path<'a>(raw: &'a [u8], policy: &Policy) -> Result<Cow<'a, str>, TargetError> {
    match raw.first() {
        Some(b'/') => {}
        None => return Err(TargetError::Empty),
        Some(b'#') => return Err(TargetError::Fragment),
        Some(_) => return Err(TargetError::Form),
    }
    if raw.len() > policy.max_length {
        return Err(TargetError::TooLong(policy.max_length));
    }
    if let (true, Ok(text)) = (is_plain(raw), std::str::from_utf8(raw)) {
        return Ok(Cow::Borrowed(text));
    }
    let found = scan(raw)?;
    if found.encoded_slash && policy.encoded_slash == EncodedSlash::Refuse {
        return Err(TargetError::EncodedSlash);
    }
    let normal = match std::str::from_utf8(raw) {
        Ok(text) if !found.escapes && !has_odd_segment(text) => Cow::Borrowed(text),
        _ => Cow::Owned(resolve(&decode(raw))),
    };
    if found.encoded_slash && hides_dots(&normal) {
        return Err(TargetError::EncodedSlash);
    }
    Ok(normal)
}

/// Whether nothing can need a change: the one pass that nearly every request takes.
fn is_plain(raw: &[u8]) -> bool {
    let mut after_slash = false;
    raw.iter().all(|byte| {
        let is_odd = after_slash && matches!(byte, b'/' | b'.');
        after_slash = *byte == b'/';
        byte.is_ascii_graphic() && !is_odd && !matches!(byte, b'%' | b'\\' | b'#')
    })
}

/// What one pass over the bytes finds.
#[derive(Default)]
struct Found {
    /// An escape or raw byte that is written differently in the one form.
    escapes: bool,
    encoded_slash: bool,
}

fn scan(raw: &[u8]) -> Result<Found, TargetError> {
    let mut found = Found::default();
    let mut rest = raw;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match *byte {
            control @ (0..=0x20 | 0x7f) => return Err(TargetError::Control(control)),
            b'\\' => return Err(TargetError::Backslash),
            b'#' => return Err(TargetError::Fragment),
            0x80.. => found.escapes = true,
            b'%' => {
                let (decoded, after) = escape(tail).ok_or(TargetError::Percent)?;
                match decoded {
                    0 => return Err(TargetError::Nul),
                    b'\\' => return Err(TargetError::Backslash),
                    b'/' => found.encoded_slash = true,
                    _ => {}
                }
                let digits = tail.get(..2).unwrap_or_default();
                found.escapes |= is_unreserved(decoded) || digits.iter().any(u8::is_ascii_lowercase);
                rest = after;
            }
            _ => {}
        }
    }
    Ok(found)
}

/// The byte that two hexadecimal digits after a percent sign mean, and what follows them.
fn escape(tail: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, rest @ ..] = tail else { return None };
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some((digit(*high)? << 4 | digit(*low)?, rest))
}

/// RFC 3986 section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Appends a byte, percent-encoded unless it is ASCII.
pub(super) fn push_raw(text: &mut String, byte: u8) {
    if byte.is_ascii() { text.push(char::from(byte)) } else { push_escape(text, byte) }
}

fn push_escape(text: &mut String, byte: u8) {
    text.push('%');
    for nibble in [byte >> 4, byte & 0xf] {
        text.extend(char::from_digit(u32::from(nibble), 16).map(|digit| digit.to_ascii_uppercase()));
    }
}

/// Escapes in their one form; [`scan`] has found them all valid.
fn decode(raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match escape(tail).filter(|_| *byte == b'%') {
            Some((decoded, after)) => {
                if is_unreserved(decoded) {
                    text.push(char::from(decoded));
                } else {
                    push_escape(&mut text, decoded);
                }
                rest = after;
            }
            None => push_raw(&mut text, *byte),
        }
    }
    text
}

/// Whether any segment is empty (but the last), `.` or `..`.
fn has_odd_segment(path: &str) -> bool {
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if matches!(segment, "." | "..") || (segment.is_empty() && segments.peek().is_some()) {
            return true;
        }
    }
    false
}

/// Empty, `.` and `..` segments resolved. Above the root is the root.
fn resolve(path: &str) -> String {
    let mut resolved = String::with_capacity(path.len());
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => resolved.truncate(resolved.rfind('/').unwrap_or_default()),
            name => {
                resolved.push('/');
                resolved.push_str(name);
            }
        }
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    if resolved.is_empty() || matches!(last, "" | "." | "..") {
        resolved.push('/');
    }
    resolved
}

/// Whether an upstream that decodes `%2F` would see `.` or `..` segments.
fn hides_dots(path: &str) -> bool {
    path.split('/').flat_map(|segment| segment.split("%2F")).any(|piece| matches!(piece, "." | ".."))
}
