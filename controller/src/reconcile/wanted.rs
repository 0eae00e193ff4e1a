//! Which pods should run, for every Deployment. Pure.

use std::collections::BTreeSet;

use weir_api::Track;
use weir_rollout::desired;
use weir_rollout::desired::{Desired, Pods};

use super::{Controller, Subject};
use crate::catalog::{Catalog, Key};
use crate::ends::{Store, Workloads};
use crate::fleet::{self, Fleet, Wanted};

impl<S: Store, W: Workloads> Controller<S, W> {
    /// The pods of a Canary's Deployment, on every track.
    pub(super) fn add_fleets(&self, subject: &Subject, fleets: &mut Vec<Fleet>) {
        let Some(managed) = self.managed.get(&subject.key) else { return };
        let Desired { split: _, stable, canary, baseline } = desired(&subject.policy, &managed.state);
        let replicas = subject.replicas;
        let run = subject.template_of(&stable).map(|template| fleet::run(template, &stable, replicas));
        let side = |pods: &Pods| match pods {
            Pods::Run { revision, .. } => match subject.template_of(revision) {
                Some(template) => fleet::side(pods, template, replicas),
                None => Some(Wanted::Keep),
            },
            Pods::None | Pods::Keep => fleet::side(pods, &subject.template, replicas),
        };
        let tracks = [
            (Track::Stable, Some(run.unwrap_or(Wanted::Keep))),
            (Track::Baseline, side(&baseline)),
            (Track::Canary, side(&canary)),
        ];
        for (track, wanted) in tracks {
            let Some(wanted) = wanted else { continue };
            let canary = Some(subject.key.clone());
            fleets.push(Fleet { deployment: subject.deployment.clone(), track, wanted, canary });
        }
    }

    /// Deployments that no Canary releases run as their manifest says.
    pub(super) fn add_other_deployments(&self, catalog: &Catalog, fleets: &mut Vec<Fleet>) {
        let taken: BTreeSet<Key> = fleets.iter().map(|fleet| fleet.deployment.clone()).collect();
        for (key, deployment) in catalog.deployments.iter().filter(|(key, _)| !taken.contains(key)) {
            let Some(spec) = &deployment.spec else { continue };
            let image = crate::template::image(&spec.template, None).unwrap_or_default();
            let revision = crate::template::revision(&spec.template, image);
            let replicas = fleet::stable_replicas(deployment, self.settings.default_replicas);
            let wanted = fleet::run(&spec.template, &revision, replicas);
            fleets.push(Fleet { deployment: key.clone(), track: Track::Stable, wanted, canary: None });
        }
    }
}
