//! A text with the groups of a regular expression in it: `/v2/$1`.

use regex::bytes::Captures;

use crate::variables::Text;

/// A text in which `$1` to `$9` stand for groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Text);

/// A variable that is not a group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("${0} is not supported: only the groups $1 to $9 of the path are")]
pub struct InvalidTemplate(pub String);

impl Template {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, InvalidTemplate> {
        let unknown = |part: &str| {
            let name = part.split(|c: char| !(c.is_ascii_alphanumeric() || "_{}".contains(c))).next();
            InvalidTemplate(name.unwrap_or_default().to_owned())
        };
        Text::parse_groups(text, unknown).map(Self)
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// The highest group in it.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.0.groups()
    }

    /// The text with these groups of a path, which is ASCII.
    pub(crate) fn fill(&self, groups: Option<&Captures<'_>>) -> String {
        String::from_utf8(self.0.with(groups)).unwrap_or_default()
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
