//! A path of an Ingress, read: a route before its Service and its host are looked at; and what comes up on the way to a route: what is wrong, and what it
//! rests on.

use std::sync::Arc;

use crate::canary::Rule;
use crate::named::Named;
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

/// What came up on the way to a route.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    pub(super) rejections: Vec<Rejection>,
    /// What was looked at, what is not there included: when one of them changes, so may the route.
    needs: Vec<Need>,
}

/// An object that routes rest on, by its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Need {
    Service(Arc<str>),
    Named(Named),
}

impl Notes {
    /// What was looked at, each once.
    pub(super) fn needs(mut self) -> Box<[Need]> {
        self.needs.sort_unstable();
        self.needs.dedup();
        self.needs.into()
    }

    /// Something is looked at.
    pub(super) fn need(&mut self, named: Named) {
        self.needs.push(Need::Named(named));
    }

    pub(super) fn need_service(&mut self, key: &Arc<str>) {
        self.needs.push(Need::Service(Arc::clone(key)));
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.rejections.extend_from_slice(&other.rejections);
        self.needs.extend_from_slice(&other.needs);
    }
}
