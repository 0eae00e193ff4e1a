//! Tokens to a tree, by the precedence of the Spring Expression Language: the functions stand from the loosest to the tightest.

mod primary;
mod steps;

use crate::error::Located;
use crate::fault::Fault;
use crate::lexer::{Lexer, Token};
use crate::limits::{Exceeded, Limits};
use crate::span::Span;
use crate::symbol::Symbol;
use crate::syntax::Syntax;
use crate::tree::{Arithmetic, Comparison, Node, Tree};

type Parsed = Result<Node, Located>;

/// Reads the expression that begins at a byte of the text and ends with `}`, or with the text where `is_bare`.
///
/// Returns the tree and where the expression ends, its `}` included.
pub(crate) fn parse(text: &str, at: usize, is_bare: bool, limits: &Limits) -> Result<(Node, usize), Located> {
    let mut parser = Parser {
        text,
        lexer: Lexer::new(text, at),
        token: Token::End,
        span: Span::new(at, at),
        last: Span::new(at, at),
        begin: at,
        nesting: 0,
        limits,
    };
    parser.advance()?;
    let end = if is_bare { Token::End } else { Token::Symbol(Symbol::CloseCurly) };
    if parser.token == end {
        return Err(parser.fault(Syntax::Empty));
    }
    let node = parser.expression()?;
    if parser.token == end {
        Ok((node, parser.span.end))
    } else if parser.token == Token::End {
        Err(Fault::from(Syntax::Unclosed).at(Span::new(at, at)))
    } else {
        Err(parser.unexpected("an operator or the end"))
    }
}

struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    /// The next token, which is not taken yet.
    token: Token,
    span: Span,
    /// The span of the token that was taken last.
    last: Span,
    begin: usize,
    nesting: usize,
    limits: &'t Limits,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<(), Located> {
        self.last = self.span;
        (self.token, self.span) = self.lexer.next()?;
        if self.span.end.saturating_sub(self.begin) > self.limits.source_bytes {
            return Err(Fault::from(Exceeded::Source(self.limits.source_bytes)).at(self.span));
        }
        Ok(())
    }

    fn is_at(&self, symbol: Symbol) -> bool {
        self.token == Token::Symbol(symbol)
    }

    /// Takes the sign if it comes next.
    fn take(&mut self, symbol: Symbol) -> Result<bool, Located> {
        let is_next = self.is_at(symbol);
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn need(&mut self, symbol: Symbol, wanted: &'static str) -> Result<(), Located> {
        if self.take(symbol)? { Ok(()) } else { Err(self.unexpected(wanted)) }
    }

    /// Whether the next token is one of the operators that are written as a word.
    fn is_word(&self, words: &[&str]) -> bool {
        matches!(&self.token, Token::Name(name) if words.iter().any(|word| name.eq_ignore_ascii_case(word)))
    }

    fn fault(&self, syntax: Syntax) -> Located {
        Fault::from(syntax).at(self.span)
    }

    fn unexpected(&self, wanted: &'static str) -> Located {
        let found = match &self.token {
            Token::Symbol(Symbol::Assign) => return self.fault(Syntax::Assignment),
            Token::Symbol(Symbol::Increment) => return self.fault(Syntax::Increment),
            Token::End => "the end".to_owned(),
            Token::Integer(_) | Token::Decimal(_) | Token::Text(_) | Token::Name(_) | Token::Symbol(_) => {
                crate::missing::clip(self.span.of(self.text))
            }
        };
        self.fault(Syntax::Expected { wanted, found })
    }

    /// Goes one level deeper, for what is in brackets or behind a sign that may be repeated.
    fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.nesting >= self.limits.nesting {
            return Err(Fault::from(Exceeded::Nesting(self.limits.nesting)).at(self.span));
        }
        self.nesting += 1;
        let node = inner(self);
        self.nesting -= 1;
        node
    }

    /// `a ? b : c`, `a ?: b`.
    fn expression(&mut self) -> Parsed {
        self.nested(|parser| {
            let first = parser.any()?;
            if parser.take(Symbol::Elvis)? {
                let other = parser.expression()?;
                return Ok(node(first.span.to(other.span), Tree::Elvis(first.into(), other.into())));
            }
            if !parser.take(Symbol::Question)? {
                return Ok(first);
            }
            let then = parser.expression()?;
            parser.need(Symbol::Colon, ": and what it is otherwise")?;
            let other = parser.expression()?;
            let tree = |first: Node| Tree::Conditional(first.into(), then.into(), other.into());
            Ok(node(Span::new(first.span.start, parser.last.end), tree(first)))
        })
    }

    fn any(&mut self) -> Parsed {
        let mut nodes = vec![self.all()?];
        while self.is_at(Symbol::Or) || self.is_word(&["or"]) {
            self.advance()?;
            nodes.push(self.all()?);
        }
        Ok(joined(nodes, Tree::Any))
    }

    fn all(&mut self) -> Parsed {
        let mut nodes = vec![self.comparison()?];
        while self.is_at(Symbol::And) || self.is_word(&["and"]) {
            self.advance()?;
            nodes.push(self.comparison()?);
        }
        Ok(joined(nodes, Tree::All))
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        let Some(comparison) = self.compared() else { return Ok(left) };
        self.advance()?;
        let right = self.sum()?;
        if self.compared().is_some() {
            return Err(self.fault(Syntax::Row));
        }
        Ok(node(left.span.to(right.span), Tree::Compare(comparison, left.into(), right.into())))
    }

    fn compared(&self) -> Option<Comparison> {
        const COMPARISONS: [(Option<Symbol>, &str, Comparison); 9] = [
            (Some(Symbol::Equal), "eq", Comparison::Equal),
            (Some(Symbol::NotEqual), "ne", Comparison::NotEqual),
            (Some(Symbol::Less), "lt", Comparison::Less),
            (Some(Symbol::LessEqual), "le", Comparison::LessEqual),
            (Some(Symbol::Greater), "gt", Comparison::Greater),
            (Some(Symbol::GreaterEqual), "ge", Comparison::GreaterEqual),
            (None, "matches", Comparison::Matches),
            (None, "instanceof", Comparison::InstanceOf),
            (None, "between", Comparison::Between),
        ];
        let is_next = |symbol: Option<Symbol>, word| {
            symbol.is_some_and(|symbol| self.is_at(symbol)) || self.is_word(&[word])
        };
        COMPARISONS
            .iter()
            .find(|(symbol, word, _)| is_next(*symbol, word))
            .map(|(_, _, comparison)| *comparison)
    }

    fn sum(&mut self) -> Parsed {
        let first = self.product()?;
        let mut rest = Vec::new();
        loop {
            let operator = if self.is_at(Symbol::Plus) {
                Arithmetic::Add
            } else if self.is_at(Symbol::Minus) {
                Arithmetic::Subtract
            } else {
                return Ok(chained(first, rest));
            };
            self.advance()?;
            rest.push((operator, self.product()?));
        }
    }

    fn product(&mut self) -> Parsed {
        let first = self.power()?;
        let mut rest = Vec::new();
        loop {
            let operator = if self.is_at(Symbol::Star) {
                Arithmetic::Multiply
            } else if self.is_at(Symbol::Slash) || self.is_word(&["div"]) {
                Arithmetic::Divide
            } else if self.is_at(Symbol::Percent) || self.is_word(&["mod"]) {
                Arithmetic::Remainder
            } else {
                return Ok(chained(first, rest));
            };
            self.advance()?;
            rest.push((operator, self.power()?));
        }
    }

    /// `a ^ b`. The sign binds tighter: `-2 ^ 2` is 4, as in Spring.
    fn power(&mut self) -> Parsed {
        let base = self.unary()?;
        if !self.take(Symbol::Caret)? {
            return Ok(base);
        }
        let exponent = self.unary()?;
        Ok(chained(base, vec![(Arithmetic::Power, exponent)]))
    }

    fn unary(&mut self) -> Parsed {
        let begin = self.span;
        let sign: fn(Box<Node>) -> Tree = if self.is_at(Symbol::Not) || self.is_word(&["not"]) {
            Tree::Not
        } else if self.is_at(Symbol::Minus) {
            Tree::Negative
        } else if self.is_at(Symbol::Plus) {
            Tree::Positive
        } else {
            return self.path();
        };
        self.advance()?;
        let operand = self.nested(Self::unary)?;
        Ok(node(begin.to(operand.span), sign(operand.into())))
    }
}

const fn node(span: Span, tree: Tree) -> Node {
    Node { span, tree }
}

/// Several as one; one alone is itself.
fn joined(mut nodes: Vec<Node>, tree: fn(Vec<Node>) -> Tree) -> Node {
    let span = nodes.first().zip(nodes.last()).map_or_else(Span::default, |(a, z)| a.span.to(z.span));
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        last => {
            nodes.extend(last);
            node(span, tree(nodes))
        }
    }
}

fn chained(first: Node, rest: Vec<(Arithmetic, Node)>) -> Node {
    let Some((_, last)) = rest.last() else { return first };
    let span = first.span.to(last.span);
    node(span, Tree::Arithmetic(first.into(), rest))
}
