//! YAML to values: an alias shares what it stands for, so that a few lines cannot become more than a value may be.

use std::collections::HashMap;

use saphyr::Scalar;
use saphyr_parser::{Event, Parser};

use crate::budget::Budget;
use crate::fault::Fault;
use crate::functions::unreadable;
use crate::json;
use crate::limits::{Exceeded, Limits, MOST_VALUE_NESTING};
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

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// It is no YAML; the place is in the message.
    #[error("it is no YAML: {0}")]
    Syntax(String),
    /// Something in it cannot be a value.
    #[error("line {line}: {fault}")]
    Value {
        /// From 1.
        line: usize,
        /// What.
        fault: Fault,
    },
    /// A key that is there twice; one of the two would be lost.
    #[error("line {line}: the key {key:?} is there twice: leave out one of the two")]
    Twin {
        /// Of what the second key has, from 1.
        line: usize,
        /// The key.
        key: String,
    },
}

/// The documents of a file, as JSON.
///
/// # Errors
/// It is no YAML, has a key twice, or would make more than the limits allow.
pub fn documents(text: &str, limits: &Limits) -> Result<Vec<serde_json::Value>, YamlError> {
    let mut budget = Budget::new(*limits);
    let mut reader = Reader { refuses_twins: true, ..Reader::default() };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| YamlError::Syntax(error.to_string()))?;
        let line = span.start.line();
        let read = budget.step(1).map_err(Fault::from).and_then(|()| reader.event(event, text, &mut budget));
        read.map_err(|fault| {
            if let Fault::SameKey(key) = fault {
                YamlError::Twin { line, key }
            } else {
                YamlError::Value { line, fault }
            }
        })?;
    }
    let documents = reader.documents.iter().map(|document| json::of(document, &mut budget));
    documents.collect::<Result<_, _>>().map_err(|fault| YamlError::Value { line: 1, fault })
}

#[derive(Default)]
struct Reader {
    /// Whether a key that is there twice is an error; the last one counts where it is not.
    refuses_twins: bool,
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
                    let key = render::text_of(&key, budget)?;
                    if self.refuses_twins && pairs.contains_key(key.as_str()) {
                        return Err(Fault::SameKey(crate::missing::clip(&key)));
                    }
                    pairs.insert(key.into(), value);
                }
            },
        }
        Ok(())
    }
}
