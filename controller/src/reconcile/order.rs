//! Which of two Canaries that name the same Deployment or Service is in force. Pure.
//!
//! The one whose release is in progress, so that nothing is torn down in the middle; else the older one, so that no new object takes over from one that works.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_api::Canary;

use super::Managed;
use crate::catalog::Key;

/// Every Canary, the one that is in force first.
pub(super) fn in_force_first<'c>(
    canaries: &'c BTreeMap<Key, Arc<Canary>>,
    managed: &BTreeMap<Key, Managed>,
) -> Vec<(&'c Key, &'c Canary)> {
    let mut all: Vec<(&Key, &Canary)> = canaries.iter().map(|(key, canary)| (key, &**canary)).collect();
    all.sort_by_key(|(key, canary)| {
        let stored = canary.status.as_ref().map(|status| status.phase);
        let phase = managed.get(key).map(|managed| managed.status.phase).or(stored);
        let since = canary.metadata.creation_timestamp.as_ref().map(|since| since.0.as_microsecond());
        (phase.is_none_or(|phase| !phase.is_going_on()), since, *key)
    });
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde_json::json;
    use weir_api::Canary;

    use super::in_force_first;
    use crate::catalog::Key;

    fn order(canaries: &[(&str, &str, &str)]) -> Vec<String> {
        let canary = |(name, since, phase): &(&str, &str, &str)| {
            let object = json!({
                "metadata": {"name": name, "creationTimestamp": since},
                "spec": {
                    "targetRef": {"name": "shop"},
                    "service": "shop",
                    "strategy": {"canary": {"steps": [{"setWeight": 5}]}},
                },
                "status": {"phase": phase},
            });
            (Key::new("test", *name), Arc::new(serde_json::from_value(object).unwrap()))
        };
        let canaries: BTreeMap<Key, Arc<Canary>> = canaries.iter().map(canary).collect();
        let ordered = in_force_first(&canaries, &BTreeMap::new());
        ordered.into_iter().map(|(key, _)| key.name.clone()).collect()
    }

    #[test]
    fn the_older_one_is_in_force_unless_the_other_one_releases() {
        let (first, second) = ("2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z");
        assert_eq!(order(&[("a", second, "Idle"), ("b", first, "Promoted")]), ["b", "a"]);
        assert_eq!(order(&[("b", first, "Idle"), ("a", first, "Aborted")]), ["a", "b"], "by name");
        assert_eq!(order(&[("a", second, "Paused"), ("b", first, "Idle")]), ["a", "b"]);
        assert_eq!(order(&[("a", second, "Draining"), ("b", first, "Starting")]), ["b", "a"]);
    }
}
