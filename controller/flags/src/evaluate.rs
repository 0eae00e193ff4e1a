//! What somebody gets of a flag. Nothing is allocated: the answer borrows from the flag.

use serde_json::Value;

use crate::bucket::buckets_of;
use crate::context::{Context, TARGETING_KEY};
use crate::evaluation::{Evaluation, Reason};
use crate::failure::Failure;
use crate::flag::{Flag, Follows, Rollout, Rule, Serve, Users, Variant};
use crate::followed::Followed;
use crate::release::Release;

/// Evaluates a flag. `release` tells where a release that it follows is at this moment; `None` where there is no such Canary.
pub fn evaluate<'f>(
    flag: &'f Flag,
    context: &Context,
    release: impl Fn(&Followed) -> Option<Release>,
) -> Result<Evaluation<'f>, Failure<'f>> {
    let found = Evaluation {
        flag,
        variant: flag.default.as_deref(),
        reason: Reason::Static,
        rule: None,
        canary: None,
        note: None,
    };
    if !flag.enabled {
        return Ok(Evaluation { reason: Reason::Disabled, ..found });
    }
    if flag.rules.is_empty() {
        return Ok(found);
    }
    let holds = |rule: &&Rule| rule.conditions.iter().all(|condition| condition.holds(context));
    let Some(rule) = flag.rules.iter().find(holds) else {
        return Ok(Evaluation { reason: Reason::Default, ..found });
    };
    let found = Evaluation { rule: Some(&rule.name), ..found };
    match &rule.serve {
        Serve::Variant(variant) => {
            Ok(Evaluation { variant: Some(variant), reason: Reason::TargetingMatch, ..found })
        }
        Serve::Rollout(rollout) => {
            let bucket = rollout.users.bucket(context, &rule.name)?;
            Ok(Evaluation { variant: rollout.variant(bucket), reason: Reason::Split, ..found })
        }
        Serve::Follows(follows) => {
            // Asked for whatever the weight is: a context without a key is wrong from the first day, not from 5 % to 99 %.
            let bucket = follows.users.bucket(context, &rule.name)?;
            let found = Evaluation { canary: Some(&follows.followed.canary), ..found };
            Ok(match release(&follows.followed) {
                Some(release) => {
                    Evaluation { variant: follows.variant(bucket, release), reason: Reason::Split, ..found }
                }
                None => Evaluation {
                    variant: follows.otherwise.as_deref(),
                    reason: Reason::Default,
                    note: Some("there is no such Canary: 0 %"),
                    ..found
                },
            })
        }
    }
}

impl Users {
    /// The bucket of whoever asks. An empty text tells nobody apart.
    fn bucket<'f>(&'f self, context: &Context, rule: &'f str) -> Result<u32, Failure<'f>> {
        match context.get(&self.attribute) {
            Some(Value::String(text)) if !text.is_empty() => Ok(self.buckets.of(text)),
            Some(Value::Number(number)) => Ok(self.buckets.of(number)),
            _ if self.by == TARGETING_KEY => Err(Failure::TargetingKeyMissing { rule }),
            _ => Err(Failure::NoKey { rule, by: &self.by }),
        }
    }
}

impl Rollout {
    fn variant(&self, bucket: u32) -> Option<&Variant> {
        let portion = self.portions.iter().find(|(range, _)| range.contains(&bucket));
        portion.map(|(_, variant)| variant).or(self.otherwise.as_ref()).map(|variant| &**variant)
    }
}

impl Follows {
    /// From the bottom, as a canary takes its users: raising the weight only adds some.
    fn variant(&self, bucket: u32, release: Release) -> Option<&Variant> {
        if bucket < buckets_of(release.share()) { Some(&self.variant) } else { self.otherwise.as_deref() }
    }
}
