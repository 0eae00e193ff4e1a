//! Where one flag stands: what it remembers, which share of users its variants have, and what people are told. Pure.

use weir_api::feature_flag::{FeatureFlagStatus, FollowedStatus};
use weir_api::status::{Condition, ConditionStatus};
use weir_api::{CanaryStatus, Timestamp};
use weir_flags::{Flags, Followed, Problem, Release};

use super::compiled::name;
use super::memory::{follow, own};
use crate::catalog::Key;

/// Where one flag stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// What it remembers.
    follows: Vec<FollowedStatus>,
    /// Where the releases are that it follows.
    pub(crate) releases: Vec<(Followed, Release)>,
    /// What is wrong with it, each in one sentence.
    pub(crate) problems: Vec<String>,
    /// What is served, or what is wrong.
    message: String,
    reason: &'static str,
}

/// Where a flag stands that follows these releases. `kept` is its status as it was stored, `canary` has that of a Canary by `namespace/name`.
pub(crate) fn standing<'c>(
    flags: &Flags,
    key: &Key,
    followed: &[&Followed],
    kept: Option<&FeatureFlagStatus>,
    canary: impl Fn(&str) -> Option<&'c CanaryStatus>,
) -> Standing {
    let problems = flags.problems().get(&name(key)).map(Vec::as_slice).unwrap_or_default();
    let mut standing = Standing { reason: "Served", ..Standing::default() };
    let mut said = Vec::new();
    for followed in followed {
        let kept = kept.and_then(|kept| kept.follows.iter().find(|kept| is_of(kept, followed)));
        let status = canary(&followed.canary);
        let (memory, release) = follow(followed, kept, status);
        said.push(sentence(followed, &memory, release, status));
        if release.is_none() {
            standing.reason = "NoCanary";
        }
        standing.releases.extend(release.map(|release| ((*followed).clone(), release)));
        standing.follows.push(memory);
    }
    standing.message = if said.is_empty() { "served by its rules".to_owned() } else { said.join("; ") };
    if !problems.is_empty() {
        standing.reason = "Invalid";
        standing.problems = problems.iter().map(Problem::to_string).collect();
        standing.message = standing.problems.join("; ");
        // A mistake that is mended is no new flag.
        standing.follows.extend(
            kept.iter()
                .flat_map(|kept| &kept.follows)
                .filter(|kept| !followed.iter().any(|followed| is_of(kept, followed)))
                .cloned(),
        );
    }
    standing
}

impl Standing {
    /// The status to be stored, over the one that is.
    pub(crate) fn status(
        &self,
        kept: Option<&FeatureFlagStatus>,
        observed_generation: Option<i64>,
        now: Timestamp,
    ) -> FeatureFlagStatus {
        let ready = if self.reason == "Served" { ConditionStatus::True } else { ConditionStatus::False };
        let before = kept.and_then(|kept| kept.conditions.iter().find(|condition| condition.kind == "Ready"));
        let same = before.filter(|before| before.status == ready);
        let ready = Condition {
            kind: "Ready".to_owned(),
            status: ready,
            observed_generation,
            last_transition_time: same.map_or(now, |before| before.last_transition_time),
            reason: self.reason.to_owned(),
            message: self.message.clone(),
        };
        FeatureFlagStatus {
            observed_generation,
            message: self.message.clone(),
            follows: self.follows.clone(),
            conditions: vec![ready],
        }
    }
}

fn is_of(kept: &FollowedStatus, followed: &Followed) -> bool {
    kept.canary == followed.canary && kept.images == followed.images
}

