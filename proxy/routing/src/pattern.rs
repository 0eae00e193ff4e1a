//! Regular expressions of manifests: linear in what they are matched with, limited in size, ASCII.
//!
//! nginx matches the paths of a host in regular expression mode with `~* "^<path>"`: without case, from the beginning, to no particular end. Its
//! library backtracks; this one does not, so nobody's path can make requests slow. What only backtracking can match is refused by name.

use std::fmt;
use std::sync::Arc;

use regex::bytes::{Captures, Regex, RegexBuilder};
use weir_api::requests::{
    MAX_PATTERN_DEPTH as MAX_DEPTH, MAX_PATTERN_LENGTH as MAX_LENGTH, MAX_PATTERN_SIZE as MAX_SIZE,
};

/// An expression, compiled. Two are equal if they were written alike.
#[derive(Clone)]
pub struct Pattern {
    text: Arc<str>,
    matcher: Matcher,
}

#[derive(Clone)]
enum Matcher {
    /// Nothing in it is special but dots: most paths of hosts in regular expression mode.
    Plain,
    /// Letter by letter, whatever is in it, and the whole of it.
    Whole,
    /// Letter by letter from the beginning.
    Quoted,
    Regex(Regex),
}

/// Why an expression is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// `(?=`, `(?!`, `(?<=`, `(?<!`.
    #[error(
        "look-around is not supported, because matching must take linear time: write what it may be, such as /(api|web)(/|$)(.*)"
    )]
    LookAround,
    /// `\1`.
    #[error(
        "back-references are not supported, because matching must take linear time: write the alternatives out, such as (aa|bb)"
    )]
    BackReference,
    /// `(?>`, `(?(`, `(?R)` and other forms of backtracking machines.
    #[error("{0} is not supported, because matching must take linear time: write a plain group ( ) instead")]
    Backtracking(&'static str),
    /// Too long, too large when compiled, or too deep.
    #[error(
        "the expression is too large: give at most {MAX_LENGTH} bytes, and less in the braces of repetitions"
    )]
    Size,
    /// A byte that no request's path has.
    #[error(
        "the expression has a space, a control byte or a letter that is not ASCII: write it as requests do, such as %20"
    )]
    Byte,
    /// Anything else.
    #[error("{0}: mend it, or write a backslash before what is to be taken as it is")]
    Syntax(String),
}

