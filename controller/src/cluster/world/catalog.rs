//! What a look is given of the world. Pure.

use std::sync::Arc;

use weir_api::Track;
use weir_api::canary::ReleaseOn;

use super::{World, waits};
use crate::catalog::{Catalog, Key, Template, Templates};
use crate::cluster::backends::Known;
use crate::cluster::pods::Brief;
use crate::fleet::Pod;

impl World {
    /// Canaries, and of the rest only what they name: so the cost of a look does not grow with the cluster. A Canary that is being deleted is gone, unless it
    /// waits for this controller.
    pub(in crate::cluster) fn catalog(&self) -> Catalog {
        let unreadable = self.unreadable.iter();
        let unreadable = unreadable.map(|(key, error)| format!("Canary {key} cannot be read: {error}"));
        let mut catalog = Catalog {
            unreadable: self.unreadable.keys().cloned().collect(),
            strays: self.strays.clone(),
            flags: self.flags.clone(),
            problems: self.problems().chain(unreadable).collect(),
            ..Catalog::default()
        };
        for (key, canary) in &self.canaries {
            if canary.metadata.deletion_timestamp.is_some() && !waits(&canary.metadata) {
                continue;
            }
            let deployment = key.sibling(&canary.spec.target_ref.name);
            let by_template = canary.spec.release_on == ReleaseOn::PodTemplate;
            if by_template {
                catalog.templates.insert(deployment.clone(), self.templates(&deployment));
            }
            if let Some(found) = self.deployments.get(&deployment) {
                // What is in the template then is what its user wants, whoever set an image there before.
                let found = if by_template { &found.live } else { &found.written };
                catalog.deployments.insert(deployment, Arc::clone(found));
            }
            if let Some(metrics) = &canary.spec.analysis.metrics {
                let config = key.sibling(&metrics.canary_config);
                if let Some(found) = self.configs.get(&config) {
                    catalog.configs.insert(config, found.clone());
                }
            }
            let service = key.sibling(&canary.spec.service);
            if let Some(found) = self.services.get(&service) {
                catalog.services.insert(service, Arc::clone(found));
            }
            catalog.canaries.insert(key.clone(), Arc::clone(canary));
        }
        catalog
    }

    /// Templates that pods of a Deployment have or had.
    pub(in crate::cluster) fn templates(&self, deployment: &Key) -> Templates {
        let mut templates = Templates::new();
        let sets = self.sets.iter().filter(|(key, set)| {
            key.namespace == deployment.namespace && set.deployment.as_ref() == Some(&deployment.name)
        });
        for (_, set) in sets {
            let Some(template) = set.template() else { continue };
            let known =
                templates.entry(set.revision.clone()).or_insert(Template { template, has_pods: false });
            known.has_pods |= set.has_pods;
        }
        templates
    }

    /// The pods of every Deployment in the catalog, in the words of the decision.
    pub(in crate::cluster) fn pods(&self, catalog: &Catalog) -> Vec<Pod> {
        let known = Known::of(self, catalog);
        let pods = self.pods.iter().filter_map(|(key, brief)| self.pod(key, brief));
        let pods = pods.filter(|pod| catalog.deployments.contains_key(&pod.deployment));
        known.seen_by_proxies(pods.collect())
    }

    pub(super) fn pod(&self, key: &Key, brief: &Brief) -> Option<Pod> {
        let (deployment, track, revision) = if let Some((canary, track, revision)) = &brief.own {
            let canary = self.canaries.get(&key.sibling(canary))?;
            (canary.spec.target_ref.name.clone(), *track, revision.clone())
        } else {
            let set = self.sets.get(&key.sibling(brief.set.as_deref()?))?;
            (set.deployment.clone()?, Track::Stable, set.revision.clone())
        };
        Some(Pod {
            name: key.name.clone(),
            deployment: key.sibling(deployment),
            track,
            revision,
            ready: brief.ready,
            leaving: brief.leaving,
            problem: brief.problem.clone(),
        })
    }
}
