//! A text with the groups of a regular expression in it: `/v2/$1`.

use std::fmt;
use std::sync::Arc;

use regex::bytes::Captures;

/// A text in which `$1` to `$9` stand for groups.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    text: Arc<str>,
    pieces: Box<[Piece]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    Group(u8),
}

/// A variable that is not a group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("${0} is not supported: only the groups $1 to $9 of the path are")]
pub struct InvalidTemplate(pub String);

impl Template {
    /// Reads a text. As in nginx, `$10` is the first group and a zero.
    pub fn parse(text: &str) -> Result<Self, InvalidTemplate> {
        let mut pieces = Vec::new();
        let mut parts = text.split('$');
        let plain = |text: &str| (!text.is_empty()).then(|| Piece::Text(text.into()));
        pieces.extend(parts.next().and_then(plain));
        for part in parts {
            let digit = part.bytes().next().filter(|b| (b'1'..=b'9').contains(b));
            let Some((digit, rest)) = digit.zip(part.get(1..)) else {
                let name = part.split(|c: char| !(c.is_ascii_alphanumeric() || "_{}".contains(c))).next();
                return Err(InvalidTemplate(name.unwrap_or_default().to_owned()));
            };
            pieces.push(Piece::Group(digit - b'0'));
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
    #[must_use]
    pub fn groups(&self) -> usize {
        let group = |piece: &Piece| match piece {
            Piece::Group(number) => usize::from(*number),
            Piece::Text(_) => 0,
        };
        self.pieces.iter().map(group).max().unwrap_or_default()
    }

    /// The text with these groups. One that is not there, or took no part in the match, is empty.
    pub(crate) fn fill(&self, groups: Option<&Captures<'_>>) -> String {
        let mut filled = String::with_capacity(self.text.len() + 32);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Group(number) => {
                    let group = groups.and_then(|groups| groups.get(usize::from(*number)));
                    filled.push_str(
                        group.and_then(|g| std::str::from_utf8(g.as_bytes()).ok()).unwrap_or_default(),
                    );
                }
            }
        }
        filled
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.text).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    #[test]
    fn only_groups_are_variables() {
        for text in ["/", "/$1", "$1", "/$1/x$2", "/$10"] {
            assert_eq!(Template::parse(text).unwrap().text(), text);
        }
        for (text, name) in
            [("/$uri", "$uri"), ("/$0", "$0"), ("/a$", "$ "), ("/${1}", "${1}"), ("/$1$host-x", "$host ")]
        {
            let said = Template::parse(text).unwrap_err().to_string();
            assert!(format!("{said} ").starts_with(name), "{said}");
        }
        assert_eq!(Template::parse("/$1/$9$2").unwrap().groups(), 9);
    }
}
