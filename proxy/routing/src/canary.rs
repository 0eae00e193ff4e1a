//! The rule of an nginx canary Ingress: what decides for the canary before its weight does.
//!
//! In ingress-nginx's order, the first that decides wins: header, cookie, weight. A header or cookie with any other value decides nothing; with a
//! value or a pattern to compare, `always` and `never` are values like others.

use std::ops::ControlFlow;
use std::sync::Arc;

use weir_api::Track;

use crate::cookie;
use crate::decide::Because;
use crate::fraction::Fraction;
use crate::head::Headers;
use crate::pattern::Pattern;

/// What a canary Ingress asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The canary Ingress, `namespace/name`.
    pub ingress: Arc<str>,
    /// `canary-by-header` and what its value is compared with.
    pub header: Option<HeaderRule>,
    /// `canary-by-cookie`.
    pub cookie: Option<Box<str>>,
    /// `canary-weight`, at most the total.
    pub weight: u32,
    /// `canary-weight-total`; never 0.
    pub total: u32,
    /// Whether everything is as in ingress-nginx, dead arms included.
    pub is_strict: bool,
    /// Whether the main Ingress's session affinity does not know the canary (`affinity-canary-behavior: legacy`).
    pub is_legacy_affinity: bool,
}

/// A header that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRule {
    /// Its name, lower case.
    pub name: Box<str>,
    /// What decides in its value.
    pub test: Test,
}

/// What decides in a header's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `always` and `never`.
    Words,
    /// This value, byte for byte, means canary.
    Value(Box<str>),
    /// What matches means canary.
    Pattern(Box<Pattern>),
    /// A pattern that could not be compiled: whoever sends the header gets the main Service.
    Broken,
}

impl Rule {
    /// The canary's share.
    pub(crate) fn share(&self) -> Fraction {
        Fraction::new(self.weight, self.total)
    }

    /// The track that header or cookie decide for.
    pub(crate) fn forced(&self, headers: &dyn Headers) -> Option<(Track, Because)> {
        let by_header = self.header.as_ref().and_then(|header| header.decides(headers));
        if let Some(track) = by_header {
            return Some((track, Because::Header));
        }
        let value = cookie::find(headers, self.cookie.as_deref()?)?;
        word(value).map(|track| (track, Because::Cookie))
    }
}

impl HeaderRule {
    fn decides(&self, headers: &dyn Headers) -> Option<Track> {
        let value = Joined::of(headers, &self.name)?;
        let value = value.bytes();
        match &self.test {
            Test::Words => word(value),
            Test::Value(wanted) => (value == wanted.as_bytes()).then_some(Track::Canary),
            Test::Pattern(pattern) => pattern.is_match(value).then_some(Track::Canary),
            Test::Broken => Some(Track::Stable),
        }
    }
}

fn word(value: &[u8]) -> Option<Track> {
    match value {
        b"always" => Some(Track::Canary),
        b"never" => Some(Track::Stable),
        _ => None,
    }
}

/// The value of a header as nginx's variable has it: several of one name are one, joined by commas.
enum Joined<'h> {
    One(&'h [u8]),
    Several(Vec<u8>),
}

impl<'h> Joined<'h> {
    fn of(headers: &'h dyn Headers, name: &str) -> Option<Self> {
        let mut joined: Option<Self> = None;
        headers.values(name, &mut |value| {
            joined = Some(match joined.take() {
                None => Self::One(value),
                Some(before) => Self::Several([before.bytes(), value].join(&b", "[..])),
            });
            ControlFlow::Continue(())
        });
        joined
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::One(value) => value,
            Self::Several(value) => value,
        }
    }
}
