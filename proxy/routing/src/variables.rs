//! Texts with nginx's variables in them, of those that are known here: `https://$host$request_uri`.
//!
//! ```text
//! variable  which there are, and what a request's value of each is
//! facts     what the values are read from
//! ```
//! A text is read once and filled for a request; nothing that it is filled with is read again. Only what is known here is a variable, so that a text never
//! says something else than whoever wrote it meant.

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use regex::bytes::Captures;
use serde::{Serialize, Serializer};

use self::variable::Variable;

mod facts;
mod variable;

pub use self::facts::Facts;
pub use self::variable::UnknownVariable;

/// A text with variables.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    text: Arc<str>,
    pieces: Box<[Piece]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Plain(Box<[u8]>),
    Variable(Variable),
    /// `$1` to `$9`, of an expression that was matched.
    Group(u8),
}

impl Text {
    /// Reads a text. As in nginx, a variable is `$name` or `${name}`.
    pub fn parse(text: &str) -> Result<Self, UnknownVariable> {
        Self::read(text, variable)
    }

    /// Reads a text in which `$1` to `$9` stand for the groups of an expression.
    pub fn parse_with_groups(text: &str) -> Result<Self, UnknownVariable> {
        Self::read(text, |part| group(part).map_or_else(|| variable(part), Ok))
    }

    /// Reads a text in which groups are all that there is; else what `unknown` makes of what follows a dollar sign. As in nginx, `$10` is the first
    /// group and a zero.
    pub(crate) fn parse_groups<E>(text: &str, unknown: impl Fn(&str) -> E) -> Result<Self, E> {
        Self::read(text, |part| group(part).ok_or_else(|| unknown(part)))
    }

    /// `piece`: what a text begins with that follows a dollar sign, and the rest.
    fn read<E>(text: &str, piece: impl Fn(&str) -> Result<(Piece, &str), E>) -> Result<Self, E> {
        let plain = |text: &str| (!text.is_empty()).then(|| Piece::Plain(text.as_bytes().into()));
        let mut pieces = Vec::new();
        let mut parts = text.split('$');
        pieces.extend(parts.next().and_then(plain));
        for part in parts {
            let (piece, rest) = piece(part)?;
            pieces.push(piece);
            pieces.extend(plain(rest));
        }
        Ok(Self { text: text.into(), pieces: pieces.into() })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The highest group in it.
    pub(crate) fn groups(&self) -> usize {
        let group = |piece: &Piece| match piece {
            Piece::Group(number) => usize::from(*number),
            Piece::Plain(_) | Piece::Variable(_) => 0,
        };
        self.pieces.iter().map(group).max().unwrap_or_default()
    }

    /// Whether it says nothing that a client chooses, but for the host.
    pub(crate) fn is_of_route(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            Piece::Plain(_) => true,
            Piece::Variable(variable) => variable.is_of_route(),
            Piece::Group(_) => false,
        })
    }

    /// Whether it says the host.
    pub(crate) fn has_host(&self) -> bool {
        self.pieces.contains(&Piece::Variable(Variable::Host))
    }

    /// The text with a request's values as they are. Groups are empty.
    #[must_use]
    pub fn fill(&self, facts: &Facts<'_>) -> Vec<u8> {
        let mut filled = Vec::with_capacity(self.text.len() + 64);
        for piece in &self.pieces {
            match piece {
                Piece::Plain(text) => filled.extend_from_slice(text),
                Piece::Variable(variable) => {
                    variable.put(facts, &mut |value| filled.extend_from_slice(value));
                }
                Piece::Group(_) => {}
            }
        }
        filled
    }

    /// The text as a part of a URL: what no URL may have is encoded in the request's values. Groups are empty.
    #[must_use]
    pub fn fill_url(&self, facts: &Facts<'_>) -> String {
        let mut filled = String::with_capacity(self.text.len() + 64);
        for piece in &self.pieces {
            match piece {
                Piece::Plain(text) => filled.push_str(&String::from_utf8_lossy(text)),
                Piece::Variable(variable) => {
                    variable.put(facts, &mut |value| encode_in_url(value, &mut filled));
                }
                Piece::Group(_) => {}
            }
        }
        filled
    }

    /// The same text, in which only groups are still to be filled.
    pub(crate) fn bind(&self, facts: &Facts<'_>) -> Self {
        let bound = |piece: &Piece| match piece {
            Piece::Variable(variable) => {
                let mut value = Vec::new();
                variable.put(facts, &mut |part| value.extend_from_slice(part));
                Piece::Plain(value.into())
            }
            Piece::Plain(_) | Piece::Group(_) => piece.clone(),
        };
        Self { text: Arc::clone(&self.text), pieces: self.pieces.iter().map(bound).collect() }
    }

    /// A text of which everything but groups was filled, with these. One that is not there, or took no part in the match, is empty.
    pub(crate) fn with(&self, groups: Option<&Captures<'_>>) -> Vec<u8> {
        let mut filled = Vec::with_capacity(self.text.len() + 64);
        for piece in &self.pieces {
            match piece {
                Piece::Plain(text) => filled.extend_from_slice(text),
                Piece::Group(number) => {
                    let group = groups.and_then(|groups| groups.get(usize::from(*number)));
                    filled.extend_from_slice(group.map_or(&[], |group| group.as_bytes()));
                }
                Piece::Variable(_) => {}
            }
        }
        filled
    }
}

