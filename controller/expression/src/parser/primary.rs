//! What a path begins with: literals, brackets, names, functions, classes, lists and maps.

use super::{Parsed, Parser, node};
use crate::classes;
use crate::error::Located;
use crate::lexer::Token;
use crate::span::Span;
use crate::symbol::Symbol;
use crate::syntax::Syntax;
use crate::tree::{Access, Node, Step, Tree};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed {
        let begin = self.span;
        let tree = match self.token.clone() {
            Token::Integer(integer) => Tree::Integer(integer),
            Token::Decimal(decimal) => Tree::Decimal(decimal),
            Token::Text(text) => Tree::Text(text),
            Token::Name(name) => return self.named(&name),
            Token::Symbol(Symbol::OpenRound) => return self.bracketed(),
            Token::Symbol(Symbol::OpenCurly) => return self.collection(),
            Token::Symbol(Symbol::Hash) => return self.hash(),
            // `['key']` and `.?[..]` of the current object.
            Token::Symbol(
                Symbol::OpenSquare
                | Symbol::Select
                | Symbol::SelectFirst
                | Symbol::SelectLast
                | Symbol::Project,
            ) => return Ok(node(begin, Tree::This)),
            Token::Symbol(Symbol::At) => return Err(self.fault(Syntax::Bean)),
            Token::Symbol(_) | Token::End => return Err(self.unexpected("a value")),
        };
        self.advance()?;
        Ok(node(begin, tree))
    }

    fn bracketed(&mut self) -> Parsed {
        let begin = self.span;
        self.advance()?;
        let inner = self.expression()?;
        self.need(Symbol::CloseRound, ")")?;
        Ok(node(begin.to(self.last), inner.tree))
    }

    /// A word: `true`, `T(..)`, `new ..`, or a name.
    fn named(&mut self, name: &str) -> Parsed {
        let begin = self.span;
        self.advance()?;
        let tree = if name.eq_ignore_ascii_case("true") {
            Tree::Boolean(true)
        } else if name.eq_ignore_ascii_case("false") {
            Tree::Boolean(false)
        } else if name.eq_ignore_ascii_case("null") {
            Tree::Null
        } else if name == "T" && self.is_at(Symbol::OpenRound) {
            self.advance()?;
            let class = self.class()?;
            self.need(Symbol::CloseRound, ")")?;
            Tree::Class(class)
        } else if name == "new" && matches!(self.token, Token::Name(_)) {
            let class = self.class()?;
            Tree::New(class, self.arguments()?)
        } else if self.is_at(Symbol::OpenRound) {
            // A method of the current object, such as the element in `.?[startsWith('a')]`.
            let access = Access::Method(name.into(), self.arguments()?);
            let step = Step { span: begin.to(self.last), is_safe: false, access };
            Tree::Path(node(Span::new(begin.start, begin.start), Tree::This).into(), vec![step])
        } else {
            Tree::Name(name.into())
        };
        Ok(node(begin.to(self.last), tree))
    }

    /// `java.lang.Math` or `Math`; its place in the table of those that may be used.
    fn class(&mut self) -> Result<usize, Located> {
        let begin = self.span;
        let mut name = self.name("the name of a class")?.to_string();
        while self.take(Symbol::Dot)? {
            name.push('.');
            name.push_str(&self.name("the rest of the class's name")?);
        }
        let span = begin.to(self.last);
        classes::find(&name).ok_or_else(|| crate::fault::Fault::from(Syntax::class(&name)).at(span))
    }

    /// `#name(..)`, `#this`, `#root`.
    fn hash(&mut self) -> Parsed {
        let begin = self.span;
        self.advance()?;
        let name = self.name("the name of a function, this or root")?;
        let tree = match name.as_ref() {
            "this" => Tree::This,
            "root" => Tree::Root,
            _ => Tree::Function(name, self.arguments()?),
        };
        Ok(node(begin.to(self.last), tree))
    }

    pub(super) fn name(&mut self, wanted: &'static str) -> Result<std::sync::Arc<str>, Located> {
        let Token::Name(name) = self.token.clone() else { return Err(self.unexpected(wanted)) };
        self.advance()?;
        Ok(name)
    }

    pub(super) fn arguments(&mut self) -> Result<Vec<Node>, Located> {
        self.need(Symbol::OpenRound, "( and the arguments")?;
        let mut arguments = Vec::new();
        if self.take(Symbol::CloseRound)? {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            if !self.take(Symbol::Comma)? {
                self.need(Symbol::CloseRound, ", or )")?;
                return Ok(arguments);
            }
        }
    }

    /// `{}`, `{1, 2}`, `{:}`, `{a: 1}`.
    fn collection(&mut self) -> Parsed {
        let begin = self.span;
        self.advance()?;
        let tree = if self.take(Symbol::Colon)? {
            Tree::Map(Vec::new())
        } else if self.is_at(Symbol::CloseCurly) {
            Tree::List(Vec::new())
        } else {
            let first = self.expression()?;
            if self.is_at(Symbol::Colon) { self.map(first)? } else { self.list(first)? }
        };
        self.need(Symbol::CloseCurly, ", or }")?;
        Ok(node(begin.to(self.last), tree))
    }

    fn list(&mut self, first: Node) -> Result<Tree, Located> {
        let mut items = vec![first];
        while self.take(Symbol::Comma)? {
            items.push(self.expression()?);
        }
        Ok(Tree::List(items))
    }

    fn map(&mut self, first: Node) -> Result<Tree, Located> {
        self.need(Symbol::Colon, ":")?;
        let mut entries = vec![(literal_key(first), self.expression()?)];
        while self.take(Symbol::Comma)? {
            let key = self.expression()?;
            self.need(Symbol::Colon, ": and the value")?;
            entries.push((literal_key(key), self.expression()?));
        }
        Ok(Tree::Map(entries))
    }
}

/// A bare name as a key is that text, as in `{a: 1}` and `map[a]`.
pub(super) fn literal_key(key: Node) -> Node {
    let span = key.span;
    if let Tree::Name(name) = key.tree { node(span, Tree::Text(name)) } else { key }
}
