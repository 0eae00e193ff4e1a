//! `proxy-cookie-domain`, `proxy-cookie-path`, `proxy-redirect-from` and `-to`: what is written anew in an answer's head.
//!
//! As nginx's directives of these names: a redirect whose text begins as given, a cookie's path that does, and a cookie's whole domain are replaced, or
//! whatever an expression finds in them.

use serde::Serialize;

use crate::pattern::Pattern;
use crate::variables::{Facts, Text};

/// What is written anew in the head of an answer. Default: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edits {
    /// In `Location` and `Refresh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<Swap>,
    /// In the `Domain` of cookies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie_domain: Option<Swap>,
    /// In the `Path` of cookies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie_path: Option<Swap>,
}

/// One text in place of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swap {
    /// What is replaced.
    pub from: From,
    /// By what.
    pub to: Text,
}

/// What is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum From {
    /// A text at the beginning; of a domain, all of it.
    Text(Text),
    /// A whole value, where the expression is found in it.
    #[serde(serialize_with = "text_of")]
    Expression(Pattern),
}

fn text_of<S: serde::Serializer>(pattern: &Pattern, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(pattern.text())
}

impl Edits {
    /// The same for one request, whose variables are filled in.
    #[must_use]
    pub fn bind(&self, facts: &Facts<'_>) -> Self {
        let bind = |swap: &Option<Swap>| swap.as_ref().map(|swap| swap.bind(facts));
        Self {
            redirect: bind(&self.redirect),
            cookie_domain: bind(&self.cookie_domain),
            cookie_path: bind(&self.cookie_path),
        }
    }

    /// What stands in place of a field's value; `None`: it stays. The edits must be bound.
    #[must_use]
    pub fn of(&self, name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let edited = if is("location") {
            self.redirect.as_ref()?.beginning(value)
        } else if is("refresh") {
            let at = find_url(value)?;
            let (before, url) = value.split_at_checked(at)?;
            Some([before, &self.redirect.as_ref()?.beginning(url)?].concat())
        } else if is("set-cookie") {
            self.cookie(value)
        } else {
            None
        };
        // Whatever it was filled with: a field is one line.
        edited.filter(|value| !value.iter().any(|b| *b != b'\t' && b.is_ascii_control()))
    }

    fn cookie(&self, value: &[u8]) -> Option<Vec<u8>> {
        if self.cookie_domain.is_none() && self.cookie_path.is_none() {
            return None;
        }
        let mut is_edited = false;
        let mut attribute = |part: &[u8]| {
            let (name, value) = split_once(part)?;
            let name_is = |known: &str| name.trim_ascii().eq_ignore_ascii_case(known.as_bytes());
            let edited = if name_is("domain") {
                self.cookie_domain.as_ref()?.domain(value.trim_ascii())?
            } else if name_is("path") {
                self.cookie_path.as_ref()?.beginning(value.trim_ascii())?
            } else {
                return None;
            };
            is_edited = true;
            Some([name, b"=", &edited].concat())
        };
        let mut parts = value.split(|b| *b == b';');
        let mut out = parts.next().unwrap_or_default().to_vec();
        for part in parts {
            out.push(b';');
            match attribute(part) {
                Some(edited) => out.extend_from_slice(&edited),
                None => out.extend_from_slice(part),
            }
        }
        is_edited.then_some(out)
    }
}

impl Swap {
    fn bind(&self, facts: &Facts<'_>) -> Self {
        let from = match &self.from {
            From::Text(text) => From::Text(text.bind(facts)),
            From::Expression(pattern) => From::Expression(pattern.clone()),
        };
        Self { from, to: self.to.bind(facts) }
    }

    /// A value whose beginning is replaced.
    fn beginning(&self, value: &[u8]) -> Option<Vec<u8>> {
        match &self.from {
            From::Text(from) => {
                let rest = value.strip_prefix(&*from.with(None))?;
                Some([&self.to.with(None), rest].concat())
            }
            From::Expression(pattern) => Some(self.to.with(Some(&pattern.groups(value)?))),
        }
    }

    /// A domain that is replaced as a whole, but for a dot before it.
    fn domain(&self, value: &[u8]) -> Option<Vec<u8>> {
        let bare = value.strip_prefix(b".").unwrap_or(value);
        let dot = value.get(..value.len() - bare.len()).unwrap_or_default();
        let domain = match &self.from {
            From::Text(from) => {
                let from = from.with(None);
                let from = from.strip_prefix(b".").unwrap_or(&from);
                bare.eq_ignore_ascii_case(from).then(|| self.to.with(None))?
            }
            From::Expression(pattern) => self.to.with(Some(&pattern.groups(bare)?)),
        };
        Some([dot, &domain].concat())
    }
}

fn split_once(part: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = part.iter().position(|b| *b == b'=')?;
    Some((part.get(..at)?, part.get(at + 1..)?))
}

/// Where the URL of a `Refresh` begins: after `url=`.
fn find_url(value: &[u8]) -> Option<usize> {
    value.windows(4).position(|four| four.eq_ignore_ascii_case(b"url=")).map(|at| at + 4)
}

#[cfg(test)]
mod tests {
    use super::{Edits, From, Pattern, Swap, Text};

    fn swap(from: &str, to: &str) -> Swap {
        let to = Text::parse_with_groups(to).unwrap();
        let from = match from.strip_prefix('~') {
            Some(text) => From::Expression(Pattern::value(text).unwrap()),
            None => From::Text(Text::parse(from).unwrap()),
        };
        Swap { from, to }
    }

    #[test]
    fn what_is_meant_is_replaced_and_nothing_else() {
        let texts = Edits {
            redirect: Some(swap("http://inner/two/", "/")),
            cookie_domain: Some(swap(".inner", "shop.example")),
            cookie_path: Some(swap("/two/", "/")),
        };
        let expressions = Edits {
            redirect: Some(swap("~^http://([^/]+)(.*)$", "https://front$2")),
            cookie_domain: Some(swap("~^(.*)\\.inner$", "$1.example")),
            cookie_path: Some(swap("~/two(/.*)", "$1")),
        };
        for (edits, name, value, expected) in [
            (&texts, "Location", "http://inner/two/x?y", Some("/x?y")),
            (&texts, "location", "http://inner/twox", None),
            (&texts, "Refresh", "5; URL=http://inner/two/x", Some("5; URL=/x")),
            (&texts, "Refresh", "5", None),
            (
                &texts,
                "Set-Cookie",
                "a=1; Domain=INNER; Path=/two/x",
                Some("a=1; Domain=shop.example; Path=/x"),
            ),
            (&texts, "Set-Cookie", "a=1;domain=.inner;Secure", Some("a=1;domain=.shop.example;Secure")),
            (&texts, "Set-Cookie", "path=/two/; domain=x.inner", None),
            (&texts, "X-Other", "http://inner/two/", None),
            (&expressions, "Location", "http://inner:80/a?b", Some("https://front/a?b")),
            (&expressions, "Location", "/a", None),
            (
                &expressions,
                "Set-Cookie",
                "a=1; Domain=x.inner; Path=/two/y",
                Some("a=1; Domain=x.example; Path=/y"),
            ),
        ] {
            let edited = edits.of(name.as_bytes(), value.as_bytes());
            let edited = edited.map(|value| String::from_utf8(value).unwrap());
            assert_eq!(edited.as_deref(), expected, "{name}: {value}");
        }
    }
}
