//! How far a Deployment is, and what keeps its pods. Pure.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;

/// How far a Deployment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rollout {
    /// Its name.
    pub(crate) name: String,
    /// Pods of the present template that are ready.
    pub(crate) ready: i32,
    /// Pods that are wanted.
    pub(crate) wanted: i32,
    /// Whether nothing of before is left.
    pub(crate) is_done: bool,
}

impl Rollout {
    /// Of a Deployment.
    pub(crate) fn of(deployment: &Deployment) -> Self {
        let status = deployment.status.clone().unwrap_or_default();
        let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        let seen = status.observed_generation >= deployment.metadata.generation;
        let count = |n: Option<i32>| n.unwrap_or_default();
        let ready =
            if seen { count(status.updated_replicas).min(count(status.available_replicas)) } else { 0 };
        Self {
            name: deployment.metadata.name.clone().unwrap_or_default(),
            ready,
            wanted,
            is_done: seen && ready == wanted && count(status.replicas) == wanted,
        }
    }
}

/// What keeps a pod from running, with a way out where there is a usual one. `None`: nothing, or nothing yet.
pub(crate) fn hindrance(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    for container in status.container_statuses.iter().flatten() {
        let state = container.state.as_ref()?;
        if let Some(waiting) = &state.waiting {
            let reason = waiting.reason.as_deref().unwrap_or_default();
            let says = waiting.message.as_deref().unwrap_or_default();
            let help = match reason {
                "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
                    "say where the images are with --image-registry and --image-tag"
                }
                "CrashLoopBackOff" => "kubectl logs --previous says what it said last",
                "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
                    "kubectl describe pod says more"
                }
                _ => continue,
            };
            return Some(format!("{name}: {reason}: image {}: {says}: {help}", container.image));
        }
        if let Some(killed) = container.last_state.as_ref().and_then(|last| last.terminated.as_ref())
            && killed.reason.as_deref() == Some("OOMKilled")
        {
            return Some(format!(
                "{name}: was killed for want of memory {} times: raise its limit",
                container.restart_count
            ));
        }
    }
    let unscheduled = status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == "PodScheduled" && condition.status == "False")?;
    let says = unscheduled.message.as_deref().unwrap_or_default();
    Some(format!("{name}: finds no node: {says}"))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::json;

    use super::{Rollout, hindrance};

    fn rollout(status: &serde_json::Value) -> Rollout {
        let deployment = json!({
            "metadata": {"name": "weir-proxy", "generation": 2},
            "spec": {"replicas": 3, "selector": {}, "template": {}},
            "status": status,
        });
        Rollout::of(&serde_json::from_value::<Deployment>(deployment).unwrap())
    }

    #[test]
    fn a_rollout_is_done_when_only_the_new_ones_are_there() {
        let all =
            json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3});
        assert!(rollout(&all).is_done);
        let cases = [
            (
                json!({"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}),
                0,
            ),
            (
                json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3, "availableReplicas": 4}),
                3,
            ),
            (
                json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1, "availableReplicas": 3}),
                1,
            ),
            (json!({}), 0),
        ];
        for (status, ready) in cases {
            let seen = rollout(&status);
            assert_eq!((seen.ready, seen.is_done), (ready, false), "{status}");
        }
    }

    #[test]
    fn a_pod_that_does_not_run_says_why_and_what_to_do() {
        let pod = |status| {
            serde_json::from_value::<Pod>(json!({"metadata": {"name": "p"}, "status": status})).unwrap()
        };
        let container = |state: serde_json::Value| json!({"containerStatuses": [{"name": "c", "image": "weir-proxy:0.1.0", "imageID": "", "ready": false, "restartCount": 0, "state": state}]});
        let pulling = container(json!({"waiting": {"reason": "ErrImagePull", "message": "no such host"}}));
        let said = hindrance(&pod(pulling)).unwrap();
        assert!(said.contains("weir-proxy:0.1.0") && said.contains("--image-registry"), "{said}");
        assert_eq!(hindrance(&pod(container(json!({"waiting": {"reason": "ContainerCreating"}})))), None);
        let full =
            json!({"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes"}]});
        assert!(hindrance(&pod(full)).unwrap().contains("0/1 nodes"));
    }
}
