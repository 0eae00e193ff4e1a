//! Chunked bodies (RFC 9112 section 7.1), one byte of state between reads.
//!
//! Stricter than the grammar of old: lines end with CRLF, sizes are hexadecimal digits and nothing else, extensions are dropped and may not have
//! control bytes, and all of them together are limited.

use crate::refused::Refused;

/// Digits of a chunk size: more could overflow.
const MOST_DIGITS: u8 = 16;
/// Bytes of extensions and padding of one body.
const MOST_EXTENSION_BYTES: u32 = 16 * 1024;

/// Where in a chunked body the next byte lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunks {
    state: State,
    size: u64,
    digits: u8,
    extension_bytes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size,
    Padding,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailers,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// More bytes are needed.
    More,
    /// So many bytes of data.
    Data(u64),
    /// The trailer section.
    Trailers,
}

impl Chunks {
    pub(crate) fn new() -> Self {
        Self { state: State::Size, size: 0, digits: 0, extension_bytes: 0 }
    }

    /// Reads framing from the beginning of `bytes` up to data, trailers, or their end; gives how many bytes were read.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<(usize, Next), Refused> {
        let mut at = 0;
        loop {
            match self.state {
                State::Data => return Ok((at, Next::Data(self.size))),
                State::Trailers => return Ok((at, Next::Trailers)),
                State::Size
                | State::Padding
                | State::Extension
                | State::SizeLf
                | State::DataCr
                | State::DataLf => {}
            }
            let Some(byte) = bytes.get(at) else { return Ok((at, Next::More)) };
            self.step(*byte)?;
            at += 1;
        }
    }

    /// `bytes` of data were taken.
    pub(crate) fn taken(&mut self, bytes: u64) {
        self.size = self.size.saturating_sub(bytes);
        if self.size == 0 {
            self.state = State::DataCr;
        }
    }

    fn step(&mut self, byte: u8) -> Result<(), Refused> {
        self.state = match (self.state, byte) {
            (State::Size, _) if hex(byte).is_some() => return self.digit(byte),
            (State::Size, _) if self.digits == 0 => return Err(Refused::Chunk),
            (State::Size | State::Padding | State::Extension, b'\r') => State::SizeLf,
            (State::Size | State::Padding, b' ' | b'\t') => self.extended(State::Padding)?,
            (State::Size | State::Padding, b';') | (State::Extension, b'\t' | b' '..=b'~' | 0x80..) => {
                self.extended(State::Extension)?
            }
            (State::SizeLf, b'\n') if self.size == 0 => State::Trailers,
            (State::SizeLf, b'\n') => State::Data,
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => {
                (self.size, self.digits) = (0, 0);
                State::Size
            }
            _ => return Err(Refused::Chunk),
        };
        Ok(())
    }

    fn digit(&mut self, byte: u8) -> Result<(), Refused> {
        self.digits += 1;
        if self.digits > MOST_DIGITS {
            return Err(Refused::Chunk);
        }
        self.size = self.size << 4 | u64::from(hex(byte).unwrap_or_default());
        Ok(())
    }

    fn extended(&mut self, state: State) -> Result<State, Refused> {
        self.extension_bytes += 1;
        if self.extension_bytes > MOST_EXTENSION_BYTES { Err(Refused::Chunk) } else { Ok(state) }
    }
}

fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
