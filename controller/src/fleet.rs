//! Which pods should run, and which there are. Pure.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use weir_api::status::Revision;
use weir_api::{Share, Track};
use weir_rollout::Readiness;
use weir_rollout::desired::Pods;

use crate::catalog::Key;
use crate::template;

/// Pods of one track of one Deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// The Deployment whose pods these are.
    pub deployment: Key,
    /// Their track.
    pub track: Track,
    /// What should run.
    pub wanted: Wanted,
    /// The Canary that asked for it; `None` for a Deployment that no Canary releases.
    pub canary: Option<Key>,
}

/// What should run on one track.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// As many as there are.
    Keep,
    /// This many of one template.
    Run {
        /// The pods' template, with the image of this track.
        template: Box<PodTemplateSpec>,
        /// Its name.
        revision: String,
        /// How many.
        replicas: u32,
    },
}

/// A pod that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// The Deployment whose pod it is.
    pub deployment: Key,
    /// Its track.
    pub track: Track,
    /// What it runs.
    pub revision: String,
    /// Whether it can serve.
    pub ready: bool,
    /// Whether it is on its way out: no new requests.
    pub leaving: bool,
    /// Why it is not ready, in plain words.
    pub problem: Option<String>,
}

impl Pod {
    /// In the place of pods that cannot be had: says why.
    pub(crate) fn missing(deployment: Key, track: Track, revision: String, problem: String) -> Self {
        let (name, problem) = (String::new(), Some(problem));
        Self { name, deployment, track, revision, ready: false, leaving: false, problem }
    }
}

/// How many pods the stable workload has.
pub(crate) fn stable_replicas(deployment: &Deployment, default: u32) -> u32 {
    let replicas = deployment.spec.as_ref().and_then(|spec| spec.replicas);
    replicas.map_or(default, |replicas| u32::try_from(replicas).unwrap_or(0))
}

/// Pods for a share of the requests that `replicas` pods serve: rounded up, at least one.
pub(crate) fn replicas_for(share: Share, replicas: u32) -> u32 {
    let points = u64::from(replicas) * u64::from(share.basis_points());
    u32::try_from(points.div_ceil(u64::from(Share::FULL.basis_points()))).unwrap_or(u32::MAX).max(1)
}

/// What should run on one side of a canary release; `None`: nothing.
#[must_use]
pub fn side(pods: &Pods, template: &PodTemplateSpec, replicas: u32) -> Option<Wanted> {
    match pods {
        Pods::None => None,
        Pods::Keep => Some(Wanted::Keep),
        Pods::Run { revision, share, at_least } => {
            Some(run(template, revision, replicas_for(*share, replicas).max(*at_least)))
        }
    }
}

/// Pods of one template with one image.
#[must_use]
pub fn run(template: &PodTemplateSpec, revision: &Revision, replicas: u32) -> Wanted {
    Wanted::Run {
        template: Box::new(template::with_image(template, &revision.image)),
        revision: revision.revision.clone(),
        replicas,
    }
}

/// How ready a track is. `None` in `wanted` means that no pods are asked for, and then none is missing.
pub(crate) fn readiness(
    pods: &[Pod],
    deployment: &Key,
    track: Track,
    wanted: Option<(&str, u32)>,
    stable: u32,
) -> Readiness {
    let Some((revision, replicas)) = wanted else {
        return Readiness { ready: 0, wanted: 0, enough_for: Share::FULL, problem: None };
    };
    let mine = || {
        pods.iter().filter(move |pod| {
            pod.deployment == *deployment && pod.track == track && !pod.leaving && pod.revision == revision
        })
    };
    let ready = mine().filter(|pod| pod.ready).count();
    Readiness {
        ready: u32::try_from(ready).unwrap_or(u32::MAX),
        wanted: replicas,
        enough_for: enough_for(replicas, stable),
        problem: mine().filter(|pod| !pod.ready).find_map(|pod| pod.problem.clone()),
    }
}

/// The largest share that `replicas` pods are meant for, where `stable` pods serve everything.
fn enough_for(replicas: u32, stable: u32) -> Share {
    if replicas >= stable {
        return Share::FULL;
    }
    let points = u64::from(replicas) * u64::from(Share::FULL.basis_points()) / u64::from(stable);
    u16::try_from(points).ok().and_then(Share::from_basis_points).unwrap_or(Share::FULL)
}

#[cfg(test)]
mod tests {
    use super::{enough_for, replicas_for};
    use weir_api::Share;

    #[test]
    fn pods_suffice_for_exactly_the_shares_that_they_are_made_for() {
        for stable in 0..=12 {
            for points in 0..=10_000 {
                let share = Share::from_basis_points(points).unwrap();
                let pods = replicas_for(share, stable);
                assert!(pods >= 1 && pods <= stable.max(1));
                assert!(enough_for(pods, stable) >= share, "{pods} of {stable} for {share}");
                if pods > 1 {
                    assert!(
                        enough_for(pods - 1, stable) < share,
                        "{pods} of {stable} are too many for {share}"
                    );
                }
            }
        }
    }
}
