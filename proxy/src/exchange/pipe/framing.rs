//! A body framed anew: what goes out of it next, and how it ends.

use weir_http1::body::Piece;
use weir_http1::{Fields, Name, Refused, write};

use super::{Broken, Pipe};
use crate::buffer::Buffer;
use crate::harden::trailers;
use crate::record;

/// A piece of a body up to this size is copied behind what goes before it, which saves the second part of a vectored write.
const COPIED: usize = 2 * 1024;
/// Framing and small pieces that are gathered before they are written.
const GATHERED: usize = 16 * 1024;

impl Pipe {
    /// Makes what can be written next of what was read; `true` where more must be read.
    pub(super) fn gather(&mut self, buffer: &mut Buffer, trailers: &mut Fields) -> Result<bool, Refused> {
        if self.written == self.frame.len() && self.written > 0 {
            self.frame.clear();
            self.written = 0;
        }
        if std::mem::take(&mut self.owes_end) {
            self.frame.extend_from_slice(write::CHUNK_END);
        }
        while self.frame.len() < GATHERED {
            match self.decoder.next(buffer.filled(), trailers)? {
                Piece::Data(range) => {
                    let size = range.len();
                    self.passed = self.passed.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
                    if self.passed > self.limit {
                        self.breaks = Some(Broken::TooLarge);
                        return Ok(false);
                    }
                    if let Some(tee) = &self.tee {
                        tee.take(buffer.filled().get(range.clone()).unwrap_or_default());
                    }
                    if self.chunked {
                        write::chunk_size(&mut self.frame, size);
                    }
                    if size > COPIED {
                        buffer.take(range.start);
                        (self.body, self.owes_end) = (size, self.chunked);
                        return Ok(false);
                    }
                    self.frame.extend_from_slice(buffer.filled().get(range.clone()).unwrap_or_default());
                    if self.chunked {
                        self.frame.extend_from_slice(write::CHUNK_END);
                    }
                    buffer.take(range.end);
                }
                Piece::More { skip } => {
                    buffer.take(skip);
                    return Ok(true);
                }
                Piece::End { skip, trailers: section } => {
                    self.end(buffer.filled().get(section).unwrap_or_default(), trailers);
                    buffer.take(skip);
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    /// The body has ended with this trailer section.
    pub(super) fn end(&mut self, section: &[u8], trailers: &Fields) {
        self.ended = true;
        if let Some(tee) = self.tee.take() {
            tee.end();
        }
        if !section.is_empty() {
            self.grpc_outcome = trailers.get(section, Name::GrpcStatus).map(record::outcome_of_grpc);
        }
        if !self.chunked {
            return;
        }
        self.frame.extend_from_slice(write::LAST_CHUNK);
        if !section.is_empty() {
            let may_pass = |name: &[u8]| {
                std::str::from_utf8(name).is_ok_and(|name| trailers::is_allowed(&name.to_ascii_lowercase()))
            };
            for field in trailers.iter(section).filter(|field| may_pass(field.name)) {
                write::field(&mut self.frame, field.name, field.value);
            }
        }
        self.frame.extend_from_slice(write::CHUNK_END);
    }
}
