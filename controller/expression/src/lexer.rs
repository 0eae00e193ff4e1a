//! Text to tokens, one at a time: what stands after an expression's end is never looked at.

use std::sync::Arc;

use crate::error::Located;
use crate::fault::Fault;
use crate::span::Span;
use crate::symbol::Symbol;
use crate::syntax::Syntax;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Integer(i64),
    Decimal(f64),
    Text(Arc<str>),
    Name(Arc<str>),
    Symbol(Symbol),
    End,
}

#[derive(Debug)]
pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) const fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next token and where it stands.
    pub(crate) fn next(&mut self) -> Result<(Token, Span), Located> {
        let blank = self.rest().len() - self.rest().trim_start().len();
        self.at += blank;
        let (start, rest) = (self.at, self.rest());
        let Some(first) = rest.chars().next() else {
            return Ok((Token::End, Span::new(start, start)));
        };
        let (token, length) = if first == '\'' || first == '"' {
            self.quoted(first)?
        } else if first.is_ascii_digit() {
            self.number()?
        } else if rest.starts_with("${") {
            return Err(self.fault(Syntax::Nested, 2));
        } else if let Some((symbol, length)) = Symbol::at(rest) {
            (Token::Symbol(symbol), length)
        } else if is_name(first) {
            let name = rest.split(|c| !is_name(c)).next().unwrap_or_default();
            (Token::Name(name.into()), name.len())
        } else {
            return Err(self.fault(Syntax::Character(first), first.len_utf8()));
        };
        self.at += length;
        Ok((token, Span::new(start, self.at)))
    }

    fn fault(&self, syntax: Syntax, length: usize) -> Located {
        Fault::from(syntax).at(Span::new(self.at, self.at + length))
    }

    /// A text in quotes; the quote itself is written twice.
    fn quoted(&self, quote: char) -> Result<(Token, usize), Located> {
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            if character != quote {
                text.push(character);
            } else if characters.next_if(|(_, next)| *next == quote).is_some() {
                text.push(quote);
            } else {
                return Ok((Token::Text(text.into()), at + 1));
            }
        }
        Err(self.fault(Syntax::Quote(quote), 1))
    }

    /// `12`, `12L`, `0x1F`, `1.5`, `1e3`, `1.5f`.
    fn number(&self) -> Result<(Token, usize), Located> {
        let rest = self.rest();
        if let Some(digits) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
            let length = run(digits, |c| c.is_ascii_alphanumeric());
            let digits = digits.get(..length).unwrap_or_default();
            let digits = digits.trim_end_matches(['l', 'L']);
            let integer = i64::from_str_radix(digits, 16).map(Token::Integer);
            return integer.map(|token| (token, length + 2)).map_err(|_| self.no_number(length + 2));
        }
        let whole = run(rest, |c| c.is_ascii_digit());
        let mut length = whole;
        // `1.toString()` is a call, `1.5` a number.
        if let Some(after) = rest.get(whole..).and_then(|rest| rest.strip_prefix('.')) {
            let decimals = run(after, |c| c.is_ascii_digit());
            length += if decimals > 0 { decimals + 1 } else { 0 };
        }
        length += exponent(rest.get(length..).unwrap_or_default());
        let digits = rest.get(..length).unwrap_or_default();
        let suffix = run(rest.get(length..).unwrap_or_default(), is_name);
        let all = rest.get(..length + suffix).unwrap_or_default();
        let ending = all.get(length..).unwrap_or_default();
        let token = match ending {
            "" | "l" | "L" if length == whole => digits.parse().ok().map(Token::Integer),
            "" | "f" | "F" | "d" | "D" => digits.parse().ok().map(Token::Decimal),
            _ => None,
        };
        token.map(|token| (token, all.len())).ok_or_else(|| self.no_number(all.len()))
    }

    fn no_number(&self, length: usize) -> Located {
        let number = self.rest().get(..length).unwrap_or_default();
        self.fault(Syntax::Number(crate::missing::clip(number)), length)
    }
}

/// How many bytes at the beginning are such characters.
fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// The length of `e10`, `E-3`.
fn exponent(text: &str) -> usize {
    let Some(after) = text.strip_prefix(['e', 'E']) else { return 0 };
    let digits = after.strip_prefix(['+', '-']).unwrap_or(after);
    let length = run(digits, |c| c.is_ascii_digit());
    if length == 0 { 0 } else { 1 + after.len() - digits.len() + length }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

#[cfg(test)]
mod tests {
    use super::{Lexer, Token};
    use crate::symbol::Symbol;

    fn tokens(text: &str) -> Vec<Token> {
        let mut lexer = Lexer::new(text, 0);
        std::iter::from_fn(|| lexer.next().ok().map(|(token, _)| token).filter(|token| *token != Token::End))
            .collect()
    }

    #[test]
    fn numbers_have_the_forms_of_java() {
        assert_eq!(tokens("12 12L 0x1F"), [12, 12, 31].map(Token::Integer));
        assert_eq!(tokens("1.5 1e3 2.5E-1 3f 4.0d"), [1.5, 1000.0, 0.25, 3.0, 4.0].map(Token::Decimal));
        assert_eq!(tokens("1.x")[..2], [Token::Integer(1), Token::Symbol(Symbol::Dot)]);
        for broken in ["1x", "0x", "0xG", "99999999999999999999", "1.5L"] {
            assert!(tokens(broken).is_empty(), "{broken}");
        }
    }

    #[test]
    fn a_quote_is_written_twice_in_its_own_quotes() {
        assert_eq!(tokens("'it''s'"), [Token::Text("it's".into())]);
        assert_eq!(tokens("\"a\"\"b'\""), [Token::Text("a\"b'".into())]);
        assert!(tokens("'open").is_empty() && tokens("'open''").is_empty());
    }

    #[test]
    fn the_longest_sign_is_taken() {
        let signs = [Symbol::Elvis, Symbol::SafeDot, Symbol::Select, Symbol::Question, Symbol::NotEqual];
        assert_eq!(tokens("?: ?. ?[ ? !="), signs.map(Token::Symbol));
    }
}
