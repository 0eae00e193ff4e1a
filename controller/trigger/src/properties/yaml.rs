//! YAML, one document, with each key once. Aliases are followed, but not to more than a file may become.

use std::collections::HashMap;

use saphyr::Scalar;
use saphyr_parser::{Event, Parser, Span};
use serde_json::{Map, Number, Value};

use super::{Fault, Why};

/// Most values, those counted again for which an alias stands.
const MOST_VALUES: usize = 50_000;
const MOST_DEPTH: usize = 64;

pub(super) fn read(text: &str) -> Result<Map<String, Value>, Fault> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let why = error.info().to_owned();
            (Some(error.marker().line()), Why::Form { form: "YAML", why })
        })?;
        reader.event(event, span)?;
    }
    match reader.document.unwrap_or_default().value {
        Value::Object(object) => Ok(object),
        // An empty file is an empty object, as one of Java's form is.
        Value::Null => Ok(Map::new()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Err((None, Why::NoObject)),
    }
}

/// A value, of how many it is made, and how deep they are nested.
#[derive(Clone, Default)]
struct Counted {
    value: Value,
    values: usize,
    depth: usize,
}

#[derive(Default)]
struct Reader {
    document: Option<Counted>,
    open: Vec<Open>,
    anchors: HashMap<usize, Counted>,
    values: usize,
}

/// A list or map that is not complete yet, with its anchor (0: none), and the count and depth of what is in it.
struct Open {
    kind: Kind,
    anchor: usize,
    values: usize,
    depth: usize,
}

enum Kind {
    List(Vec<Value>),
    /// With the key whose value comes next.
    Map(Map<String, Value>, Option<String>),
}

impl Reader {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        let line = span.start.line();
        let form = |why: &str| (Some(line), Why::Form { form: "YAML", why: why.to_owned() });
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let read = Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref());
                let scalar = read.ok_or_else(|| form("a tag does not fit what follows it"))?;
                let value =
                    plain(scalar).ok_or_else(|| form("a number is not finite, which JSON does not have"))?;
                self.put(Counted { value, values: 1, depth: 0 }, anchor, line)
            }
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor);
                let values = known.ok_or_else(|| form("an alias is inside what it stands for"))?.values;
                // Before it is copied: otherwise the copy would be what is too much.
                self.count(values, line)?;
                let known = self.anchors.get(&anchor).cloned();
                self.place(known.unwrap_or_default(), line)
            }
            Event::SequenceStart(anchor, _) => self.begin(Kind::List(Vec::new()), anchor, line),
            Event::MappingStart(anchor, _) => self.begin(Kind::Map(Map::new(), None), anchor, line),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { kind, anchor, values, depth }) = self.open.pop() else { return Ok(()) };
                let value = match kind {
                    Kind::List(items) => Value::Array(items),
                    Kind::Map(fields, _) => Value::Object(fields),
                };
                self.put(Counted { value, values: values + 1, depth: depth + 1 }, anchor, line)
            }
            Event::DocumentStart(_) if self.document.is_some() => {
                Err(form("there is a second document: it has to be one"))
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, kind: Kind, anchor: usize, line: usize) -> Result<(), Fault> {
        if self.open.len() >= MOST_DEPTH {
            return Err((Some(line), Why::TooMuch(MOST_VALUES, MOST_DEPTH)));
        }
        self.open.push(Open { kind, anchor, values: 0, depth: 0 });
        Ok(())
    }

    fn count(&mut self, values: usize, line: usize) -> Result<(), Fault> {
        self.values = self.values.saturating_add(values);
        if self.values > MOST_VALUES {
            Err((Some(line), Why::TooMuch(MOST_VALUES, MOST_DEPTH)))
        } else {
            Ok(())
        }
    }

    /// A value that stands here is complete.
    fn put(&mut self, counted: Counted, anchor: usize, line: usize) -> Result<(), Fault> {
        self.count(1, line)?;
        if anchor > 0 {
            self.count(counted.values, line)?;
            self.anchors.insert(anchor, counted.clone());
        }
        self.place(counted, line)
    }

    fn place(&mut self, counted: Counted, line: usize) -> Result<(), Fault> {
        let outer = self.open.len();
        let Some(open) = self.open.last_mut() else {
            self.document = Some(counted);
            return Ok(());
        };
        let Counted { value, values, depth } = counted;
        if outer + depth > MOST_DEPTH {
            return Err((Some(line), Why::TooMuch(MOST_VALUES, MOST_DEPTH)));
        }
        open.values = open.values.saturating_add(values);
        open.depth = open.depth.max(depth);
        match &mut open.kind {
            Kind::List(items) => items.push(value),
            Kind::Map(fields, key) => {
                if let Some(key) = key.take() {
                    fields.insert(key, value);
                    return Ok(());
                }
                let no_name =
                    || (Some(line), Why::Form { form: "YAML", why: "a list or map is a key".to_owned() });
                let name = name(value).ok_or_else(no_name)?;
                if fields.contains_key(&name) {
                    return Err((Some(line), Why::Twice(name)));
                }
                *key = Some(name);
            }
        }
        Ok(())
    }
}

/// A scalar as JSON has it; none for a number that JSON does not have.
fn plain(scalar: Scalar<'_>) -> Option<Value> {
    Some(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(boolean) => Value::Bool(boolean),
        Scalar::Integer(integer) => Value::from(integer),
        Scalar::FloatingPoint(decimal) => Value::Number(Number::from_f64(decimal.into_inner())?),
        Scalar::String(text) => Value::from(text.as_ref()),
    })
}

/// A key is a text, whatever it would be as a value.
fn name(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
