//! Finding lines and tokens in bytes: one pass, eight bytes at a time where that is the common case.
//!
//! Every head of every message comes through here, and this is most of what the codec costs.

use crate::fields::{Fields, Line};
use crate::name::Name;
use crate::refused::Refused;

/// Why nothing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It is not whole yet.
    More,
    /// It is not right.
    Refused(Refused),
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Reads field lines from `at` up to the empty line, at most `most` of them; where the empty line ends.
pub(crate) fn fields(bytes: &[u8], mut at: usize, most: usize, fields: &mut Fields) -> Result<usize, Stop> {
    loop {
        match bytes.get(at) {
            Some(b'\r' | b'\n') => return line_end(bytes, at),
            // A line that goes on in the next one (obs-fold).
            Some(b' ' | b'\t') if !fields.is_empty() => return Err(Refused::FieldValue.into()),
            Some(_) if fields.len() >= most => return Err(Refused::TooManyFields.into()),
            Some(_) => at = field(bytes, at, fields)?,
            None => return Err(Stop::More),
        }
    }
}

/// Reads one field line; where it ends.
fn field(bytes: &[u8], start: usize, fields: &mut Fields) -> Result<usize, Stop> {
    let (name, colon) = name(bytes, start)?;
    let mut from = colon + 1;
    while matches!(bytes.get(from), Some(b' ' | b'\t')) {
        from += 1;
    }
    let line_stops = text_end(bytes, from);
    let end = line_end(bytes, line_stops).map_err(|stop| match stop {
        Stop::Refused(Refused::StartLine) => Refused::FieldValue.into(),
        Stop::Refused(_) | Stop::More => stop,
    })?;
    let mut to = line_stops;
    while to > from && matches!(bytes.get(to - 1), Some(b' ' | b'\t')) {
        to -= 1;
    }
    let is_plain = from == colon + 2 && bytes.get(colon + 1) == Some(&b' ') && to == line_stops;
    fields.push(Line::new(name, start..end, colon, from..to, is_plain).ok_or(Refused::TooLong)?);
    Ok(end)
}

/// Reads a field's name; what it is, and where its colon stands.
fn name(bytes: &[u8], start: usize) -> Result<(Name, usize), Stop> {
    let rest = bytes.get(start..).unwrap_or_default();
    let Some(len) = colon(rest) else {
        // Whatever follows, a byte that no name may have is told now.
        return Err(if rest.iter().all(|b| is_token(*b)) { Stop::More } else { Refused::FieldName.into() });
    };
    let name = rest.get(..len).unwrap_or_default();
    let known = Name::known(name);
    if known != Name::Other {
        return Ok((known, start + len));
    }
    let all = name.iter().fold(TOKEN, |all, byte| all | class(*byte));
    match all {
        _ if len == 0 || all & ELSE != 0 => Err(Refused::FieldName.into()),
        _ if all & UNDERSCORE != 0 => Ok((Name::Underscored, start + len)),
        _ => Ok((Name::Other, start + len)),
    }
}

/// Where the first colon stands: most stand among the first few bytes.
fn colon(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut rest = bytes;
    while let Some((eight, after)) = rest.split_first_chunk::<8>() {
        let zeroed = u64::from_le_bytes(*eight) ^ (LOW * 0x3a);
        let found = zeroed.wrapping_sub(LOW) & !zeroed & HIGH;
        if found != 0 {
            return Some(at + usize::try_from(found.trailing_zeros() / 8).unwrap_or_default());
        }
        rest = after;
        at += 8;
    }
    rest.iter().position(|b| *b == b':').map(|place| at + place)
}

/// Where the line end at `at` ends: CRLF, and nothing else. Another byte is [`Refused::StartLine`], for the caller to name better.
pub(crate) fn line_end(bytes: &[u8], at: usize) -> Result<usize, Stop> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Ok(at + 2),
        (Some(b'\r'), Some(_)) | (Some(b'\n'), _) => Err(Refused::LineEnd.into()),
        (Some(b'\r'), None) | (None, _) => Err(Stop::More),
        (Some(_), _) => Err(Refused::StartLine.into()),
    }
}

/// Where the token (RFC 9110 section 5.6.2) that begins at `at` ends.
pub(crate) fn token_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let len = rest.iter().position(|b| !is_token(*b)).unwrap_or(rest.len());
    at + len
}

/// Where the text that begins at `at` ends: at the first control byte but a tab.
pub(crate) fn text_end(bytes: &[u8], at: usize) -> usize {
    let mut rest = bytes.get(at..).unwrap_or_default();
    let mut end = at;
    while let Some((eight, after)) = rest.split_first_chunk::<8>() {
        match first_control(u64::from_le_bytes(*eight)) {
            None => {
                rest = after;
                end += 8;
            }
            Some(place) if eight.get(place) == Some(&b'\t') => {
                rest = rest.get(place + 1..).unwrap_or_default();
                end += place + 1;
            }
            Some(place) => return end + place,
        }
    }
    end + rest.iter().position(|b| is_control(*b)).unwrap_or(rest.len())
}

fn is_control(byte: u8) -> bool {
    byte < b' ' && byte != b'\t' || byte == 0x7f
}

/// Place of the first control byte, tabs included, among eight.
fn first_control(eight: u64) -> Option<usize> {
    let below_space = eight.wrapping_sub(LOW * 0x20) & !eight;
    let no_delete = eight ^ (LOW * 0x7f);
    let delete = no_delete.wrapping_sub(LOW) & !no_delete;
    let found = (below_space | delete) & HIGH;
    // A borrow can only make a byte after the first one look like one.
    (found != 0).then(|| usize::try_from(found.trailing_zeros() / 8).unwrap_or_default())
}

/// The lowest bit of each byte.
const LOW: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Whether a byte may stand in a token.
fn is_token(byte: u8) -> bool {
    class(byte) & ELSE == 0
}

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(ELSE)
}

/// A byte of a token.
const TOKEN: u8 = 0;
/// One that CGI-like upstreams cannot tell from a hyphen.
const UNDERSCORE: u8 = 1;
/// No byte of a token.
const ELSE: u8 = 2;

/// What each byte is.
const CLASSES: [u8; 256] = {
    let mut classes = [ELSE; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            reason = "less than 256; no other conversion is const"
        )]
        let class = match byte as u8 {
            b'_' => UNDERSCORE,
            b'!'
            | b'#'
            | b'$'
            | b'%'
            | b'&'
            | b'\''
            | b'*'
            | b'+'
            | b'-'
            | b'.'
            | b'^'
            | b'`'
            | b'|'
            | b'~'
            | b'0'..=b'9'
            | b'a'..=b'z'
            | b'A'..=b'Z' => TOKEN,
            _ => ELSE,
        };
        #[expect(clippy::indexing_slicing, reason = "less than 256, and evaluated while compiling")]
        {
            classes[byte] = class;
        }
        byte += 1;
    }
    classes
};

#[cfg(test)]
mod tests {
    use super::{is_control, text_end};

    #[test]
    fn a_text_ends_at_the_first_control_byte_wherever_it_stands() {
        for length in 0..20 {
            for control in 0..=255_u8 {
                for around in *b"a\xff \t~" {
                    let mut bytes = vec![around; length];
                    bytes.extend([control, b'\r', around]);
                    let expected = bytes.iter().position(|b| is_control(*b)).unwrap();
                    assert_eq!(text_end(&bytes, 0), expected, "{bytes:?}");
                }
            }
        }
    }
}
