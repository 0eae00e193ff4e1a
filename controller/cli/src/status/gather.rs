//! What there is of one Canary in a cluster: its Deployments and pods, as far as the user may see them.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use weir_api::names::{CANARY_LABEL, TRACK_LABEL};
use weir_api::{Canary, Track};
use weir_controller::template;

use crate::cluster::Access;

/// One Canary with what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) canary: Canary,
    /// Stable's Deployment, and those of baseline and canary; empty where the user may not see them.
    pub(crate) workloads: Vec<Workload>,
}

/// One Deployment with its pods.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) track: Track,
    /// Pods that are ready.
    pub(crate) ready: i32,
    /// Pods that there should be.
    pub(crate) pods: i32,
    /// What they run.
    pub(crate) image: String,
    /// The pods, by name.
    pub(crate) each: Vec<PodSeen>,
}

/// One pod.
#[derive(Clone, Debug)]
pub(crate) struct PodSeen {
    pub(crate) name: String,
    /// Whether it is ready.
    pub(crate) is_ready: bool,
    /// What it does, as kubectl says it: `Running`, `ImagePullBackOff`.
    pub(crate) state: String,
    /// How often its containers began again.
    pub(crate) restarts: i32,
}

/// What there is of a Canary. What the user may not list is left out: the Canary's own status says the most.
pub(crate) async fn seen(access: &Access, canary: Canary) -> Seen {
    let namespace = canary.namespace().unwrap_or_default();
    let deployments: Api<Deployment> = access.api(&namespace);
    let own = ListParams::default().labels(&format!("{CANARY_LABEL}={}", canary.name_any()));
    let (stable, beside) =
        tokio::join!(deployments.get(&canary.spec.target_ref.name), deployments.list(&own));
    let stable = stable.ok().map(|deployment| (Track::Stable, deployment));
    let beside = beside.map(|list| list.items).unwrap_or_default().into_iter().filter_map(|deployment| {
        let track = deployment.labels().get(TRACK_LABEL)?.parse().ok()?;
        Some((track, deployment))
    });
    let mut workloads = Vec::new();
    for (track, deployment) in stable.into_iter().chain(beside) {
        workloads.push(workload(access, &canary, track, &deployment).await);
    }
    workloads.sort_by_key(|workload| workload.track);
    Seen { canary, workloads }
}

async fn workload(access: &Access, canary: &Canary, track: Track, deployment: &Deployment) -> Workload {
    let spec = deployment.spec.as_ref();
    let status = deployment.status.as_ref();
    let like = canary.spec.release.as_ref().map(|release| release.image.as_str());
    let image = spec.and_then(|spec| template::image(&spec.template, like)).unwrap_or_default().to_owned();
    let selector = spec.and_then(|spec| spec.selector.match_labels.clone()).unwrap_or_default();
    let namespace = canary.namespace().unwrap_or_default();
    let each = if selector.is_empty() { Vec::new() } else { pods(access, &namespace, &selector).await };
    Workload {
        name: deployment.name_any(),
        track,
        ready: status.and_then(|status| status.ready_replicas).unwrap_or_default(),
        pods: spec.and_then(|spec| spec.replicas).unwrap_or_default(),
        image,
        each,
    }
}

async fn pods(access: &Access, namespace: &str, selector: &BTreeMap<String, String>) -> Vec<PodSeen> {
    let labels: Vec<String> = selector.iter().map(|(label, value)| format!("{label}={value}")).collect();
    let pods: Api<Pod> = access.api(namespace);
    let listed = pods.list(&ListParams::default().labels(&labels.join(","))).await;
    listed.map(|list| list.items.iter().map(pod).collect()).unwrap_or_default()
}

fn pod(pod: &Pod) -> PodSeen {
    let status = pod.status.as_ref();
    let conditions = status.and_then(|status| status.conditions.as_ref());
    let is_ready = conditions.into_iter().flatten().any(|one| one.type_ == "Ready" && one.status == "True");
    let containers: Vec<_> =
        status.and_then(|status| status.container_statuses.as_ref()).into_iter().flatten().collect();
    let waiting =
        containers.iter().find_map(|container| container.state.as_ref()?.waiting.as_ref()?.reason.clone());
    let phase = status.and_then(|status| status.phase.clone()).unwrap_or_default();
    let leaving = pod.metadata.deletion_timestamp.as_ref().map(|_| "Terminating".to_owned());
    PodSeen {
        name: pod.name_any(),
        is_ready,
        state: leaving.or(waiting).unwrap_or(phase),
        restarts: containers.iter().map(|container| container.restart_count).sum(),
    }
}
