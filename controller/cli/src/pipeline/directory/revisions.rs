//! Earlier pod templates of Deployments, as a cluster keeps them in `ReplicaSet`s.

use serde_json::Value;
use weir_deploy::Named;
use weir_directory::{StateDirectory, StateError, object_path_in};

use super::namespace;

/// Revisions that are kept where the Deployment does not say (`revisionHistoryLimit`).
const KEPT: u64 = 10;

/// Pod templates by their revisions, ascending; the one that the Deployment has is the last.
pub(super) fn revisions(state: &StateDirectory, named: &Named) -> Result<Vec<(u64, Value)>, StateError> {
    Ok(state.read(&path(named))?.unwrap_or_default())
}

/// Remembers the template that a Deployment has now. One that was there before gets a number of its own, as in a cluster.
pub(super) fn remember(state: &StateDirectory, named: &Named, object: &Value) -> Result<(), StateError> {
    let Some(template) = object.pointer("/spec/template").filter(|_| named.kind == "Deployment") else {
        return Ok(());
    };
    let mut known = revisions(state, named)?;
    if known.last().is_some_and(|(_, last)| last == template) {
        return Ok(());
    }
    let next = known.last().map_or(1, |(last, _)| last + 1);
    known.retain(|(_, other)| other != template);
    known.push((next, template.clone()));
    let kept = object.pointer("/spec/revisionHistoryLimit").and_then(Value::as_u64).unwrap_or(KEPT);
    let kept = usize::try_from(kept).unwrap_or(usize::MAX).saturating_add(1);
    known.drain(..known.len().saturating_sub(kept));
    state.write(&path(named), &known).map(|_| ())
}

/// Forgets all of them.
pub(super) fn forget(state: &StateDirectory, named: &Named) -> Result<(), StateError> {
    state.remove(&path(named)).map(|_| ())
}

fn path(named: &Named) -> String {
    object_path_in("revisions", &named.kind, namespace(named), &named.name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use weir_deploy::Named;
    use weir_directory::StateDirectory;

    use super::{remember, revisions};

    #[test]
    fn the_last_ones_are_kept_and_what_comes_again_has_a_new_number() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(folder.path()).unwrap();
        let named = Named::deployment("shop", "api");
        let of = |image: &str| json!({"spec": {"revisionHistoryLimit": 2, "template": {"image": image}}});
        let known = || -> Vec<(u64, Value)> { revisions(&state, &named).unwrap() };
        assert_eq!(known(), []);
        for image in ["a", "a", "b", "a", "c", "d"] {
            remember(&state, &named, &of(image)).unwrap();
        }
        let numbers: Vec<(u64, &str)> = vec![(3, "a"), (4, "c"), (5, "d")];
        let expected: Vec<(u64, Value)> =
            numbers.into_iter().map(|(number, image)| (number, json!({"image": image}))).collect();
        assert_eq!(known(), expected);
        remember(&state, &Named::canary("shop", "api"), &of("e")).unwrap();
        assert_eq!(known(), expected, "a Canary has none");
    }
}
