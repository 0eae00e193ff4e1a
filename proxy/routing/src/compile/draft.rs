//! A path of an Ingress, read: a route before its Service and its host are looked at.

use std::sync::Arc;

use crate::canary::Rule;
use crate::pattern::Pattern;
use crate::rejection::Rejection;
use crate::route::{Match, Origin};

/// A route before its Service and its host are looked at.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) id: Arc<str>,
    pub(super) matches: Match,
    pub(super) origin: Origin,
    /// The path as an expression, where it is more than plain text.
    pub(super) pattern: Option<Arc<Pattern>>,
    /// Why every request is answered 503.
    pub(super) refused: Option<Arc<str>>,
}

impl Draft {
    /// Whether the path makes its host one whose paths are regular expressions.
    pub(super) fn is_regex(&self) -> bool {
        self.origin.settings.as_ref().is_some_and(|settings| settings.is_regex(&self.origin.text))
            && self.origin.stands_in.is_none()
            && self.matches.kind != crate::route::PathKind::Default
    }
}

/// A rule that makes no new route.
#[derive(Debug)]
pub(super) struct Spoilt {
    pub(super) rejection: Rejection,
    /// Field path of the one rule; `None`: the whole Ingress.
    pub(super) field: Option<String>,
    /// Why its last good route is answered 503.
    pub(super) refused: Option<Arc<str>>,
}

/// A path of an Ingress, read.
pub(super) type Item = Result<Draft, Box<Spoilt>>;

/// A path of a canary Ingress: no route, but an arm of the one that has this path.
#[derive(Clone, Debug)]
pub(super) struct Arm {
    pub(super) matches: Match,
    pub(super) origin: Origin,
    pub(super) rule: Arc<Rule>,
}
