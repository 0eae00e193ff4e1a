//! Which labels tell the pods of canary and baseline from stable's. Pure.
//!
//! Such a pod must match neither the selector of the stable Service, which would send it requests past every weight, nor that of the stable Deployment.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use weir_api::Track;
use weir_api::names::{CANARY_LABEL, REVISION_LABEL, TRACK_LABEL};

use crate::catalog::Key;

/// Longest value of a label, and longest name of a Service.
const LONGEST: usize = 63;

/// Why a Deployment cannot be released behind a Service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error(
        "spec.targetRef.name: the selector of Deployment {0} has no matchLabels, so its pods cannot be told from a canary's: make it anew with matchLabels"
    )]
    NoMatchLabels(Key),
    #[error(
        "spec.service: Service {0} has no selector, so no canary's pods can take its place: give it one, or name a Service that has one"
    )]
    NoSelector(Key),
    #[error(
        "spec.service: Service {service} does not select the pods of Deployment {deployment}: name the Service that does"
    )]
    SelectsOthers { service: Key, deployment: Key },
    #[error(
        "the label {label}={value} would get `-{track}` at its end and be longer than {LONGEST} characters: shorten it"
    )]
    LongValue { label: String, value: String, track: Track },
    #[error(
        "spec.service: {0} would get `-baseline` at its end and be longer than {LONGEST} characters: shorten the name"
    )]
    LongName(Key),
}

/// The labels of stable pods whose values are different on other tracks.
pub(super) fn told_apart_by(
    (key, deployment): (&Key, &Deployment),
    (service_key, service): (&Key, &Service),
) -> Result<BTreeMap<String, String>, Refusal> {
    let none = BTreeMap::new();
    let spec = deployment.spec.as_ref();
    let own = spec.and_then(|spec| spec.selector.match_labels.as_ref()).unwrap_or(&none);
    let selected = service.spec.as_ref().and_then(|spec| spec.selector.as_ref()).unwrap_or(&none);
    let pods = spec.and_then(|spec| spec.template.metadata.as_ref()?.labels.as_ref()).unwrap_or(&none);
    if selected.is_empty() {
        return Err(Refusal::NoSelector(service_key.clone()));
    }
    let Some(first) = own.iter().next() else { return Err(Refusal::NoMatchLabels(key.clone())) };
    if selected.iter().any(|(label, value)| pods.get(label) != Some(value)) {
        let (service, deployment) = (service_key.clone(), key.clone());
        return Err(Refusal::SelectsOthers { service, deployment });
    }
    let common = own.iter().find(|(label, _)| selected.contains_key(*label));
    let chosen = match common {
        Some(common) => vec![common],
        None => [Some(first), selected.iter().next()].into_iter().flatten().collect(),
    };
    let chosen: BTreeMap<String, String> =
        chosen.into_iter().map(|(label, value)| (label.clone(), value.clone())).collect();
    let track = Track::Baseline;
    let is_long = |name: &str| name.len() + 1 + track.as_str().len() > LONGEST;
    if let Some((label, value)) = chosen.iter().find(|(_, value)| is_long(value)) {
        return Err(Refusal::LongValue { label: label.clone(), value: value.clone(), track });
    }
    if is_long(&service_key.name) {
        return Err(Refusal::LongName(service_key.clone()));
    }
    Ok(chosen)
}

/// The labels of one track's pods: stable's, but for those that tell them apart, and where they belong.
pub(super) fn of_track(
    stable: &BTreeMap<String, String>,
    told_apart_by: &BTreeMap<String, String>,
    own: &Own<'_>,
) -> BTreeMap<String, String> {
    let changed =
        told_apart_by.iter().map(|(label, value)| (label.clone(), format!("{value}-{}", own.track)));
    stable.clone().into_iter().chain(changed).chain(own.labels()).collect()
}

/// Where something that Weir made belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own<'a> {
    /// Name of the Canary.
    pub(super) canary: &'a str,
    pub(super) track: Track,
    pub(super) revision: &'a str,
}

impl Own<'_> {
    pub(super) fn labels(&self) -> impl Iterator<Item = (String, String)> {
        let revision = (REVISION_LABEL.to_owned(), self.revision.to_owned());
        self.selector().into_iter().chain([revision])
    }

    /// What selects the track's pods, of whatever revision.
    pub(super) fn selector(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (CANARY_LABEL.to_owned(), self.canary.to_owned()),
            (TRACK_LABEL.to_owned(), self.track.to_string()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::{Own, Refusal, of_track, told_apart_by};
    use crate::catalog::Key;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;
    use weir_api::Track;

    /// Which labels change, where a Deployment selects and labels so, and a Service selects so.
    fn change(own: &Value, pods: &Value, service: &Value) -> Result<Vec<String>, Refusal> {
        let deployment = json!({"spec": {"selector": own, "template": {"metadata": {"labels": pods}}}});
        let deployment = serde_json::from_value(deployment).unwrap();
        let service = serde_json::from_value(json!({"spec": {"selector": service}})).unwrap();
        let key = Key::new("test", "shop");
        told_apart_by((&key, &deployment), (&key, &service)).map(|labels| labels.into_keys().collect())
    }

    #[test]
    fn one_label_that_both_select_by_is_changed_or_one_of_each() {
        let pods = json!({"app": "shop", "tier": "web", "zone": "a"});
        let by = |own: Value, service: Value| change(&json!({"matchLabels": own}), &pods, &service).unwrap();
        assert_eq!(by(json!({"app": "shop"}), json!({"app": "shop"})), ["app"]);
        assert_eq!(by(json!({"app": "shop", "tier": "web"}), json!({"tier": "web"})), ["tier"]);
        assert_eq!(by(json!({"app": "shop"}), json!({"tier": "web"})), ["app", "tier"]);
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        let (pods, key) = (json!({"app": "shop"}), Key::new("test", "shop"));
        let expressions = json!({"matchExpressions": [{"key": "app", "operator": "Exists"}]});
        assert_eq!(change(&expressions, &pods, &pods), Err(Refusal::NoMatchLabels(key.clone())));
        let labels = json!({"matchLabels": pods});
        assert_eq!(change(&labels, &pods, &json!({})), Err(Refusal::NoSelector(key.clone())));
        let others = change(&labels, &pods, &json!({"app": "till"}));
        assert_eq!(others, Err(Refusal::SelectsOthers { service: key.clone(), deployment: key }));
        let long = json!({"app": "s".repeat(60)});
        let refused = change(&json!({"matchLabels": long}), &long, &long).unwrap_err();
        assert!(matches!(refused, Refusal::LongValue { .. }), "{refused}");
    }

    #[test]
    fn a_track_has_stables_labels_but_one() {
        let labels = |of: &[(&str, &str)]| -> BTreeMap<String, String> {
            of.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
        };
        let stable = labels(&[("app", "shop"), ("zone", "a")]);
        let own = Own { canary: "release", track: Track::Canary, revision: "0a1b" };
        let expected = labels(&[
            ("app", "shop-canary"),
            ("zone", "a"),
            ("weir.dev/canary", "release"),
            ("weir.dev/track", "canary"),
            ("weir.dev/revision", "0a1b"),
        ]);
        assert_eq!(of_track(&stable, &labels(&[("app", "shop")]), &own), expected);
    }
}
