//! Writing heads and chunks.

use crate::fields::Field;

/// Digits of the largest number.
const DIGITS: usize = 20;

/// Appends a number in decimal digits.
pub(crate) fn decimal(out: &mut Vec<u8>, number: u64) {
    let mut digits = [b'0'; DIGITS];
    let mut rest = number;
    let mut used = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(DIGITS - used..).unwrap_or_default());
}

/// Appends the line of a field that was read, in the bytes in which it came if they are as good as others.
pub fn pass(out: &mut Vec<u8>, field: &Field<'_>) {
    match field.plain {
        Some(line) => out.extend_from_slice(line),
        None => self::field(out, field.name, field.value),
    }
}

/// Appends one field line.
pub fn field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Appends a `Content-Length` line.
pub fn content_length(out: &mut Vec<u8>, length: u64) {
    out.extend_from_slice(b"content-length: ");
    decimal(out, length);
    out.extend_from_slice(b"\r\n");
}

/// Appends the first line of a response.
pub fn status_line(out: &mut Vec<u8>, status: u16, reason: &[u8]) {
    out.extend_from_slice(b"HTTP/1.1 ");
    decimal(out, u64::from(status));
    out.push(b' ');
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
}

/// Appends the size line of a chunk.
pub fn chunk_size(out: &mut Vec<u8>, size: usize) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u32| HEX.get((size >> shift) & 0xf).copied().unwrap_or(b'0');
    let first = (usize::BITS - size.leading_zeros()).div_ceil(4).max(1);
    out.extend((0..first).rev().map(|place| digit(place * 4)));
    out.extend_from_slice(b"\r\n");
}

/// The end of a chunk's data.
pub const CHUNK_END: &[u8] = b"\r\n";
/// The last chunk, before the trailer section.
pub const LAST_CHUNK: &[u8] = b"0\r\n";

#[cfg(test)]
mod tests {
    use super::{chunk_size, decimal};

    #[test]
    fn numbers_have_no_zeros_in_front() {
        for number in [0, 1, 9, 10, 404, 65_535, u64::MAX] {
            let mut out = Vec::new();
            decimal(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
        for size in [0, 1, 15, 16, 0xfff, 0x1000, usize::MAX] {
            let mut out = Vec::new();
            chunk_size(&mut out, size);
            assert_eq!(String::from_utf8(out).unwrap(), format!("{size:x}\r\n"));
        }
    }
}
