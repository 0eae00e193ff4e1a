//! The body of a message: which bytes of a buffer are its data, and where it ends.

use std::ops::Range;

use crate::chunk::{Chunks, Next};
use crate::fields::Fields;
use crate::length::Length;
use crate::refused::Refused;
use crate::scan::{self, Stop};

/// Bytes of a trailer section.
const MOST_TRAILER_BYTES: usize = 8 * 1024;
/// Fields of a trailer section.
const MOST_TRAILERS: usize = 64;

/// Reads one body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoder(State);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Bytes(u64),
    Chunks(Chunks),
    UntilEnd,
    Done,
}

/// What is at the beginning of the bytes that were shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes are data of the body. Those before them are framing, and done with.
    Data(Range<usize>),
    /// `skip` bytes were framing; nothing else is here, show more.
    More {
        /// Bytes that are done with.
        skip: usize,
    },
    /// The body ended after so many bytes; what follows is another message. The fields that were given have the trailer fields, and
    /// nothing where there is none.
    End {
        /// Bytes that are done with.
        skip: usize,
        /// Where the trailer section lies, for [`Fields::iter`]; empty where there is none.
        trailers: Range<usize>,
    },
}

impl Decoder {
    /// For a body of this length.
    #[must_use]
    pub fn new(length: Length) -> Self {
        Self(match length {
            Length::None | Length::Bytes(0) => State::Done,
            Length::Bytes(bytes) => State::Bytes(bytes),
            Length::Chunked => State::Chunks(Chunks::new()),
            Length::UntilEnd => State::UntilEnd,
        })
    }

    /// Whether the body has come to its end.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.0 == State::Done
    }

    /// Whether the end of the connection is the end of the body, and not a cut.
    #[must_use]
    pub fn ends_with_connection(&self) -> bool {
        matches!(self.0, State::UntilEnd | State::Done)
    }

    /// What `bytes`, which follow those already done with, begin with. The caller drops what is done with and asks again.
    pub fn next(&mut self, bytes: &[u8], trailers: &mut Fields) -> Result<Piece, Refused> {
        match &mut self.0 {
            State::Done => {
                trailers.clear();
                Ok(Piece::End { skip: 0, trailers: 0..0 })
            }
            _ if bytes.is_empty() => Ok(Piece::More { skip: 0 }),
            State::UntilEnd => Ok(Piece::Data(0..bytes.len())),
            State::Bytes(left) => {
                let here = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
                if *left == 0 {
                    self.0 = State::Done;
                }
                Ok(Piece::Data(0..here))
            }
            State::Chunks(chunks) => {
                let (skip, next) = chunks.read(bytes)?;
                let rest = bytes.get(skip..).unwrap_or_default();
                match next {
                    Next::More => Ok(Piece::More { skip }),
                    Next::Data(_) if rest.is_empty() => Ok(Piece::More { skip }),
                    Next::Data(size) => {
                        let here = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
                        chunks.taken(u64::try_from(here).unwrap_or(u64::MAX));
                        Ok(Piece::Data(skip..skip + here))
                    }
                    Next::Trailers => self.trailers(skip, rest, trailers),
                }
            }
        }
    }

    fn trailers(&mut self, skip: usize, rest: &[u8], fields: &mut Fields) -> Result<Piece, Refused> {
        fields.clear();
        let len = match scan::fields(rest, 0, MOST_TRAILERS, fields) {
            Ok(len) => len,
            Err(Stop::More) if rest.len() < MOST_TRAILER_BYTES => return Ok(Piece::More { skip }),
            Err(Stop::More | Stop::Refused(_)) => return Err(Refused::Trailer),
        };
        // However it was cut into reads.
        if len > MOST_TRAILER_BYTES {
            return Err(Refused::Trailer);
        }
        self.0 = State::Done;
        let section = if fields.is_empty() { 0..0 } else { skip..skip + len };
        Ok(Piece::End { skip: skip + len, trailers: section })
    }
}
