//! YAML to values: an alias shares what it stands for, so that a few lines cannot become more than a value may be.

use std::collections::HashMap;

use saphyr::Scalar;
use saphyr_parser::{Event, Parser};

use crate::budget::Budget;
use crate::fault::Fault;
use crate::functions::unreadable;
use crate::limits::{Exceeded, MOST_VALUE_NESTING};
use crate::render;
use crate::value::{List, Map, Pairs, Value};

/// Reads every document. Tags that are none of the core schema's are read as if they were not there.
pub(crate) fn read(text: &str, budget: &mut Budget) -> Result<Vec<Value>, Fault> {
    budget.make(text.len())?;
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| unreadable(text, format!("YAML: {error}")))?;
        budget.step(1)?;
        reader.event(event, text, budget)?;
    }
    Ok(reader.documents)
}

#[derive(Default)]
struct Reader {
    documents: Vec<Value>,
    open: Vec<Open>,
    anchors: HashMap<usize, Value>,
}

/// A list or map that is not complete yet, with its anchor (0: none).
enum Open {
    List(Vec<Value>, usize),
    Map(Pairs, Option<Value>, usize),
}

impl Reader {
    fn event(&mut self, event: Event<'_>, text: &str, budget: &mut Budget) -> Result<(), Fault> {
        match event {
            Event::Scalar(scalar, style, anchor, tag) => {
                let read = Scalar::parse_from_cow_and_metadata(scalar, style, tag.as_ref());
                let read =
                    read.ok_or_else(|| unreadable(text, "YAML: a tag does not fit what follows it"))?;
                let value = match read {
                    Scalar::Null => Value::Null,
                    Scalar::Boolean(boolean) => Value::Boolean(boolean),
                    Scalar::Integer(integer) => Value::Integer(integer),
                    Scalar::FloatingPoint(decimal) => Value::Decimal(decimal.into_inner()),
                    Scalar::String(text) => Value::text(text.as_ref()),
                };
                self.put(value, anchor, budget)
            }
            Event::Alias(anchor) => {
                // An anchor that is still open would be in itself.
                let value = self.anchors.get(&anchor).cloned();
                let value =
                    value.ok_or_else(|| unreadable(text, "YAML: an alias is inside what it stands for"))?;
                self.put(value, 0, budget)
            }
            Event::SequenceStart(anchor, _) => self.begin(Open::List(Vec::new(), anchor)),
            Event::MappingStart(anchor, _) => self.begin(Open::Map(Pairs::new(), None, anchor)),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(items, anchor)) => {
                    let list = List::make(items, budget)?;
                    self.put(list, anchor, budget)
                }
                Some(Open::Map(pairs, _, anchor)) => {
                    let map = Map::make(pairs, budget)?;
                    self.put(map, anchor, budget)
                }
                None => Ok(()),
            },
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, open: Open) -> Result<(), Fault> {
        if self.open.len() >= MOST_VALUE_NESTING {
            return Err(Exceeded::ValueNesting(MOST_VALUE_NESTING).into());
        }
        self.open.push(open);
        Ok(())
    }

    /// A value is complete: it goes into what is open, or is a document.
    fn put(&mut self, value: Value, anchor: usize, budget: &Budget) -> Result<(), Fault> {
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut() {
            None => self.documents.push(value),
            Some(Open::List(items, _)) => items.push(value),
            Some(Open::Map(pairs, key, _)) => match key.take() {
                None => *key = Some(value),
                Some(key) => {
                    pairs.insert(render::text_of(&key, budget)?.into(), value);
                }
            },
        }
        Ok(())
    }
}
