//! The header of the PROXY protocol (versions 1 and 2, as `HAProxy` has specified it): who the client is, said by a load balancer that passes bytes on.
//!
//! Pure: bytes in, addresses out. It takes exactly what the specification calls well-formed; what is not is no header.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What a header of version 2 begins with.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// What a header of version 1 begins with.
const WORD: &[u8] = b"PROXY ";
/// Most bytes of a header of version 1, with its end of line.
const MOST_V1: usize = 107;
/// Bytes of a header of version 2 before what it says the length of.
const FIXED_V2: usize = 16;
/// Most bytes that are taken after these: addresses, and extensions (TLV), which load balancers put keys and certificates' names into.
pub(super) const MOST_V2: usize = 4096;

/// How far a header goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// These many bytes.
    Whole(Said, usize),
    /// Farther than what is there.
    Begun,
}

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The connection is the load balancer's own, or of a kind that has no addresses here: the socket's count.
    Nothing,
    /// It passes on a connection.
    Client {
        /// From here.
        from: SocketAddr,
        /// It was made to this address.
        to: SocketAddr,
    },
}

/// These bytes do not begin with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no header of the PROXY protocol")]
pub(super) struct NoHeader;

/// Reads the header that these bytes begin with.
pub(super) fn read(bytes: &[u8]) -> Result<Found, NoHeader> {
    if begins(bytes, SIGNATURE) {
        return if bytes.len() < FIXED_V2 { Ok(Found::Begun) } else { binary(bytes) };
    }
    if begins(bytes, WORD) { text(bytes) } else { Err(NoHeader) }
}

/// Whether one of them begins with the other.
fn begins(bytes: &[u8], with: &[u8]) -> bool {
    bytes.iter().zip(with).all(|(one, other)| one == other)
}

/// Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443`, and CRLF.
fn text(bytes: &[u8]) -> Result<Found, NoHeader> {
    let window = bytes.get(..MOST_V1).unwrap_or(bytes);
    let Some(end) = window.iter().position(|byte| *byte == b'\n') else {
        return if window.len() < MOST_V1 { Ok(Found::Begun) } else { Err(NoHeader) };
    };
    let line = window.get(..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(NoHeader)?;
    let line = std::str::from_utf8(line).map_err(|_| NoHeader)?;
    let mut words = line.split(' ').skip(1);
    let said = match words.next() {
        // Whatever follows is to be passed over.
        Some("UNKNOWN") => return Ok(Found::Whole(Said::Nothing, end + 1)),
        Some("TCP4") => addresses(&mut words, |word| word.parse().ok().map(IpAddr::V4)),
        Some("TCP6") => addresses(&mut words, |word| word.parse().ok().map(IpAddr::V6)),
        Some(_) | None => None,
    };
    match (said, words.next()) {
        (Some(said), None) => Ok(Found::Whole(said, end + 1)),
        _ => Err(NoHeader),
    }
}

fn addresses<'w>(
    words: &mut impl Iterator<Item = &'w str>,
    address: fn(&str) -> Option<IpAddr>,
) -> Option<Said> {
    let (from, to) = (address(words.next()?)?, address(words.next()?)?);
    let (of, port) = (port(words.next()?)?, port(words.next()?)?);
    Some(Said::Client { from: SocketAddr::new(from, of), to: SocketAddr::new(to, port) })
}

/// Digits, and no zero before them.
fn port(word: &str) -> Option<u16> {
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit()) && (word == "0" || !word.starts_with('0'));
    if is_number { word.parse().ok() } else { None }
}

/// Version 2.
fn binary(bytes: &[u8]) -> Result<Found, NoHeader> {
    let [command, kind, high, low] =
        *bytes.get(SIGNATURE.len()..).and_then(|rest| rest.first_chunk()).ok_or(NoHeader)?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    let is_proxied = match command {
        0x20 => false,
        0x21 => true,
        _ => return Err(NoHeader),
    };
    // Bytes that the addresses of the family have.
    let least = match kind {
        0x00 => 0,
        0x11 | 0x12 => 12,
        0x21 | 0x22 => 36,
        0x31 | 0x32 => 216,
        _ => return Err(NoHeader),
    };
    if length > MOST_V2 || (is_proxied && length < least) {
        return Err(NoHeader);
    }
    let Some(body) = bytes.get(FIXED_V2..FIXED_V2 + length) else { return Ok(Found::Begun) };
    // Datagrams and sockets of the machine are no clients of this one.
    let said = match kind {
        0x11 if is_proxied => v4(body),
        0x21 if is_proxied => v6(body),
        _ => Some(Said::Nothing),
    };
    Ok(Found::Whole(said.ok_or(NoHeader)?, FIXED_V2 + length))
}

fn v4(body: &[u8]) -> Option<Said> {
    let (from, rest) = body.split_first_chunk::<4>()?;
    let (to, rest) = rest.split_first_chunk::<4>()?;
    client(Ipv4Addr::from(*from).into(), Ipv4Addr::from(*to).into(), rest)
}

fn v6(body: &[u8]) -> Option<Said> {
    let (from, rest) = body.split_first_chunk::<16>()?;
    let (to, rest) = rest.split_first_chunk::<16>()?;
    client(Ipv6Addr::from(*from).into(), Ipv6Addr::from(*to).into(), rest)
}

fn client(from: IpAddr, to: IpAddr, ports: &[u8]) -> Option<Said> {
    let (of, rest) = ports.split_first_chunk::<2>()?;
    let port = rest.first_chunk::<2>()?;
    let (of, port) = (u16::from_be_bytes(*of), u16::from_be_bytes(*port));
    Some(Said::Client { from: SocketAddr::new(from, of), to: SocketAddr::new(to, port) })
}

#[cfg(test)]
mod tests;
