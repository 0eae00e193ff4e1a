//! What is wanted, and what there is, to what has to be done. Pure: where everything is as it is wanted, there is nothing to do.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use kube::core::ObjectMeta;
use serde_json::Value;
use weir_api::Track;
use weir_api::canary::ReleaseOn;

use super::labels::told_apart_by;
use super::paused;
use super::tracks::{Place, What, beside, made_for, revision};
use super::world::World;
use super::written;
use crate::catalog::{Catalog, Key};
use crate::fleet::{Fleet, Wanted};

/// One request to the API server.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    /// Make an object what it should be. `Some(false)` in `is_there`: one that is not seen is not there, and one that somebody else made meanwhile stays his.
    Apply { what: What, key: Key, object: Value, is_there: bool },
    /// Change the user's own Deployment: its image, or whether it is paused.
    Patch { key: Key, patch: Value, words: &'static str },
    /// Remove an object of ours, and no other one of its name.
    Delete { what: What, key: Key, uid: Option<String> },
}

/// Why the pods of a fleet cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) deployment: Key,
    pub(super) track: Track,
    pub(super) revision: String,
    pub(super) text: String,
}

/// What has to be done, in order, each for which fleet: its Deployment and track.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) actions: Vec<(Option<usize>, Action)>,
    pub(super) faults: Vec<Fault>,
    /// Canaries that something is to be done for.
    pub(super) busy: BTreeSet<Key>,
}

/// What brings the cluster nearer to what is wanted.
pub(super) fn plan(world: &World, fleets: &[Fleet], catalog: &Catalog) -> Plan {
    let mut plan = Plan::default();
    for (index, fleet) in fleets.iter().enumerate() {
        let Wanted::Run { template, revision, replicas } = &fleet.wanted else { continue };
        let Some(canary) = fleet.canary.as_ref().and_then(|key| catalog.canaries.get(key)) else { continue };
        let place = Place { canary, track: fleet.track, revision };
        let result = match fleet.track {
            Track::Stable => {
                let live = world.deployment(&fleet.deployment);
                Ok(live.and_then(|live| stable(world, fleet, live, &place, template)).into_iter().collect())
            }
            Track::Canary | Track::Baseline | Track::Shadow => {
                beside_stable(world, fleet, &place, (template, *replicas))
            }
        };
        if result.as_ref().map_or(true, |actions| !actions.is_empty()) {
            plan.busy.extend(fleet.canary.clone());
        }
        match result {
            Ok(actions) => plan.actions.extend(actions.into_iter().map(|action| (Some(index), action))),
            Err(text) => plan.faults.push(Fault {
                deployment: fleet.deployment.clone(),
                track: fleet.track,
                revision: revision.clone(),
                text,
            }),
        }
    }
    for (canary, action) in unwanted(world, fleets, catalog) {
        plan.busy.insert(canary);
        plan.actions.push((None, action));
    }
    plan
}

/// What the user's own Deployment needs.
fn stable(
    world: &World,
    fleet: &Fleet,
    live: &Deployment,
    place: &Place<'_>,
    template: &PodTemplateSpec,
) -> Option<Action> {
    let key = fleet.deployment.clone();
    if place.canary.spec.release_on == ReleaseOn::Release {
        let patch = written::patch(live, template)?;
        return Some(Action::Patch { key, patch, words: "set the image of Deployment" });
    }
    let is_deleted = place.canary.metadata.deletion_timestamp.is_some();
    let (patch, words) = paused::patch(live, &world.templates(&key), (place.revision, template), is_deleted)?;
    Some(Action::Patch { key, patch, words })
}

fn beside_stable(
    world: &World,
    fleet: &Fleet,
    place: &Place<'_>,
    (template, replicas): (&PodTemplateSpec, u32),
) -> Result<Vec<Action>, String> {
    let stable = fleet.deployment.sibling(&place.canary.spec.service);
    let missing = |what: &str, key: &Key| format!("{what} {key} is not there any more");
    let service = world.service(&stable).ok_or_else(|| missing("Service", &stable))?;
    let deployment =
        world.deployment(&fleet.deployment).ok_or_else(|| missing("Deployment", &fleet.deployment))?;
    let told_apart_by = told_apart_by((&fleet.deployment, deployment), (&stable, service))
        .map_err(|refusal| refusal.to_string())?;
    let mut actions = Vec::new();
    let key = beside(&stable, fleet.track);
    let there = world.service(&key);
    check_ours(place, What::Service, &key, there.map(|service| &service.metadata))?;
    if !there.is_some_and(|there| place.is_as_made(there, service)) {
        let (object, is_there) = (place.service(&key, service), there.is_some());
        actions.push(Action::Apply { what: What::Service, key, object, is_there });
    }
    let key = beside(&fleet.deployment, fleet.track);
    let there = world.deployment(&key);
    check_ours(place, What::Deployment, &key, there.map(|deployment| &deployment.metadata))?;
    let spec = there
        .filter(|there| revision(&there.metadata) == Some(place.revision))
        .and_then(|there| there.spec.as_ref());
    if spec.and_then(|spec| spec.replicas) != i32::try_from(replicas).ok() {
        // Pods of one revision stay as they began: an edit of the template during a release replaces none of them.
        let template =
            spec.map_or_else(|| place.template(template, &told_apart_by), |spec| spec.template.clone());
        let (object, is_there) = (place.deployment(&key, &template, replicas), there.is_some());
        actions.push(Action::Apply { what: What::Deployment, key, object, is_there });
    }
    Ok(actions)
}

fn check_ours(place: &Place<'_>, what: What, key: &Key, there: Option<&ObjectMeta>) -> Result<(), String> {
    let what = what.as_str();
    match there {
        Some(meta) if meta.deletion_timestamp.is_some() => {
            Err(format!("{what} {key} is still being removed"))
        }
        Some(meta) if !place.made(meta) => {
            Err(format!("{what} {key} is there already, and not made for this release: remove or rename it"))
        }
        Some(_) | None => Ok(()),
    }
}

/// What was made for a release and is not wanted any more. Of a Canary that cannot be followed at the moment everything stays.
fn unwanted(world: &World, fleets: &[Fleet], catalog: &Catalog) -> Vec<(Key, Action)> {
    let wanted: BTreeSet<(&Key, Track)> =
        fleets.iter().filter_map(|fleet| Some((fleet.canary.as_ref()?, fleet.track))).collect();
    let followed: BTreeSet<&Key> = fleets.iter().filter_map(|fleet| fleet.canary.as_ref()).collect();
    let is_unwanted = |key: &Key, meta: &ObjectMeta| {
        let Some((canary, track)) = made_for(meta) else { return false };
        let canary = key.sibling(canary);
        let is_held = catalog.unreadable.contains(&canary)
            || (catalog.canaries.contains_key(&canary) && !followed.contains(&canary));
        meta.deletion_timestamp.is_none() && !is_held && !wanted.contains(&(&canary, track))
    };
    let deployments = world.deployments().map(|(key, object)| (What::Deployment, key, &object.metadata));
    let services = world.services().map(|(key, object)| (What::Service, key, &object.metadata));
    let unwanted = deployments.chain(services).filter(|(_, key, meta)| is_unwanted(key, meta));
    unwanted
        .filter_map(|(what, key, meta)| {
            let (canary, _) = made_for(meta)?;
            Some((key.sibling(canary), Action::Delete { what, key: key.clone(), uid: meta.uid.clone() }))
        })
        .collect()
}

#[cfg(test)]
mod tests;
