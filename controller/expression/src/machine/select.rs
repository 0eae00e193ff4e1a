//! `.?[condition]`, `.^[condition]`, `.$[condition]` and `.![expression]`: inside, names are those of the element.

use std::sync::Arc;

use super::{Evaluated, Machine};
use crate::error::Located;
use crate::fault::Fault;
use crate::span::Span;
use crate::tree::{Node, Which};
use crate::value::{List, Map, Pairs, Value};

/// What it takes to hold an entry while it is looked at.
const ENTRY_BYTES: usize = 128;

impl Machine<'_> {
    pub(super) fn select(&mut self, value: &Value, which: Which, condition: &Node, span: Span) -> Evaluated {
        let elements = self.elements_of(value, "selection", span)?;
        let (mut found, count) = (Vec::new(), elements.items().len());
        for turn in 0..count {
            let index = if which == Which::Last { count - 1 - turn } else { turn };
            let Some(element) = elements.items().get(index) else { continue };
            if self.with(element, |machine| machine.condition(condition))? {
                found.push(element.clone());
                if which != Which::All {
                    break;
                }
            }
        }
        let at = |fault: Fault| fault.at(span);
        if which != Which::All && found.is_empty() {
            return Ok(Value::Null);
        }
        if matches!(value, Value::Map(_)) {
            return self.map(found.iter().filter_map(pair).collect()).map_err(at);
        }
        if which == Which::All {
            self.list(found).map_err(at)
        } else {
            Ok(found.pop().unwrap_or(Value::Null))
        }
    }

    pub(super) fn project(&mut self, value: &Value, projection: &Node, span: Span) -> Evaluated {
        let elements = self.elements_of(value, "projection", span)?;
        let mut made = Vec::new();
        for element in elements.items() {
            made.push(self.with(element, |machine| machine.present(projection))?);
        }
        self.list(made).map_err(|fault| fault.at(span))
    }

    /// What is looked at one by one: of a map its entries, with `key` and `value`.
    fn elements_of(&mut self, value: &Value, what: &'static str, span: Span) -> Result<List, Located> {
        if let Value::List(list) = value {
            return Ok(list.clone());
        }
        let Value::Map(map) = value else {
            return Err(Fault::Operand { operator: what, kind: value.kind() }.at(span));
        };
        let bytes = map.entries().len().saturating_mul(ENTRY_BYTES);
        self.budget.make(bytes).map_err(|limit| Fault::from(limit).at(span))?;
        let entry = |(key, value): (&Arc<str>, &Value)| {
            let pairs = [("key".into(), Value::Text(Arc::clone(key))), ("value".into(), value.clone())];
            Value::Map(Map::given(Pairs::from(pairs)))
        };
        Ok(List::given(map.entries().iter().map(entry).collect()))
    }

    fn with<T>(
        &mut self,
        element: &Value,
        inner: impl FnOnce(&mut Self) -> Result<T, Located>,
    ) -> Result<T, Located> {
        self.elements.push(element.clone());
        let result = inner(self);
        self.elements.pop();
        result
    }
}

/// An entry that was looked at, as one of a map.
fn pair(entry: &Value) -> Option<(Arc<str>, Value)> {
    let Value::Map(entry) = entry else { return None };
    let Some(Value::Text(key)) = entry.get("key") else { return None };
    Some((Arc::clone(key), entry.get("value")?.clone()))
}
