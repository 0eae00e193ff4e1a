//! Canaries: the split and the epoch of each Service.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_api::status::Split;
use weir_api::{Canary, CanaryStatus};

use super::by_name::ByName;
use super::{Objects, age};
use crate::rejection::{Place, Rejection};
use crate::table::Table;

/// What one Canary says about its Service.
#[derive(Debug)]
pub(super) struct Release<'o> {
    pub(super) key: Arc<str>,
    pub(super) place: Place<'o>,
    /// The weights in force; none: all to the Service itself.
    pub(super) split: Option<Split>,
    /// Revision behind the Service itself where there is no split.
    pub(super) stable_revision: Option<Arc<str>>,
    /// The epoch in force, once the controller has written one.
    epoch: Option<u64>,
}

/// Every Canary, by the namespace and name of its Service.
#[derive(Debug, Default)]
pub(super) struct Canaries<'o> {
    by_service: ByName<'o, Release<'o>>,
}

impl<'o> Canaries<'o> {
    pub(super) fn read(
        objects: &'o Objects,
        previous: Option<&Table>,
        rejections: &mut Vec<Rejection>,
    ) -> Self {
        let mut canaries: Vec<&Canary> = objects.canaries.iter().collect();
        canaries.sort_by(|a, b| age(&a.metadata).cmp(&age(&b.metadata)));
        let mut by_service: ByName<'_, Release<'_>> = ByName::default();
        for canary in canaries {
            let place = Place::new("Canary", &canary.metadata);
            let service = (place.namespace, canary.spec.service.as_str());
            if let Some(owner) = by_service.get(service) {
                let message =
                    format!("Service {}/{} already belongs to Canary {}", service.0, service.1, owner.key);
                rejections.push(place.error("spec.service", message).keeping("that Canary stays in force"));
                continue;
            }
            let key = place.key();
            let status = objects.statuses.get(&*key).or(canary.status.as_ref());
            by_service.insert(service, release(place, key, status, previous, rejections));
        }
        Self { by_service }
    }

    /// The Canary of a Service.
    pub(super) fn of(&self, service: (&str, &str)) -> Option<&Release<'o>> {
        self.by_service.get(service)
    }

    /// Epochs in force, by canary key.
    pub(super) fn epochs(&self) -> BTreeMap<Arc<str>, u64> {
        self.by_service.values().filter_map(|r| Some((Arc::clone(&r.key), r.epoch?))).collect()
    }

    /// Splits in force, by canary key.
    pub(super) fn in_force(&self) -> BTreeMap<Arc<str>, Split> {
        self.by_service.values().filter_map(|r| Some((Arc::clone(&r.key), r.split.clone()?))).collect()
    }
}

fn release<'o>(
    place: Place<'o>,
    key: Arc<str>,
    status: Option<&CanaryStatus>,
    previous: Option<&Table>,
    rejections: &mut Vec<Rejection>,
) -> Release<'o> {
    let stable_revision =
        status.and_then(|s| s.stable.as_ref()).map(|stable| stable.revision.as_str().into());
    let (split, epoch) = match status.map(|status| (status, &status.split)) {
        None => (None, None),
        Some((status, None)) => (None, Some(status.epoch)),
        Some((_, Some(split))) if is_whole(split) => (Some(split.clone()), Some(split.epoch)),
        Some((_, Some(_))) => {
            // The epoch of what is served, not of what was asked for: nobody may take this for an acknowledgement.
            let last = previous.and_then(|table| table.memory().splits.get(&key)).cloned();
            let epoch = previous.and_then(|table| table.epochs().get(&key)).copied();
            let kept = last.as_ref().map_or_else(
                || "all requests go to stable".to_owned(),
                |split| format!("the split of epoch {} stays in force", split.epoch),
            );
            let message = "canary and baseline together are more than 100 %";
            rejections.push(place.error("status.split", message).keeping(kept));
            (last, epoch)
        }
    };
    Release { key, place, split, stable_revision, epoch }
}

fn is_whole(split: &Split) -> bool {
    let baseline = split.baseline.as_ref().map(|b| b.weight).unwrap_or_default();
    split.canary.weight.checked_add(baseline).is_some()
}
