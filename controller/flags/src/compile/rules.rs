//! Who gets what.

use std::ops::Range;
use std::sync::Arc;

use super::checks::{Checks, Variants};
use super::conditions;
use crate::bucket::{BUCKETS, Buckets, buckets_of};
use crate::context::{Attribute, TARGETING_KEY};
use crate::flag::{Follows, Rollout, Rule, Serve, Users, Variant};
use crate::flags::ObjectName;
use crate::followed::{Followed, matcher};
use crate::spec::{self, Portion};

/// What a rule may refer to.
pub(super) struct Scope<'s> {
    pub(super) key: &'s str,
    pub(super) object: &'s ObjectName,
    pub(super) variants: &'s Variants,
    pub(super) default: Option<&'s Arc<Variant>>,
}

pub(super) fn compile(rules: Vec<spec::Rule>, scope: &Scope<'_>, checks: &mut Checks) -> Vec<Rule> {
    let last = rules.len().saturating_sub(1);
    let mut compiled = Vec::with_capacity(rules.len());
    for (index, rule) in rules.into_iter().enumerate() {
        let path = format!("rules[{index}]");
        if rule.conditions.is_empty() && index < last {
            let what = "has no conditions, so nothing after it is ever looked at";
            checks.problem(path.as_str(), what, "put it last, or give it an `if`");
        }
        let conditions = conditions::compile(rule.conditions, &path, checks);
        let serve = match (rule.variant, rule.rollout, rule.follows) {
            (Some(name), None, None) => {
                checks.variant(&format!("{path}.variant"), &name, scope.variants).map(Serve::Variant)
            }
            (None, Some(written), None) => {
                scope.rollout(written, &format!("{path}.rollout"), checks).map(Serve::Rollout)
            }
            (None, None, Some(written)) => {
                scope.follows(written, &format!("{path}.follows"), checks).map(Serve::Follows)
            }
            _ => {
                checks.problem(
                    path.as_str(),
                    "does not say one thing",
                    "give one of variant, rollout and follows",
                );
                None
            }
        };
        let name = rule.name.unwrap_or(path);
        compiled.extend(serve.map(|serve| Rule { name, conditions, serve }));
    }
    compiled
}

impl Scope<'_> {
    fn rollout(&self, written: spec::Rollout, path: &str, checks: &mut Checks) -> Option<Rollout> {
        let total: u32 = written.portions.iter().map(|portion| buckets_of(portion.percent)).sum();
        if written.portions.is_empty() {
            checks.problem(format!("{path}.portions"), "is empty", "give a variant and its percent");
        }
        if total > BUCKETS {
            let what = format!("are {} % together", f64::from(total) / 10_000.0);
            checks.problem(format!("{path}.portions"), what, "100 % is the most");
        }
        let portions = self.portions(&written.portions, path, checks);
        let otherwise = self.otherwise(written.otherwise.as_deref(), path, checks);
        let users = self.users(written.by, written.salt.as_deref(), path, checks);
        Some(Rollout { users: users?, portions, otherwise })
    }

    /// The first from one end, the second from the other, the third after the first and so on: a portion's place depends on those before it only.
    fn portions(
        &self,
        portions: &[Portion],
        path: &str,
        checks: &mut Checks,
    ) -> Vec<(Range<u32>, Arc<Variant>)> {
        let (mut bottom, mut top) = (0_u32, BUCKETS);
        let mut placed: Vec<(Range<u32>, Arc<Variant>)> = Vec::with_capacity(portions.len());
        for (index, portion) in portions.iter().enumerate() {
            let path = format!("{path}.portions[{index}].variant");
            let wide = buckets_of(portion.percent);
            let range = if index.is_multiple_of(2) {
                let from = bottom;
                bottom = bottom.saturating_add(wide).min(BUCKETS);
                from..bottom
            } else {
                let until = top;
                top = top.saturating_sub(wide);
                top..until
            };
            let Some(variant) = checks.variant(&path, &portion.variant, self.variants) else { continue };
            if placed.iter().any(|(_, other)| other.name == variant.name) {
                checks.problem(path, format!("{:?} is there twice", variant.name), "add the shares up");
            }
            placed.push((range, variant));
        }
        placed
    }

    fn follows(&self, written: spec::Follows, path: &str, checks: &mut Checks) -> Option<Follows> {
        let canary = self.canary(&written.canary, path, checks);
        let images = written.images.filter(|images| is_pattern(images, path, checks));
        let variant = checks.variant(&format!("{path}.variant"), &written.variant, self.variants);
        let otherwise = self.otherwise(written.otherwise.as_deref(), path, checks);
        if let (Some(variant), Some(otherwise)) = (&variant, &otherwise)
            && variant.name == otherwise.name
        {
            let what = format!("those who are not in get {:?} too", variant.name);
            checks.problem(format!("{path}.otherwise"), what, "give another variant");
        }
        let users = self.users(written.by, written.salt.as_deref(), path, checks);
        let followed = Followed { flag: self.object.clone(), canary: canary?, images };
        Some(Follows { users: users?, followed, variant: variant?, otherwise })
    }

    fn canary(&self, written: &str, path: &str, checks: &mut Checks) -> Option<String> {
        let (namespace, name) = written.split_once('/').unwrap_or((&self.object.namespace, written));
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
        };
        if is_name(name) && is_name(namespace) {
            return Some(format!("{namespace}/{name}"));
        }
        let what = format!("{written:?} is no name of a Canary");
        checks.problem(format!("{path}.canary"), what, "write `name`, or `namespace/name`");
        None
    }

    fn otherwise(&self, written: Option<&str>, path: &str, checks: &mut Checks) -> Option<Arc<Variant>> {
        match written {
            Some(name) => checks.variant(&format!("{path}.otherwise"), name, self.variants),
            None => self.default.cloned(),
        }
    }

    fn users(
        &self,
        by: Option<String>,
        salt: Option<&str>,
        path: &str,
        checks: &mut Checks,
    ) -> Option<Users> {
        let by = by.unwrap_or_else(|| TARGETING_KEY.to_owned());
        if by.is_empty() || salt == Some("") {
            let field = if by.is_empty() { "by" } else { "salt" };
            checks.problem(format!("{path}.{field}"), "is empty", "give a text, or leave it out");
            return None;
        }
        let buckets = Buckets::new(salt.unwrap_or(self.key), "flag");
        Some(Users { attribute: Attribute::new(&by), by, buckets })
    }
}

fn is_pattern(images: &str, path: &str, checks: &mut Checks) -> bool {
    let wrong = if images.is_empty() {
        Some("is empty".to_owned())
    } else {
        matcher(images).err().map(|error| error.to_string())
    };
    let is_right = wrong.is_none();
    if let Some(what) = wrong {
        let mend = "write images with `*` for anything, such as `*:2.*`, or leave it out";
        checks.problem(format!("{path}.images"), what, mend);
    }
    is_right
}
