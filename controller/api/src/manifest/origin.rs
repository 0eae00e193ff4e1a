//! Where an object was written: its file, and the line of each of its fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Problem;
use super::path::{Segment, segments};
use super::tree::{Node, Value};

/// Where an object was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    file: Arc<str>,
    /// Path of the object in its document: empty, or such as `items[3]` in a List.
    prefix: Arc<str>,
    lines: Arc<Lines>,
}

/// Lines of an object's fields, in the object's own shape.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Lines {
    line: u32,
    below: Below,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Below {
    Nothing,
    Keys(BTreeMap<Box<str>, Lines>),
    Items(Box<[Lines]>),
}

impl Lines {
    /// `line` is that of the key, which is where a person looks, not that of a value below it.
    fn of(node: &Node, line: u32) -> Self {
        let below = if let Value::Map(entries) = &node.value {
            let keys = entries.iter().map(|e| (e.key.as_str().into(), Self::of(&e.value, e.line)));
            Below::Keys(keys.collect())
        } else if let Value::List(items) = &node.value {
            Below::Items(items.iter().map(|item| Self::of(item, item.line)).collect())
        } else {
            Below::Nothing
        };
        Self { line, below }
    }

    fn child(&self, segment: &Segment) -> Option<&Self> {
        match (&self.below, segment) {
            (Below::Keys(keys), Segment::Key(key)) => keys.get(key.as_str()),
            (Below::Items(items), Segment::Index(index)) => items.get(*index),
            (Below::Nothing | Below::Keys(_) | Below::Items(_), _) => None,
        }
    }
}

impl Origin {
    /// An object of which nothing is known but its file and the line where it begins.
    #[must_use]
    pub fn new(file: &str, line: u32) -> Self {
        let lines = Lines { line, below: Below::Nothing };
        Self { file: file.into(), prefix: "".into(), lines: Arc::new(lines) }
    }

    pub(super) fn of(file: &Arc<str>, prefix: &str, node: &Node) -> Self {
        Self { file: Arc::clone(file), prefix: prefix.into(), lines: Arc::new(Lines::of(node, node.line)) }
    }

    /// Path of the file, as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Line of a field, from 1; of its nearest ancestor that is written where the field itself is not.
    ///
    /// The path is the object's own, such as `spec.rules[0].http.paths[1].backend.service.name` or
    /// `metadata.annotations["weir.dev/canary-weight"]`; empty: the object's first line.
    #[must_use]
    pub fn line(&self, field: &str) -> u32 {
        let mut at = &*self.lines;
        for segment in segments(field) {
            let Some(below) = at.child(&segment) else { break };
            at = below;
        }
        at.line
    }

    /// The field's path in its file: the same but for the items of a List.
    #[must_use]
    pub fn path(&self, field: &str) -> String {
        match (&*self.prefix, field) {
            ("", field) => field.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, field) if field.starts_with('[') => format!("{prefix}{field}"),
            (prefix, field) => format!("{prefix}.{field}"),
        }
    }

    /// A problem with a field that keeps the object from being used, with the field's file and line.
    #[must_use]
    pub fn error(&self, field: &str, message: impl Into<String>) -> Problem {
        Problem::error(&self.file, self.line(field), &self.path(field), message)
    }

    /// A problem with a field that the object is used in spite of, with the field's file and line.
    #[must_use]
    pub fn warning(&self, field: &str, message: impl Into<String>) -> Problem {
        Problem::warning(&self.file, self.line(field), &self.path(field), message)
    }
}
