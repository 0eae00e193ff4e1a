//! One document as a tree that knows its lines.
//!
//! Bounded whatever the text is: depth by [`MAX_DEPTH`], what aliases add by [`MAX_COPIED_BYTES`], everything else by the length of the
//! text. Nothing here recurses except over a tree that is already known to be that shallow.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::scalar::resolve;
use super::syntax::{self, Fault};

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
}

/// A document, and what is wrong with it although it could be read to its end.
#[derive(Debug)]
pub(super) struct Document {
    /// Its content.
    pub(super) root: Node,
    /// Keys that are there twice: the first one is in the tree.
    pub(super) faults: Vec<Fault>,
}

/// Reads one document. `None`: it is empty.
pub(super) fn read(text: &str, first_line: u32) -> Result<Option<Document>, Fault> {
    let mut reader = Reader { first_line, ..Reader::default() };
    let mut parser: Parser<'_, StrInput<'_>> = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| reader.broken(&error, text))?;
        if event == Event::StreamEnd {
            break;
        }
        reader.event(event, span)?;
    }
    let Reader { root, faults, .. } = reader;
    Ok(root.filter(|root| root.value != Value::Null).map(|root| Document { root, faults }))
}

/// A list or mapping that is not complete yet.
#[derive(Debug)]
struct Frame {
    line: u32,
    anchor: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashMap<String, u32>, key: Option<Key> },
}

/// A key whose value is still to come.
#[derive(Debug)]
struct Key {
    text: String,
    line: u32,
    twice: bool,
}

#[derive(Debug, Default)]
struct Reader {
    first_line: u32,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    copied_bytes: usize,
    root: Option<Node>,
    faults: Vec<Fault>,
}

impl Reader {
    fn line(&self, at: Marker) -> u32 {
        u32::try_from(at.line().saturating_sub(1)).unwrap_or(u32::MAX).saturating_add(self.first_line)
    }

    fn fault(&self, at: Marker, message: impl Into<String>) -> Fault {
        let column = u32::try_from(at.col()).unwrap_or(u32::MAX).saturating_add(1);
        Fault {
            line: self.line(at),
            column: Some(column),
            field: self.field(None),
            message: message.into(),
            help: None,
        }
    }

