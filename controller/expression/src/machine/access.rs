//! Names, properties, indexes and method calls.

use std::sync::Arc;

use super::{Evaluated, Machine, Outcome};
use crate::classes;
use crate::error::Located;
use crate::fault::Fault;
use crate::methods;
use crate::missing::{Missing, clip};
use crate::render;
use crate::span::Span;
use crate::tree::{Access, Node, Step, Tree};
use crate::value::{Map, Value};

impl Machine<'_> {
    /// A bare name: a key of the element that is looked at, or a name of the scope.
    pub(super) fn name(&mut self, name: &Arc<str>, span: Span) -> Value {
        let Some(element) = self.elements.last().cloned() else {
            return key_of(&self.scope.root().clone(), name, None, span);
        };
        match self.property(&element, name, "the element (elsewhere: #root)", span) {
            Ok(value) => value,
            Err(_) => {
                Value::Missing(Arc::new(Missing::new(name, Some("the element (elsewhere: #root)"), [], span)))
            }
        }
    }

    pub(super) fn path(&mut self, start: &Node, steps: &[Step]) -> Evaluated {
        let mut value = self.evaluate(start)?;
        for step in steps {
            self.budget.step(1).map_err(|limit| Fault::from(limit).at(step.span))?;
            // `start` may be a class or `#this` of no width: what is before the step is what it is asked of.
            let before = Span::new(start.span.start, step.span.start);
            value = if value.is_nothing() {
                self.of_nothing(value, before, step)?
            } else {
                self.step(&value, before, step)?
            };
        }
        Ok(value)
    }

    /// A step from null or from something that is not there.
    fn of_nothing(&self, value: Value, before: Span, step: &Step) -> Evaluated {
        if step.is_safe {
            return Ok(Value::Null);
        }
        if let Value::Missing(missing) = value {
            return Err(Fault::Missing(missing).at(before));
        }
        Err(Fault::OfNull(clip(before.of(&self.text).trim())).at(step.span))
    }

    fn step(&mut self, value: &Value, before: Span, step: &Step) -> Evaluated {
        let at = |fault: Fault| fault.at(step.span);
        match &step.access {
            Access::Property(name) => {
                let text = Arc::clone(&self.text);
                self.property(value, name, before.of(&text), step.span).map_err(at)
            }
            Access::Index(index) => self.index(value, before, index, step.span),
            Access::Method(name, nodes) => {
                let arguments = self.arguments(nodes)?;
                self.method(value, name, &arguments).map_err(at)
            }
            Access::Select(which, condition) => self.select(value, *which, condition, step.span),
            Access::Project(projection) => self.project(value, projection, step.span),
        }
    }

    fn property(&mut self, value: &Value, name: &Arc<str>, within: &str, span: Span) -> Outcome {
        if let Value::Map(map) = value {
            return Ok(key_of(map, name, Some(within), span));
        }
        if let Value::Class(class) = value {
            return classes::constant(*class, name);
        }
        methods::property(value, name, self)
    }

    fn method(&mut self, value: &Value, name: &str, arguments: &[Value]) -> Outcome {
        if let Value::Class(class) = value {
            return classes::call(*class, name, self, arguments);
        }
        methods::call(value, name, self, arguments)
    }

    fn index(&mut self, value: &Value, before: Span, node: &Node, span: Span) -> Evaluated {
        let at = |fault: Fault| fault.at(span);
        if let Value::Map(map) = value {
            // A bare name in the brackets of a map is the key itself, as in Spring.
            let key = if let Tree::Name(name) = &node.tree {
                Arc::clone(name)
            } else {
                let key = self.present(node)?;
                self.key(&key).map_err(|fault| fault.at(node.span))?
            };
            let text = Arc::clone(&self.text);
            return Ok(key_of(map, &key, Some(before.of(&text)), span));
        }
        let index = self.present(node)?;
        if let Value::List(list) = value {
            return element(list.items(), &index, node.span).cloned();
        }
        if let Value::Text(text) = value {
            self.budget.pass(text.len()).map_err(|limit| at(limit.into()))?;
            let characters: Vec<char> = text.chars().collect();
            let character = element(&characters, &index, node.span)?;
            return self.text(character.to_string()).map_err(at);
        }
        if let Some(name) = index.as_text() {
            return methods::property(value, name, self).map_err(at);
        }
        Err(at(Fault::Indexed { kind: value.kind(), index: index.kind() }))
    }

    /// A value as the key of a map.
    pub(super) fn key(&mut self, value: &Value) -> Result<Arc<str>, Fault> {
        if let Value::Text(text) = value {
            return Ok(Arc::clone(text));
        }
        let is_simple = matches!(
            value,
            Value::Boolean(_) | Value::Integer(_) | Value::Decimal(_) | Value::Status(_) | Value::Date(_)
        );
        if !is_simple {
            return Err(Fault::Indexed { kind: crate::kind::Kind::Map, index: value.kind() });
        }
        Ok(render::text_of(value, &self.budget)?.into())
    }
}

fn key_of(map: &Map, key: &str, within: Option<&str>, span: Span) -> Value {
    let found = map.get(key).cloned();
    found.unwrap_or_else(|| Value::Missing(Arc::new(Missing::new(key, within, map.keys(), span))))
}

fn element<'e, T>(items: &'e [T], index: &Value, span: Span) -> Result<&'e T, Located> {
    let number = if let Value::Integer(integer) = index {
        Some(*integer)
    } else {
        index.as_text().and_then(|text| text.parse().ok())
    };
    let Some(number) = number else {
        let kind = crate::kind::Kind::List;
        return Err(Fault::Indexed { kind, index: index.kind() }.at(span));
    };
    let found = usize::try_from(number).ok().and_then(|index| items.get(index));
    found.ok_or_else(|| Fault::Index { index: number, length: items.len() }.at(span))
}
