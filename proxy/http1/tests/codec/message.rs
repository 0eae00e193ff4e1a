//! What a peer made of some bytes, in a form in which two peers can be compared.

use std::fmt;

use weir_http1::Refused;

/// One message as it was understood.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// Empty for a response.
    pub(crate) method: Vec<u8>,
    /// Empty for a response.
    pub(crate) target: Vec<u8>,
    /// 0 for a request.
    pub(crate) status: u16,
    /// 0 or 1, behind `HTTP/1.`.
    pub(crate) minor: u8,
    pub(crate) fields: Lines,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Lines,
}

/// Field lines by name in lower case; lines of one name in the order in which they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines(Vec<(Vec<u8>, Vec<u8>)>);

impl Lines {
    pub(crate) fn new<'b>(lines: impl IntoIterator<Item = (&'b [u8], &'b [u8])>) -> Self {
        let owned = lines.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_vec()));
        let mut lines: Vec<_> = owned.collect();
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        Self(lines)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|line| line.0 == name.as_bytes()).map(|line| line.1.as_slice())
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, target, status, minor, fields, body, trailers } = self;
        let (method, target, body) = (method.escape_ascii(), target.escape_ascii(), body.escape_ascii());
        write!(f, "{method} {target} 1.{minor} {status} {fields:?} \"{body}\" {trailers:?}")
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines =
            self.0.iter().map(|(name, value)| format!("{}: {}", name.escape_ascii(), value.escape_ascii()));
        f.debug_list().entries(lines).finish()
    }
}

/// Everything that was understood of one connection's bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conversation {
    /// Whole messages.
    pub(crate) messages: Vec<Message>,
    /// Where each of them ends; only where a peer tells.
    pub(crate) ends: Vec<usize>,
    /// What came of a message that is not whole.
    pub(crate) unfinished: Option<Message>,
    pub(crate) end: End,
}

/// What came after the last whole message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// More bytes are needed, or none came.
    #[default]
    Waits,
    /// The bytes are no message; the reason only where a peer tells.
    Refused(Option<Refused>),
    /// The peer wants no further message.
    Closed,
}
