//! The codec as a connection uses it: bytes come in pieces, messages go out.

use weir_http1::body::Piece;
use weir_http1::{Decoder, Fields, Length, Limits, Refused, Version, request, response};

use crate::message::{Conversation, End, Lines, Message};

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// From a client: one request after another.
    Requests,
    /// From an upstream: interim responses, then one that ends the conversation.
    Response {
        /// The request was HEAD.
        to_head: bool,
    },
}

/// What the codec makes of `pieces`, which come one after the other; the connection ends after them.
pub(crate) fn read<'p>(side: Side, pieces: impl IntoIterator<Item = &'p [u8]>) -> Conversation {
    let mut reader = Reader::new(side);
    for piece in pieces {
        if !reader.push(piece) {
            break;
        }
    }
    reader.finish()
}

struct Reader {
    side: Side,
    /// Everything that came, of which `taken` bytes are done with.
    buffer: Vec<u8>,
    seen: usize,
    taken: usize,
    body: Option<Decoder>,
    message: Message,
    trailers: Fields,
    request: request::Head,
    response: response::Head,
    found: Conversation,
}

impl Reader {
    fn new(side: Side) -> Self {
        Self {
            side,
            buffer: Vec::new(),
            seen: 0,
            taken: 0,
            body: None,
            message: Message::default(),
            trailers: Fields::default(),
            request: request::Head::default(),
            response: response::Head::default(),
            found: Conversation::default(),
        }
    }

    /// Whether more is wanted.
    fn push(&mut self, piece: &[u8]) -> bool {
        self.buffer.extend_from_slice(piece);
        loop {
            let step = if self.body.is_some() { self.body_step() } else { self.head_step() };
            match step {
                Ok(true) if self.found.end == End::Closed => return false,
                Ok(true) => {}
                Ok(false) => return true,
                Err(refused) => {
                    self.found.end = End::Refused(Some(refused));
                    return false;
                }
            }
        }
    }

    fn finish(mut self) -> Conversation {
        let in_body = self.body.is_some();
        let waits = self.found.end == End::Waits;
        if waits && self.body.is_some_and(|body| body.ends_with_connection()) {
            self.whole();
        } else if in_body {
            self.found.unfinished = Some(self.message);
        }
        self.found
    }

    /// Whether anything was read.
    fn head_step(&mut self) -> Result<bool, Refused> {
        let bytes = &self.buffer[self.taken..];
        if bytes.is_empty() {
            return Ok(false);
        }
        let limits = Limits::default();
        let read = match self.side {
            Side::Requests => self.request.read(bytes, self.seen, &limits)?,
            Side::Response { to_head } => self.response.read(bytes, self.seen, &limits, to_head)?,
        };
        let Some(len) = read else {
            self.seen = bytes.len();
            return Ok(false);
        };
        assert!(0 < len && len <= bytes.len(), "{len} of {} bytes", bytes.len());
        let length = match self.side {
            Side::Requests => {
                self.message = request_message(&self.request, &bytes[..len]);
                self.request.length
            }
            Side::Response { .. } => {
                self.message = response_message(&self.response, &bytes[..len]);
                self.response.length.body
            }
        };
        self.take(len);
        self.seen = 0;
        let interim = matches!(self.message.status, 100 | 102..=199);
        if interim {
            assert_eq!(length, Length::None, "an interim response has no body");
        } else {
            self.body = Some(Decoder::new(length));
        }
        Ok(true)
    }

    /// Whether anything was read.
    fn body_step(&mut self) -> Result<bool, Refused> {
        let Some(decoder) = &mut self.body else { return Ok(false) };
        let bytes = &self.buffer[self.taken..];
        match decoder.next(bytes, &mut self.trailers)? {
            Piece::Data(range) => {
                assert!(!range.is_empty(), "a piece of data has data");
                self.message.body.extend_from_slice(&bytes[range.clone()]);
                self.take(range.end);
                Ok(true)
            }
            Piece::More { skip } => {
                self.take(skip);
                Ok(false)
            }
            Piece::End { skip, trailers } => {
                assert!(trailers.end <= skip && trailers.start <= trailers.end, "{trailers:?} of {skip}");
                self.message.trailers = lines(&self.trailers, &bytes[trailers]);
                self.take(skip);
                self.whole();
                Ok(true)
            }
        }
    }

    fn whole(&mut self) {
        self.body = None;
        self.found.messages.push(std::mem::take(&mut self.message));
        self.found.ends.push(self.taken);
        if self.side != Side::Requests {
            self.found.end = End::Closed;
        }
    }

    fn take(&mut self, bytes: usize) {
        self.taken += bytes;
        assert!(self.taken <= self.buffer.len(), "{} of {} bytes", self.taken, self.buffer.len());
    }
}

fn request_message(head: &request::Head, bytes: &[u8]) -> Message {
    Message {
        method: head.method(bytes).to_vec(),
        target: head.target(bytes).to_vec(),
        minor: minor(head.version),
        fields: lines(&head.fields, bytes),
        ..Message::default()
    }
}

fn response_message(head: &response::Head, bytes: &[u8]) -> Message {
    assert!(head.reason(bytes).len() <= bytes.len());
    Message {
        status: head.status,
        minor: minor(head.version),
        fields: lines(&head.fields, bytes),
        ..Message::default()
    }
}

fn minor(version: Version) -> u8 {
    match version {
        Version::Http10 => 0,
        Version::Http11 => 1,
    }
}

/// Every line, of which each has a name, or its span would have been wrong.
fn lines(fields: &Fields, bytes: &[u8]) -> Lines {
    assert!(fields.iter(bytes).all(|field| !field.name.is_empty()), "{fields:?} of {bytes:?}");
    Lines::new(fields.iter(bytes).map(|field| (field.name, field.value)))
}