impl Pattern {
    /// The path of a location: without case, from the beginning on.
    pub fn path(text: &Arc<str>) -> Result<Self, PatternError> {
        if text.bytes().any(|b| !b.is_ascii_graphic()) {
            return Err(PatternError::Byte);
        }
        let matcher = if text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~%".contains(&b)) {
            Matcher::Plain
        } else {
            Matcher::Regex(compiled(&format!("^{text}"), true)?)
        };
        Ok(Self { text: Arc::clone(text), matcher })
    }

    /// The value of a header: with case, anywhere in it.
    pub(crate) fn value(text: &str) -> Result<Self, PatternError> {
        Ok(Self { text: text.into(), matcher: Matcher::Regex(compiled(text, false)?) })
    }

    /// A host, or another text: without case, anywhere in it.
    pub fn host(text: &str) -> Result<Self, PatternError> {
        if text.bytes().any(|b| !b.is_ascii_graphic()) {
            return Err(PatternError::Byte);
        }
        Ok(Self { text: text.into(), matcher: Matcher::Regex(compiled(text, true)?) })
    }

    /// A path that is taken letter by letter where it is no expression.
    pub(crate) fn quoted(text: &Arc<str>) -> Self {
        Self { text: Arc::clone(text), matcher: Matcher::Quoted }
    }

    /// This very path, and nothing after it.
    #[must_use]
    pub fn whole(text: &Arc<str>) -> Self {
        Self { text: Arc::clone(text), matcher: Matcher::Whole }
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Whether it takes only the very path.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.matcher, Matcher::Whole)
    }

    /// Whether it matches.
    pub(crate) fn is_match(&self, subject: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let begins = |same: &dyn Fn(&u8, &u8) -> bool| {
            subject.get(..text.len()).is_some_and(|start| text.iter().zip(start).all(|(a, b)| same(a, b)))
        };
        match &self.matcher {
            Matcher::Plain => begins(&|a, b| a.eq_ignore_ascii_case(b) || *a == b'.'),
            Matcher::Quoted => begins(&|a, b| a.eq_ignore_ascii_case(b)),
            Matcher::Whole => text == subject,
            Matcher::Regex(regex) => regex.is_match(subject),
        }
    }

    /// The groups of a match; `None` where there is no match, or no group.
    pub(crate) fn groups<'s>(&self, subject: &'s [u8]) -> Option<Captures<'s>> {
        match &self.matcher {
            Matcher::Plain | Matcher::Quoted | Matcher::Whole => None,
            Matcher::Regex(regex) => regex.captures(subject),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
            && std::mem::discriminant(&self.matcher) == std::mem::discriminant(&other.matcher)
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

fn compiled(text: &str, ignores_case: bool) -> Result<Regex, PatternError> {
    if text.len() > MAX_LENGTH {
        return Err(PatternError::Size);
    }
    let built = RegexBuilder::new(text)
        .case_insensitive(ignores_case)
        .unicode(false)
        .size_limit(MAX_SIZE)
        .dfa_size_limit(MAX_SIZE)
        .nest_limit(MAX_DEPTH)
        .build();
    built.map_err(|error| {
        if matches!(error, regex::Error::CompiledTooBig(_)) {
            PatternError::Size
        } else {
            fault(text, &error)
        }
    })
}

/// What is wrong, by name where that is known.
fn fault(text: &str, error: &regex::Error) -> PatternError {
    let said = error.to_string();
    if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|form| text.contains(form)) {
        return PatternError::LookAround;
    }
    if said.contains("backreference") {
        return PatternError::BackReference;
    }
    for (form, name) in
        [("(?>", "an atomic group (?>"), ("(?(", "a condition (?("), ("(?R)", "recursion (?R)")]
    {
        if text.contains(form) {
            return PatternError::Backtracking(name);
        }
    }
    if said.contains("exceed") {
        return PatternError::Size;
    }
    let last = said.lines().last().unwrap_or_default();
    PatternError::Syntax(last.trim_start_matches("error: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Pattern, PatternError};

    #[test]
    fn what_only_backtracking_can_match_is_refused_by_name() {
        for (text, error) in [
            ("/(?=a)", PatternError::LookAround),
            ("/(?!api).*", PatternError::LookAround),
            ("/x(?<!a)b", PatternError::LookAround),
            (r"/(a)\1", PatternError::BackReference),
            ("/(?>a+)b", PatternError::Backtracking("an atomic group (?>")),
            ("/a{1000}{1000}", PatternError::Size),
            ("/a b", PatternError::Byte),
            ("/\u{e9}", PatternError::Byte),
        ] {
            assert_eq!(Pattern::path(&text.into()), Err(error), "{text}");
        }
        assert!(
            matches!(Pattern::path(&"/(a".into()), Err(PatternError::Syntax(said)) if said.contains("unclosed group"))
        );
        assert_eq!(Pattern::path(&format!("/({})", "a".repeat(1100)).into()), Err(PatternError::Size));
        let deep = format!("/{}a{}", "(".repeat(40), ")".repeat(40));
        assert_eq!(Pattern::path(&deep.as_str().into()), Err(PatternError::Size));
    }

    #[test]
    fn a_path_is_matched_from_the_beginning_without_case_and_to_no_end() {
        for (text, path, expected) in [
            ("/foo", "/foo", true),
            ("/foo", "/FOO/x", true),
            ("/foo", "/foobar", true),
            ("/foo", "/x/foo", false),
            ("/foo", "/fo", false),
            ("/f.o", "/fXo", true),
            ("/f.o", "/fo", false),
            ("/foo$", "/foo", true),
            ("/foo$", "/foo/", false),
            (r"/v\d+/", "/v12/x", true),
            (r"/v\d+/", "/vx/", false),
            ("/(a|b)/c", "/B/C", true),
            ("/[^/]+/c", "/x/c", true),
            ("/[^/]+/c", "/x/y/c", false),
        ] {
            assert_eq!(
                Pattern::path(&text.into()).unwrap().is_match(path.as_bytes()),
                expected,
                "{text} {path}"
            );
        }
    }

    #[test]
    fn patterns_are_equal_if_they_were_written_alike() {
        let text = "/a".into();
        assert_eq!(Pattern::path(&text), Pattern::path(&text));
        assert_ne!(Pattern::path(&text).unwrap(), Pattern::whole(&text));
        assert!(Pattern::whole(&text).is_match(b"/a") && !Pattern::whole(&text).is_match(b"/ab"));
        assert!(Pattern::quoted(&"/a(".into()).is_match(b"/A(b"));
    }
}
