//! A flag that has been checked: everything it names is there.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::bucket::Buckets;
use crate::condition::Condition;
use crate::context::Attribute;
use crate::followed::Followed;
use crate::spec::Kind;

/// A value by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// A flag ready to be evaluated; made of a [`FlagSpec`](crate::FlagSpec).
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    pub(crate) key: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) kind: Kind,
    pub(crate) enabled: bool,
    pub(crate) default: Option<Arc<Variant>>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) metadata: Vec<(String, Value)>,
}

impl Flag {
    /// What programs ask for.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// All that they may ask for, the key first.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.key.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    /// The type of its values.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The releases that it follows.
    pub fn followed(&self) -> impl Iterator<Item = &Followed> {
        self.rules.iter().filter_map(|rule| match &rule.serve {
            Serve::Follows(follows) => Some(&follows.followed),
            Serve::Variant(_) | Serve::Rollout(_) => None,
        })
    }
}

/// Who, and what they get.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) serve: Serve,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Serve {
    Variant(Arc<Variant>),
    Rollout(Rollout),
    Follows(Follows),
}

/// What makes a user, and what divides users.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Users {
    /// The attribute as it is written.
    pub(crate) by: String,
    pub(crate) attribute: Attribute,
    pub(crate) buckets: Buckets,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rollout {
    pub(crate) users: Users,
    pub(crate) portions: Vec<(Range<u32>, Arc<Variant>)>,
    pub(crate) otherwise: Option<Arc<Variant>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Follows {
    pub(crate) users: Users,
    pub(crate) followed: Followed,
    pub(crate) variant: Arc<Variant>,
    pub(crate) otherwise: Option<Arc<Variant>>,
}
