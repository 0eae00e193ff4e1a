//! Requests by what they are: method, path, headers and cookies. Compiled once; asking allocates nothing.

use std::ops::ControlFlow;

use weir_api::requests::{RequestMatch, StringMatch, whole};

use crate::cookie;
use crate::head::{Head, Headers};
use crate::pattern::{Pattern, PatternError};

/// Requests that have all of this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests {
    method: Option<Text>,
    path: Option<Text>,
    headers: Box<[(Box<str>, Text)]>,
    cookies: Box<[(Box<str>, Text)]>,
}

/// A text, or some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Text {
    Exact(Box<str>),
    Prefix(Box<str>),
    Pattern(Box<Pattern>),
}

impl Requests {
    /// Compiles what an object says.
    pub(crate) fn new(given: &RequestMatch) -> Result<Self, PatternError> {
        let RequestMatch { method, path, headers, cookies } = given;
        let named = |(name, value): (&String, &StringMatch)| Ok((name.as_str().into(), Text::new(value)?));
        // Names of headers are looked up in lower case.
        let header = |(name, value): (&String, &StringMatch)| {
            Ok((name.to_ascii_lowercase().into(), Text::new(value)?))
        };
        Ok(Self {
            method: method.as_ref().map(Text::new).transpose()?,
            path: path.as_ref().map(Text::new).transpose()?,
            headers: headers.iter().map(header).collect::<Result<_, _>>()?,
            cookies: cookies.iter().map(named).collect::<Result<_, _>>()?,
        })
    }

    /// Whether a request is one of them.
    pub(crate) fn take(&self, head: &Head<'_>) -> bool {
        let Self { method, path, headers, cookies } = self;
        method.as_ref().is_none_or(|method| method.takes(head.method.as_bytes()))
            && path.as_ref().is_none_or(|path| path.takes(head.path.as_bytes()))
            && headers.iter().all(|(name, value)| has(head.headers, name, value))
            && cookies
                .iter()
                .all(|(name, value)| cookie::find(head.headers, name).is_some_and(|found| value.takes(found)))
    }
}

/// Whether one of the values of a header is this.
fn has(headers: &dyn Headers, name: &str, value: &Text) -> bool {
    let mut is_there = false;
    headers.values(name, &mut |found| {
        is_there = value.takes(found);
        if is_there { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    is_there
}

impl Text {
    fn new(given: &StringMatch) -> Result<Self, PatternError> {
        Ok(match given {
            StringMatch::Exact(text) => Self::Exact(text.as_str().into()),
            StringMatch::Prefix(text) => Self::Prefix(text.as_str().into()),
            StringMatch::Regex(text) => Self::Pattern(Box::new(Pattern::value(&whole(text))?)),
        })
    }

    fn takes(&self, found: &[u8]) -> bool {
        match self {
            Self::Exact(text) => found == text.as_bytes(),
            Self::Prefix(text) => found.starts_with(text.as_bytes()),
            Self::Pattern(pattern) => pattern.is_match(found),
        }
    }
}
