//! Evaluates a tree, within a budget.

mod access;
mod arithmetic;
mod comparison;
mod select;

use std::collections::BTreeMap;
use std::hash::Hasher as _;
use std::sync::Arc;

use siphasher::sip::SipHasher13;

use crate::budget::{Budget, Buffer};
use crate::classes::{self, CLASSES};
use crate::error::Located;
use crate::fault::Fault;
use crate::functions;
use crate::limits::Limits;
use crate::scope::{Scope, Strictness};
use crate::span::Span;
use crate::tree::{Node, Tree};
use crate::value::{List, Map, Pairs, Value};

pub(crate) type Outcome = Result<Value, Fault>;
type Evaluated = Result<Value, Located>;

/// What an evaluation has beside the tree.
pub(crate) struct Machine<'s> {
    pub(crate) scope: &'s Scope<'s>,
    pub(crate) budget: Budget,
    /// The text whose expression is evaluated, for messages.
    text: Arc<str>,
    /// The elements that `?[..]` and `![..]` look at, the innermost last.
    elements: Vec<Value>,
    /// How many random numbers were drawn.
    draws: u64,
    /// `#doNotEval` was called: what comes out may look like an expression.
    pub(crate) keeps_expressions: bool,
}

impl<'s> Machine<'s> {
    pub(crate) fn new(scope: &'s Scope<'s>, limits: &Limits) -> Self {
        Self {
            scope,
            budget: Budget::new(*limits),
            text: Arc::from(""),
            elements: Vec::new(),
            draws: 0,
            keeps_expressions: false,
        }
    }

    /// The value of an expression of this text.
    pub(crate) fn run(&mut self, text: &Arc<str>, node: &Node) -> Evaluated {
        self.text = Arc::clone(text);
        self.elements.clear();
        self.keeps_expressions = false;
        self.evaluate(node)
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.scope.strictness() == Strictness::Strict
    }

    /// 64 random bits, the same for the same seed and number of draws.
    pub(crate) fn draw(&mut self) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.scope.seed(), 0);
        hasher.write_u64(self.draws);
        self.draws += 1;
        hasher.finish()
    }

    pub(crate) fn text(&mut self, text: impl Into<Arc<str>>) -> Outcome {
        let value = Value::text(text);
        self.budget.make(value.bytes())?;
        Ok(value)
    }

    pub(crate) fn buffered(&mut self, buffer: Buffer) -> Outcome {
        self.text(buffer.into_text())
    }

    pub(crate) fn list(&mut self, items: Vec<Value>) -> Outcome {
        Ok(List::make(items, &mut self.budget)?)
    }

    pub(crate) fn map(&mut self, entries: Pairs) -> Outcome {
        Ok(Map::make(entries, &mut self.budget)?)
    }

    fn evaluate(&mut self, node: &Node) -> Evaluated {
        let at = |fault: Fault| fault.at(node.span);
        self.budget.step(1).map_err(|limit| at(limit.into()))?;
        match &node.tree {
            Tree::Null => Ok(Value::Null),
            Tree::Boolean(boolean) => Ok(Value::Boolean(*boolean)),
            Tree::Integer(integer) => Ok(Value::Integer(*integer)),
            Tree::Decimal(decimal) => Ok(Value::Decimal(*decimal)),
            Tree::Text(text) => Ok(Value::Text(Arc::clone(text))),
            Tree::List(nodes) => {
                let items = self.arguments(nodes)?;
                self.list(items).map_err(at)
            }
            Tree::Map(entries) => self.literal_map(node.span, entries),
            Tree::Name(name) => Ok(self.name(name, node.span)),
            Tree::This => Ok(self.this()),
            Tree::Root => Ok(Value::Map(self.scope.root().clone())),
            Tree::Function(name, nodes) => {
                let arguments = self.arguments(nodes)?;
                functions::call(name, self, &arguments).map_err(at)
            }
            Tree::Class(class) => Ok(Value::Class(*class)),
            Tree::New(class, nodes) => {
                let arguments = self.arguments(nodes)?;
                let Some(class) = CLASSES.get(*class) else { return Ok(Value::Null) };
                classes::construct(class, self, &arguments).map_err(at)
            }
            Tree::Not(operand) => Ok(Value::Boolean(!self.condition(operand)?)),
            Tree::Negative(operand) => {
                let value = self.evaluate(operand)?;
                self.negative(&value).map_err(at)
            }
            Tree::Positive(operand) => {
                let value = self.evaluate(operand)?;
                self.positive(value).map_err(at)
            }
            Tree::Arithmetic(first, rest) => self.chain(first, rest),
            Tree::All(nodes) => self.logic(nodes, false),
            Tree::Any(nodes) => self.logic(nodes, true),
            Tree::Compare(comparison, left, right) => {
                let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
                self.compare(*comparison, &left, &right).map(Value::Boolean).map_err(at)
            }
            Tree::Conditional(condition, then, other) => {
                let branch = if self.condition(condition)? { then } else { other };
                self.evaluate(branch)
            }
            Tree::Elvis(first, other) => {
                let first = self.evaluate(first)?;
                // An empty text counts as absent, as in Spring.
                let is_absent = first.is_nothing() || matches!(&first, Value::Text(text) if text.is_empty());
                if is_absent { self.evaluate(other) } else { Ok(first) }
            }
            Tree::Path(start, steps) => self.path(start, steps),
        }
    }

    /// What is given to a function or put into a list: something that is not there is no such thing.
    fn arguments(&mut self, nodes: &[Node]) -> Result<Vec<Value>, Located> {
        nodes.iter().map(|node| self.present(node)).collect()
    }

    /// The value of a node where something that is not there is an error, or null where nothing is strict.
    fn present(&mut self, node: &Node) -> Evaluated {
        let value = self.evaluate(node)?;
        let Value::Missing(missing) = value else { return Ok(value) };
        if self.is_strict() { Err(Fault::Missing(missing).at(node.span)) } else { Ok(Value::Null) }
    }

    fn literal_map(&mut self, span: Span, entries: &[(Node, Node)]) -> Evaluated {
        let mut made = BTreeMap::new();
        for (key, value) in entries {
            let key_value = self.present(key)?;
            let text = self.key(&key_value).map_err(|fault| fault.at(key.span))?;
            made.insert(text, self.present(value)?);
        }
        self.map(made).map_err(|fault| fault.at(span))
    }

    fn logic(&mut self, nodes: &[Node], decides: bool) -> Evaluated {
        for node in nodes {
            if self.condition(node)? == decides {
                return Ok(Value::Boolean(decides));
            }
        }
        Ok(Value::Boolean(!decides))
    }

    fn condition(&mut self, node: &Node) -> Result<bool, Located> {
        let value = self.evaluate(node)?;
        truth(&value).map_err(|fault| fault.at(node.span))
    }

    /// The element that is looked at, or the scope.
    fn this(&self) -> Value {
        self.elements.last().cloned().unwrap_or_else(|| Value::Map(self.scope.root().clone()))
    }
}

/// Whether a condition holds: a boolean, or a text that Spring takes as one.
pub(crate) fn truth(value: &Value) -> Result<bool, Fault> {
    if let Value::Boolean(boolean) = value {
        return Ok(*boolean);
    }
    if let Value::Missing(missing) = value {
        return Err(Fault::Missing(Arc::clone(missing)));
    }
    let text = value.as_text().unwrap_or_default().to_ascii_lowercase();
    match text.as_str() {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err(Fault::Condition(value.kind())),
    }
}
