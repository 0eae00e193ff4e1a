//! Builds the tree of one document from the parser's events, within bounds.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::{Document, Entry, MAX_COPIED_BYTES, MAX_DEPTH, Node, Value};
use crate::manifest::path::Place;
use crate::manifest::scalar::resolve;
use crate::manifest::syntax::{self, Fault};

/// Reads one document. `None`: it is empty.
pub(in crate::manifest) fn read(text: &str, first_line: u32) -> Result<Option<Document>, Fault> {
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

    fn too_deep(&self, at: Marker) -> Fault {
        self.fault(at, format!("nested deeper than {MAX_DEPTH} levels"))
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
            return Err(self.too_deep(at));
        }
        self.stack.push(Frame { line: self.line(at), anchor, content });
        Ok(())
    }

    fn close(&mut self, at: Marker) -> Result<(), Fault> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, seen, .. } => Value::Map(self.merged(entries, seen)?),
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
        if self.expects_key() {
            let Value::Text(text) = node.value else {
                return Err(self.fault(at, "an alias of something else than a text as a key"));
            };
            self.key(text, self.line(at));
            return Ok(());
        }
        // An alias may hang a deep value below a deep place, so its own depth counts too.
        if self.stack.len().saturating_add(node.depth()) > MAX_DEPTH {
            return Err(self.too_deep(at));
        }
        self.complete(0, node, at)
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
                    entries.push(Entry { key: text, line, value: node });
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
    fn merged(&self, mut entries: Vec<Entry>, mut seen: HashMap<String, u32>) -> Result<Vec<Entry>, Fault> {
        if !seen.contains_key("<<") {
            return Ok(entries);
        }
        let Some(merge) = entries.iter().position(|e| e.key == "<<").map(|index| entries.remove(index))
        else {
            return Ok(entries);
        };
        let wrong = || {
            let message = "`<<` of something else than a mapping".to_owned();
            Fault { line: merge.line, column: None, field: self.field(Some("<<")), message, help: None }
        };
        let maps = if let Value::List(items) = merge.value.value { items } else { vec![merge.value] };
        for map in maps {
            let Value::Map(more) = map.value else { return Err(wrong()) };
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
        fn below(frames: &[Frame], place: &Place<'_>, last: Option<&str>) -> String {
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
        below(&self.stack, &Place::Root, last)
    }
}
