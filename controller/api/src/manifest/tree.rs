//! One document as a tree that knows its lines.
//!
//! Bounded whatever the text is: depth by [`MAX_DEPTH`], what aliases add by [`MAX_COPIED_BYTES`], everything else by the length of the
//! text. Nothing here recurses except over a tree that is already known to be that shallow.

mod reader;

use super::syntax::Fault;
pub(super) use reader::read;

/// How deep lists and mappings may be nested. The deepest Kubernetes objects (CRD schemas) stay well below.
pub(super) const MAX_DEPTH: usize = 100;
/// How much memory the copies that anchors and aliases make may take in one document, about, in bytes.
pub(super) const MAX_COPIED_BYTES: usize = 1 << 20;
/// What a node takes beside its text, about, in bytes.
const NODE_BYTES: usize = 64;

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Line in the file, from 1.
    pub(super) line: u32,
    /// About what it takes, everything below included, in bytes.
    bytes: usize,
    /// The value.
    pub(super) value: Value,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer that only fits here.
    Large(u64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// In the order of the text; no key twice.
    Map(Vec<Entry>),
}

/// A field of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Its key; a number or a boolean as it is written.
    pub(super) key: String,
    /// Line of the key, from 1.
    pub(super) line: u32,
    /// Its value.
    pub(super) value: Node,
}

impl Node {
    pub(super) fn new(line: u32, value: Value) -> Self {
        let below = match &value {
            Value::Text(text) => text.len(),
            Value::List(items) => items.iter().map(|item| item.bytes).sum(),
            Value::Map(entries) => entries.iter().map(|e| e.key.len() + e.value.bytes).sum(),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Large(_) | Value::Float(_) => 0,
        };
        Self { line, bytes: NODE_BYTES + below, value }
    }

    /// A field of a mapping; `None` where it is not there, null, or this is no mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|e| e.key == key && e.value.value != Value::Null)
    }

    /// How many levels of lists and mappings this is.
    fn depth(&self) -> usize {
        let below = if let Value::List(items) = &self.value {
            items.iter().map(Self::depth).max()
        } else if let Value::Map(entries) = &self.value {
            entries.iter().map(|e| e.value.depth()).max()
        } else {
            return 0;
        };
        below.unwrap_or(0).saturating_add(1)
    }
}

/// A document, and what is wrong with it although it could be read to its end.
#[derive(Debug)]
pub(super) struct Document {
    /// Its content.
    pub(super) root: Node,
    /// Keys that are there twice: the first one is in the tree.
    pub(super) faults: Vec<Fault>,
}
