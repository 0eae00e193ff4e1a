//! A text with expressions in it.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::error::{Error, Located};
use crate::fault::Fault;
use crate::json;
use crate::limits::Limits;
use crate::machine::Machine;
use crate::parser;
use crate::render;
use crate::scope::Scope;
use crate::span::Span;
use crate::tree::Node;
use crate::value::Value;

/// A text, parsed: parts to keep and parts to evaluate.
#[derive(Clone, Debug)]
pub struct Template {
    text: Arc<str>,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Kept(Span),
    /// The span has `${` and `}` in it.
    Expression(Span, Node),
}

/// What a text becomes, and what stayed as it was because it is null.
pub(crate) struct Filled {
    pub(crate) value: Json,
    /// Parts that are null, where expressions are lenient.
    pub(crate) absent: Vec<Error>,
}

impl Template {
    /// Parses a text. One without `${` is kept as it is, however long.
    ///
    /// # Errors
    /// An expression in it is none, or longer or deeper than the limits allow.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Error> {
        let (mut parts, mut at) = (Vec::new(), 0);
        while let Some(found) = text.get(at..).and_then(|rest| rest.find("${")) {
            let start = at + found;
            if start > at {
                parts.push(Part::Kept(Span::new(at, start)));
            }
            let parsed = parser::parse(text, start + 2, false, limits);
            let (node, end) = parsed.map_err(|located| unparsed(text, start, located))?;
            parts.push(Part::Expression(Span::new(start, end), node));
            at = end;
        }
        if at < text.len() {
            parts.push(Part::Kept(Span::new(at, text.len())));
        }
        Ok(Self { text: text.into(), parts })
    }

    /// Parses a text that is one expression without `${` and `}`.
    ///
    /// # Errors
    /// It is none, or longer or deeper than the limits allow.
    pub fn parse_bare(text: &str, limits: &Limits) -> Result<Self, Error> {
        let whole = Span::new(0, text.len());
        let parsed = parser::parse(text, 0, true, limits);
        let (node, _) = parsed.map_err(|located| Error::new(text, whole, located))?;
        Ok(Self { text: text.into(), parts: vec![Part::Expression(whole, node)] })
    }

    /// The same text, in which only the expressions that mention `name` are evaluated.
    #[must_use]
    pub(crate) fn only_about(mut self, name: &str) -> Self {
        for part in &mut self.parts {
            if let Part::Expression(span, node) = part
                && !node.mentions(name)
            {
                *part = Part::Kept(*span);
            }
        }
        self
    }

    /// Whether there is an expression in it.
    #[must_use]
    pub fn has_expressions(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Expression(..)))
    }

    /// The value: of a text that is exactly one expression with its type, of any other the text with what its expressions say.
    ///
    /// Where the scope is lenient, a text or part that is null stays as it is written.
    ///
    /// # Errors
    /// An expression has no value, or a limit is reached.
    pub fn evaluate(&self, scope: &Scope<'_>, limits: &Limits) -> Result<Json, Error> {
        self.fill(&mut Machine::new(scope, limits)).map(|filled| filled.value)
    }

    pub(crate) fn fill(&self, machine: &mut Machine<'_>) -> Result<Filled, Error> {
        if let [Part::Expression(whole, node)] = self.parts.as_slice() {
            return self.typed(*whole, node, machine);
        }
        let (mut buffer, mut absent) = (machine.budget.buffer(), Vec::new());
        for part in &self.parts {
            let (span, value) = match part {
                Part::Kept(span) => {
                    let kept = buffer.push(span.of(&self.text));
                    kept.map_err(|limit| self.error(*span, Fault::from(limit).at(*span)))?;
                    continue;
                }
                Part::Expression(span, node) => (*span, self.value(*span, node, machine)?),
            };
            let written = if value.is_nothing() {
                absent.push(self.error(span, nothing(&value).at(span)));
                buffer.push(span.of(&self.text)).map_err(Fault::from)
            } else {
                put(&value, machine, &mut buffer)
            };
            written.map_err(|fault| self.error(span, fault.at(span)))?;
        }
        let whole = Span::new(0, self.text.len());
        let text = buffer.into_text();
        let made = machine.budget.make(text.len());
        made.map_err(|limit| self.error(whole, Fault::from(limit).at(whole)))?;
        Ok(Filled { value: text.into(), absent })
    }

    /// A text that is one expression: its value keeps its type.
    fn typed(&self, whole: Span, node: &Node, machine: &mut Machine<'_>) -> Result<Filled, Error> {
        let value = self.value(whole, node, machine)?;
        if value.is_nothing() {
            let absent = vec![self.error(whole, nothing(&value).at(whole))];
            return Ok(Filled { value: self.text.as_ref().into(), absent });
        }
        let value = json::of(&value, &mut machine.budget);
        let value = value.map_err(|fault| self.error(whole, fault.at(node.span)))?;
        Ok(Filled { value, absent: Vec::new() })
    }

    /// The value of one expression; where it is strict, one that is there.
    fn value(&self, whole: Span, node: &Node, machine: &mut Machine<'_>) -> Result<Value, Error> {
        let value = machine.run(&self.text, node).map_err(|located| self.error(whole, located))?;
        if value.is_nothing() && machine.is_strict() {
            return Err(self.error(whole, nothing(&value).at(node.span)));
        }
        Ok(value)
    }

    /// What is wrong with the text as a whole.
    pub(crate) fn refused(&self, fault: Fault) -> Error {
        let whole = Span::new(0, self.text.len());
        self.error(whole, fault.at(whole))
    }

    fn error(&self, whole: Span, located: Located) -> Error {
        Error::new(&self.text, whole, located)
    }
}

/// Of what was not parsed, the end is not known: what is shown ends with the text, and begins with the expression.
fn unparsed(text: &str, start: usize, located: Located) -> Error {
    let end =
        text.get(located.span.end..).and_then(|rest| rest.find('}')).map(|at| located.span.end + at + 1);
    Error::new(text, Span::new(start, end.unwrap_or(text.len())), located)
}

/// Why there is nothing.
fn nothing(value: &Value) -> Fault {
    if let Value::Missing(missing) = value { Fault::Missing(missing.clone()) } else { Fault::Null }
}

/// Writes a value into the middle of a text.
fn put(value: &Value, machine: &Machine<'_>, buffer: &mut crate::budget::Buffer) -> Result<(), Fault> {
    if value.kind().is_collection() && machine.is_strict() {
        return Err(Fault::InText(value.kind()));
    }
    // Spring joins the elements of a list in a text with commas.
    let Value::List(list) = value else { return Ok(render::write(value, buffer)?) };
    for (index, item) in list.items().iter().enumerate() {
        buffer.push(if index > 0 { "," } else { "" })?;
        render::write(item, buffer)?;
    }
    Ok(())
}