/// No weight is in it: each step would write every flag.
fn sentence(
    followed: &Followed,
    memory: &FollowedStatus,
    release: Option<Release>,
    status: Option<&CanaryStatus>,
) -> String {
    let canary = &followed.canary;
    let last = status.and_then(|status| status.release.as_ref()).map_or("", |last| last.name.as_str());
    let by = memory.promoted.as_ref().map(|by| by.release.as_ref().unwrap_or(&by.revision.image));
    let going_on = status.is_some_and(|status| status.phase.is_going_on());
    let own = status.is_some_and(|status| own(memory, followed, status).is_some());
    match (release, by) {
        (None, _) => format!("nobody: there is no Canary {canary}"),
        (Some(Release::Promoted), Some(by)) => format!("everybody, since release {by} of Canary {canary}"),
        (Some(Release::Promoted), None) => {
            format!("everybody: production runs release {last} of Canary {canary} and is watched")
        }
        (Some(Release::Aborted), _) => format!("nobody: release {last} of Canary {canary} was given up"),
        (Some(Release::Weight(_)), Some(_)) => {
            format!("fewer and fewer: Canary {canary} goes back by release {last}")
        }
        (Some(Release::Weight(_)), None) if going_on && own => {
            format!("as many users as release {last} of Canary {canary} has requests")
        }
        (Some(Release::Weight(_)), None) => {
            let images = followed.images.as_ref().map(|images| format!(" with an image like {images}"));
            format!("nobody: waits for a release of Canary {canary}{}", images.unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde_json::{Value, json};
    use weir_api::feature_flag::{FeatureFlagStatus, FollowedStatus, PromotedBy};
    use weir_api::status::{ConditionStatus, Revision};
    use weir_api::{CanaryStatus, FeatureFlag, Timestamp};

    use super::super::board::by_flag;
    use super::super::compiled::Compiled;
    use super::{Standing, standing};
    use crate::catalog::Key;

    /// Where a flag with this rule stands; nothing has ever been released.
    fn of(rule: &Value, kept: Option<&FeatureFlagStatus>) -> Standing {
        let spec = json!({"variants": {"on": true, "off": false}, "defaultVariant": "off", "rules": [rule]});
        let object = json!({"metadata": {"namespace": "shop", "name": "flag"}, "spec": spec});
        let object: FeatureFlag = serde_json::from_value(object).unwrap();
        let key = Key::new("shop", "flag");
        let flags = Compiled::default().of(&BTreeMap::from([(key.clone(), Arc::new(object))]));
        let followed = by_flag(&flags).remove(&key).unwrap_or_default();
        let status = CanaryStatus::default();
        standing(&flags, &key, &followed, kept, |name| (name == "shop/api").then_some(&status))
    }

    fn follows(canary: &str, variant: &str) -> Value {
        json!({"follows": {"canary": canary, "variant": variant}})
    }

    fn promoted() -> FeatureFlagStatus {
        let revision = Revision { image: "api:2".to_owned(), revision: "r-2".to_owned() };
        let promoted = PromotedBy { release: Some("2".to_owned()), started_at: None, revision, from: None };
        let api = FollowedStatus {
            canary: "shop/api".to_owned(),
            promoted: Some(promoted),
            ..FollowedStatus::default()
        };
        FeatureFlagStatus { follows: vec![api], ..FeatureFlagStatus::default() }
    }

    #[test]
    fn people_are_told_what_is_served_or_what_is_wrong() {
        let now = Timestamp::from_unix_micros(7);
        for (rule, ready, reason, message) in [
            (json!({"variant": "on"}), ConditionStatus::True, "Served", "served by its rules"),
            (
                follows("api", "on"),
                ConditionStatus::True,
                "Served",
                "nobody: waits for a release of Canary shop/api",
            ),
            (follows("ap", "on"), ConditionStatus::False, "NoCanary", "nobody: there is no Canary shop/ap"),
            (
                follows("api", "one"),
                ConditionStatus::False,
                "Invalid",
                "rules[0].follows.variant: there is no variant \"one\"",
            ),
        ] {
            let status = of(&rule, None).status(None, Some(3), now);
            let condition = &status.conditions[0];
            assert_eq!((condition.status, condition.reason.as_str()), (ready, reason), "{rule}");
            assert!(status.message.starts_with(message), "{}", status.message);
            let later =
                of(&rule, Some(&status)).status(Some(&status), Some(3), Timestamp::from_unix_micros(8));
            assert_eq!(later, status, "a second look changes nothing");
        }
    }

    #[test]
    fn a_mistake_keeps_what_is_remembered_and_another_rule_does_not() {
        let kept = promoted();
        let wrong = of(&follows("api", "one"), Some(&kept));
        assert_eq!(wrong.follows, kept.follows);
        let status = wrong.status(Some(&kept), None, Timestamp::from_unix_micros(1));
        let mended = of(&follows("api", "on"), Some(&status));
        assert_eq!(mended.message, "everybody, since release 2 of Canary shop/api");
        assert!(of(&json!({"variant": "on"}), Some(&kept)).follows.is_empty());
    }
}
