//! The field lines of one head or trailer section, as spans of the buffer that holds it.
//!
//! Spans and not slices: the buffer goes on being filled with the body, and the fields are looked at again when a request is sent a second time.

use std::ops::Range;

use crate::name::Name;

/// The fields of one message. Empty it and use it again: its room is kept.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    lines: Vec<Line>,
    seen: u32,
}

/// One field line, in bytes from the beginning of the head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    start: u32,
    end: u32,
    value_start: u32,
    value_len: u32,
    name_len: u16,
    name: Name,
    /// It was written in the plain form `name: value`.
    is_plain: bool,
}

/// One field line of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'b> {
    /// What the name is.
    pub known: Name,
    /// The name as it was sent.
    pub name: &'b [u8],
    /// The value without white space around it.
    pub value: &'b [u8],
    /// The whole line with its CRLF, where it was written in the plain form `name: value` and can be passed on as it is.
    pub plain: Option<&'b [u8]>,
}

impl Fields {
    /// Forgets every line.
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.seen = 0;
    }

    /// Adds a line.
    pub(crate) fn push(&mut self, line: Line) {
        self.seen |= line.name.bit();
        self.lines.push(line);
    }

    /// Whether any field has this name.
    #[must_use]
    pub fn has(&self, name: Name) -> bool {
        self.seen & name.bit() != 0
    }

    /// Whether any field has one of the names whose bits are in `names`.
    pub(crate) fn has_any(&self, names: u32) -> bool {
        self.seen & names != 0
    }

    /// The names of all fields, as the bits of a set.
    #[must_use]
    pub fn known(&self) -> u32 {
        self.seen
    }

    /// Number of lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Every line in the order in which they came; `head` must be the bytes that were read.
    pub fn iter<'b>(&self, head: &'b [u8]) -> impl Iterator<Item = Field<'b>> {
        self.lines.iter().map(|line| line.in_head(head))
    }

    /// Every value of one known name.
    pub fn values<'b>(&self, head: &'b [u8], name: Name) -> impl Iterator<Item = &'b [u8]> {
        // Most heads do not have most names: no line is looked at then.
        let lines = if self.has(name) { self.lines.as_slice() } else { &[] };
        lines.iter().filter(move |line| line.name == name).map(|line| line.in_head(head).value)
    }

    /// The first value of one known name.
    #[must_use]
    pub fn get<'b>(&self, head: &'b [u8], name: Name) -> Option<&'b [u8]> {
        self.values(head, name).next()
    }
}

impl Line {
    /// A line at `line`, with its name up to `colon` and its value at `value`; `None` where it is too long.
    pub(crate) fn new(
        name: Name,
        line: Range<usize>,
        colon: usize,
        value: Range<usize>,
        is_plain: bool,
    ) -> Option<Self> {
        Some(Self {
            start: u32::try_from(line.start).ok()?,
            end: u32::try_from(line.end).ok()?,
            value_start: u32::try_from(value.start).ok()?,
            value_len: u32::try_from(value.end - value.start).ok()?,
            name_len: u16::try_from(colon - line.start).ok()?,
            name,
            is_plain,
        })
    }

    fn in_head<'b>(&self, head: &'b [u8]) -> Field<'b> {
        let part = |start: u32, len: u32| {
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            let end = start.saturating_add(usize::try_from(len).unwrap_or(usize::MAX));
            head.get(start..end).unwrap_or_default()
        };
        Field {
            known: self.name,
            name: part(self.start, u32::from(self.name_len)),
            value: part(self.value_start, self.value_len),
            plain: self.is_plain.then(|| part(self.start, self.end - self.start)),
        }
    }
}