/// The group that a text begins with, and what follows.
fn group(text: &str) -> Option<(Piece, &str)> {
    let digit = text.bytes().next().filter(|b| (b'1'..=b'9').contains(b))?;
    Some((Piece::Group(digit - b'0'), text.get(1..)?))
}

/// The variable that a text begins with, `{name}` or `name`, and what follows.
fn variable(text: &str) -> Result<(Piece, &str), UnknownVariable> {
    let (name, rest) = if let Some(braced) = text.strip_prefix('{') {
        braced.split_once('}').ok_or_else(|| UnknownVariable(text.to_owned()))?
    } else {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        text.split_at(end.unwrap_or(text.len()))
    };
    let variable = Variable::of(name).ok_or_else(|| UnknownVariable(name.to_owned()))?;
    Ok((Piece::Variable(variable), rest))
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Text").field(&self.text).finish()
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Encodes for a place where only data stands, such as a parameter: everything but letters, digits and `-._~`.
fn encode_all(bytes: &[u8], into: &mut String) {
    encode(bytes, into, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
}

/// Encodes what may stand neither in a path nor in a query (RFC 3986, and brackets, which many do not encode). A percent sign is taken for encoded
/// already.
fn encode_in_url(bytes: &[u8], into: &mut String) {
    encode(bytes, into, |byte| byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte));
}

fn encode(bytes: &[u8], into: &mut String, is_plain: impl Fn(u8) -> bool) {
    for byte in bytes {
        if is_plain(*byte) {
            into.push(char::from(*byte));
        } else {
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn what_is_no_variable_is_refused_by_name() {
        for text in ["", "plain", "$host", "${host}x", "$http_x_y$arg_a", "https://$host/?a=$request_uri"] {
            assert_eq!(Text::parse(text).unwrap().text(), text);
        }
        for (text, name) in [
            ("$", ""),
            ("a$b", "b"),
            ("a$ b", ""),
            ("$hostx", "hostx"),
            ("${host", "{host"),
            ("$1", "1"),
            ("$http_", "http_"),
            ("$arg_", "arg_"),
            ("$cookie_", "cookie_"),
            ("$host${}", ""),
            ("$document_root", "document_root"),
            ("$server_name", "server_name"),
            ("$upstream_addr", "upstream_addr"),
        ] {
            let said = Text::parse(text).unwrap_err().to_string();
            assert!(
                said.starts_with(&format!("${name} is not supported: the variables are $host")),
                "{said}"
            );
        }
        for text in
            ["$", "a$ b", "$0", "${host", "$server_name", "$http_", "$arg_", "$cookie_", "$upstream_addr"]
        {
            let said = Text::parse_with_groups(text).unwrap_err().to_string();
            assert!(said.contains("is not supported"), "{text}");
        }
        assert!(Text::parse("$host.$namespace").unwrap().is_of_route());
        assert!(!Text::parse("$http_host").unwrap().is_of_route());
    }
}