    fn broken(&self, error: &ScanError, text: &str) -> Fault {
        let (message, help) = syntax::explain(error, text);
        // The field that was being read says little where the text's very shape is broken.
        Fault { field: String::new(), help, ..self.fault(*error.marker(), message) }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_ref(), span.start)
            }
            Event::SequenceStart(anchor, _) => self.open(anchor, span.start, Content::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let content = Content::Map { entries: Vec::new(), seen: HashMap::new(), key: None };
                self.open(anchor, span.start, content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.start),
            Event::Alias(anchor) => self.alias(anchor, span.start),
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(self.fault(span.start, "a second document without `---` before it"))
            }
            Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::StreamStart
            | Event::StreamEnd
            | Event::Nothing => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Cow<'_, Tag>>,
        at: Marker,
    ) -> Result<(), Fault> {
        let line = self.line(at);
        if self.expects_key() {
            if anchor > 0 {
                self.anchors.insert(anchor, Node::new(line, Value::Text(text.to_owned())));
            }
            self.key(text.to_owned(), line);
            return Ok(());
        }
        let tag = tag.map(AsRef::as_ref);
        let value = resolve(text, style, tag).ok_or_else(|| {
            let tag = tag.map_or("", |tag| tag.suffix.as_str());
            self.fault(at, format!("{text:?} is not what its tag !!{tag} says"))
        })?;
        self.complete(anchor, Node::new(line, value), at)
    }

    fn open(&mut self, anchor: usize, at: Marker, content: Content) -> Result<(), Fault> {
        if self.expects_key() {
            let fault = self.fault(at, "a list or mapping as a key: a key has to be a text");
            return Err(syntax::with_template_help(fault));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(self.fault(at, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.stack.push(Frame { line: self.line(at), anchor, content });
        Ok(())
    }

    fn close(&mut self, at: Marker) -> Result<(), Fault> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, seen, .. } => Value::Map(self.merged(entries, seen, at)?),
        };
        self.complete(frame.anchor, Node::new(frame.line, value), at)
    }

    fn alias(&mut self, anchor: usize, at: Marker) -> Result<(), Fault> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(self.fault(at, "an alias inside the very value that its anchor names"));
        };
        let bytes = node.bytes;
        self.copied(bytes, at)?;
        let Some(node) = self.anchors.get(&anchor).cloned() else { return Ok(()) };
        match node.value {
            Value::Text(text) if self.expects_key() => {
                self.key(text, self.line(at));
                Ok(())
            }
            _ if self.expects_key() => Err(self.fault(at, "an alias of something else than a text as a key")),
            value => {
                self.depth(&value, at)?;
                self.complete(0, Node { value, ..node }, at)
            }
        }
    }

    /// An alias may hang a deep value below a deep place, so its own depth counts too.
    fn depth(&self, value: &Value, at: Marker) -> Result<(), Fault> {
        if self.stack.len() + depth(value) > MAX_DEPTH {
            return Err(self.fault(at, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { content: Content::Map { key: None, .. }, .. }))
    }

    /// A key that is there already is a fault, and its value is left out.
    fn key(&mut self, text: String, line: u32) {
        let Some(Frame { content: Content::Map { seen, .. }, .. }) = self.stack.last_mut() else { return };
        let first = seen.get(&text).copied();
        if let Some(first) = first {
            let field = self.field(Some(&text));
            let message = format!("the same key twice: first in line {first}, again in line {line}");
            let help = Some("Remove one of the two.".to_owned());
            self.faults.push(Fault { line, column: None, field, message, help });
        } else {
            seen.insert(text.clone(), line);
        }
        if let Some(Frame { content: Content::Map { key, .. }, .. }) = self.stack.last_mut() {
            *key = Some(Key { text, line, twice: first.is_some() });
        }
    }

    fn complete(&mut self, anchor: usize, node: Node, at: Marker) -> Result<(), Fault> {
        if anchor > 0 {
            self.copied(node.bytes, at)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { entries, key, .. }) => match key.take() {
                Some(Key { twice: true, .. }) | None => {}
                Some(Key { text, line, twice: false }) => {
                    entries.push(Entry { key: text, line, value: node })
                }
            },
        }
        Ok(())
    }

    /// Counts a copy of `bytes` that an anchor or alias makes.
    fn copied(&mut self, bytes: usize, at: Marker) -> Result<(), Fault> {
        self.copied_bytes = self.copied_bytes.saturating_add(bytes);
        if self.copied_bytes > MAX_COPIED_BYTES {
            let message = "anchors and aliases (`&name`, `*name`) that expand to more than 1 MiB";
            return Err(self.fault(at, message));
        }
        Ok(())
    }

    /// The mapping with what `<<` merges into it: keys of its own win, earlier mappings win over later ones (YAML 1.1, as `kubectl` has it).
    fn merged(
        &self,
        mut entries: Vec<Entry>,
        mut seen: HashMap<String, u32>,
        at: Marker,
    ) -> Result<Vec<Entry>, Fault> {
        if !seen.contains_key("<<") {
            return Ok(entries);
        }
        let Some(merge) = entries.iter().position(|e| e.key == "<<").map(|index| entries.remove(index))
        else {
            return Ok(entries);
        };
        let maps = match merge.value.value {
            Value::List(items) => items,
            value => vec![Node { value, ..merge.value }],
        };
        for map in maps {
            let Value::Map(more) = map.value else {
                return Err(self.fault(at, "`<<` of something else than a mapping"));
            };
            for entry in more {
                if seen.insert(entry.key.clone(), entry.line).is_none() {
                    entries.push(entry);
                }
            }
        }
        Ok(entries)
    }

    /// Path of what is being read, and of `last` below it.
    fn field(&self, last: Option<&str>) -> String {
        fn below(frames: &[Frame], place: &super::path::Place<'_>, last: Option<&str>) -> String {
            use super::path::Place;
            match (frames.split_first(), last) {
                (None, None) => place.to_string(),
                (None, Some(last)) => Place::Key(place, last).to_string(),
                (Some((frame, rest)), _) => match &frame.content {
                    Content::List(items) => below(rest, &Place::Index(place, items.len()), last),
                    Content::Map { key: Some(key), .. } => below(rest, &Place::Key(place, &key.text), last),
                    Content::Map { key: None, .. } => below(rest, place, last),
                },
            }
        }
        below(&self.stack, &super::path::Place::Root, last)
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(|item| depth(&item.value)).max().unwrap_or(0),
        Value::Map(entries) => 1 + entries.iter().map(|e| depth(&e.value.value)).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Large(_) | Value::Float(_) | Value::Text(_) => {
            0
        }
    }
}
