//! The steps of a path: `.name`, `.method(..)`, `[index]`, `.?[..]`, `.![..]`.

use super::{Parsed, Parser, node};
use crate::error::Located;
use crate::span::Span;
use crate::symbol::Symbol;
use crate::tree::{Access, Step, Tree, Which};

impl Parser<'_> {
    pub(super) fn path(&mut self) -> Parsed {
        let start = self.primary()?;
        let mut steps = Vec::new();
        loop {
            let begin = self.span;
            let is_safe = self.is_at(Symbol::SafeDot);
            let access = if self.take(Symbol::Dot)? || self.take(Symbol::SafeDot)? {
                self.dotted(is_safe)?
            } else if self.is_at(Symbol::OpenSquare) {
                self.index()?
            } else if let Some(access) = self.selection()? {
                access
            } else {
                break;
            };
            steps.push(Step { span: begin.to(self.last), is_safe, access });
        }
        let span = Span::new(start.span.start, self.last.end);
        if steps.is_empty() { Ok(start) } else { Ok(node(span, Tree::Path(start.into(), steps))) }
    }

    fn dotted(&mut self, is_safe: bool) -> Result<Access, Located> {
        if let Some(access) = self.selection()? {
            return Ok(access);
        }
        if is_safe && self.is_at(Symbol::OpenSquare) {
            return self.index();
        }
        let name = self.name("a property, a method, ?[ or ![")?;
        if self.is_at(Symbol::OpenRound) {
            return Ok(Access::Method(name, self.arguments()?));
        }
        Ok(Access::Property(name))
    }

    fn index(&mut self) -> Result<Access, Located> {
        self.advance()?;
        let index = self.expression()?;
        self.need(Symbol::CloseSquare, "]")?;
        Ok(Access::Index(index))
    }

    fn selection(&mut self) -> Result<Option<Access>, Located> {
        let which = if self.is_at(Symbol::Select) {
            Some(Which::All)
        } else if self.is_at(Symbol::SelectFirst) {
            Some(Which::First)
        } else if self.is_at(Symbol::SelectLast) {
            Some(Which::Last)
        } else if self.is_at(Symbol::Project) {
            None
        } else {
            return Ok(None);
        };
        self.advance()?;
        let inner = self.expression()?;
        self.need(Symbol::CloseSquare, "]")?;
        Ok(Some(match which {
            Some(which) => Access::Select(which, inner),
            None => Access::Project(inner),
        }))
    }
}
