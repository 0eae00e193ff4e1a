//! Pods of a cluster: what matters of each, and why one is not ready, in plain words. Pure.

use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateTerminated, ContainerStatus, Pod, PodCondition,
};
use weir_api::Track;
use weir_api::names::{CANARY_LABEL, REVISION_LABEL, TRACK_LABEL};

/// Longest that somebody else's message is quoted, in characters.
const LONGEST: usize = 300;

/// What matters of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Brief {
    /// Name of its `ReplicaSet`, if it has one.
    pub(super) set: Option<String>,
    /// The Canary, track and revision that its labels name, where Weir made it.
    pub(super) own: Option<(String, Track, String)>,
    /// Whether it can serve.
    pub(super) ready: bool,
    /// Whether it is on its way out.
    pub(super) leaving: bool,
    /// Why it is not ready.
    pub(super) problem: Option<String>,
}

impl Brief {
    pub(super) fn of(pod: &Pod) -> Self {
        let owners = pod.metadata.owner_references.iter().flatten();
        let set = owners.into_iter().find(|owner| owner.kind == "ReplicaSet").map(|owner| owner.name.clone());
        let label = |name: &str| pod.metadata.labels.as_ref()?.get(name).cloned();
        let own = || Some((label(CANARY_LABEL)?, label(TRACK_LABEL)?.parse().ok()?, label(REVISION_LABEL)?));
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        let ready = condition(pod, "Ready").is_some_and(|condition| condition.status == "True");
        Self {
            set,
            own: own(),
            ready,
            leaving: pod.metadata.deletion_timestamp.is_some()
                || matches!(phase, Some("Failed" | "Succeeded")),
            problem: if ready { None } else { problem(pod) },
        }
    }
}

fn condition<'p>(pod: &'p Pod, name: &str) -> Option<&'p PodCondition> {
    pod.status.as_ref()?.conditions.iter().flatten().find(|condition| condition.type_ == name)
}

/// Why a pod is not ready; `None` while it only takes its time.
fn problem(pod: &Pod) -> Option<String> {
    let scheduled = condition(pod, "PodScheduled").filter(|condition| condition.status == "False");
    if let Some(condition) = scheduled {
        return Some(format!("no node takes it: {}", quoted(condition.message.as_deref())));
    }
    let status = pod.status.as_ref()?;
    let all =
        || status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten());
    if let Some(problem) = all().find_map(of_container) {
        return Some(problem);
    }
    let unready = status.container_statuses.iter().flatten().find(|container| {
        !container.ready && container.state.as_ref().is_some_and(|state| state.running.is_some())
    })?;
    Some(format!("container {} runs, but its readiness probe does not succeed", unready.name))
}

fn of_container(container: &ContainerStatus) -> Option<String> {
    let ContainerState { waiting, terminated, running: _ } = container.state.as_ref()?;
    let name = &container.name;
    if let Some(terminated) = terminated.as_ref().filter(|ended| ended.exit_code != 0) {
        return Some(format!("container {name} ended: {}", ended(terminated)));
    }
    let waiting = waiting.as_ref()?;
    let message = || quoted(waiting.message.as_deref());
    match waiting.reason.as_deref()? {
        "ContainerCreating" | "PodInitializing" => None,
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
            Some(format!("image {} cannot be pulled: {}", container.image, message()))
        }
        "CrashLoopBackOff" => {
            let last = container.last_state.as_ref().and_then(|state| state.terminated.as_ref());
            let how = last.map_or_else(message, ended);
            Some(format!("container {name} ended {} times: {how}", container.restart_count))
        }
        reason => Some(format!("container {name} cannot start: {reason}: {}", message())),
    }
}

/// How a container ended, with its last words if it left any.
fn ended(state: &ContainerStateTerminated) -> String {
    let reason = state.reason.as_deref().filter(|reason| *reason != "Error");
    let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    let words = state.message.as_deref().map(|_| format!(": {}", quoted(state.message.as_deref())));
    format!("exit code {}{reason}{}", state.exit_code, words.unwrap_or_default())
}

fn quoted(message: Option<&str>) -> String {
    let Some(message) = message else { return "the cluster does not say why".to_owned() };
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::Brief;
    use serde_json::{Value, json};
    use weir_api::Track;

    fn brief(meta: &Value, status: &Value) -> Brief {
        Brief::of(&serde_json::from_value(json!({"metadata": meta, "status": status})).unwrap())
    }

    fn waiting(reason: &str, message: &str) -> Value {
        container(&json!({"state": {"waiting": {"reason": reason, "message": message}}}))
    }

    fn container(more: &Value) -> Value {
        let mut container =
            json!({"name": "shop", "image": "shop:2", "imageID": "", "ready": false, "restartCount": 3});
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"containerStatuses": [container]})
    }

    #[test]
    fn a_pod_is_ready_by_its_condition_and_leaves_by_its_deletion() {
        let meta = json!({
            "labels": {"weir.dev/canary": "shop", "weir.dev/track": "canary", "weir.dev/revision": "0a"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "shop-7", "uid": "1"}],
            "deletionTimestamp": "2026-01-01T00:00:00Z",
        });
        let seen = brief(&meta, &json!({"conditions": [{"type": "Ready", "status": "True"}]}));
        let own = Some(("shop".to_owned(), Track::Canary, "0a".to_owned()));
        assert_eq!(
            seen,
            Brief { set: Some("shop-7".to_owned()), own, ready: true, leaving: true, problem: None }
        );
        assert!(brief(&json!({}), &json!({"phase": "Failed"})).leaving, "evicted");
    }

    #[test]
    fn what_is_wrong_is_said_in_plain_words() {
        let ended = json!({"terminated": {"exitCode": 1, "reason": "Error", "message": "no\n database\n"}});
        let crashed =
            container(&json!({"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": ended}));
        let unschedulable =
            json!({"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes"}]});
        for (status, expected) in [
            (waiting("ImagePullBackOff", "Back-off"), Some("image shop:2 cannot be pulled: Back-off")),
            (crashed, Some("container shop ended 3 times: exit code 1: no database")),
            (unschedulable, Some("no node takes it: 0/1 nodes")),
            (
                waiting("CreateContainerConfigError", "secret \"x\" not found"),
                Some("container shop cannot start: CreateContainerConfigError: secret \"x\" not found"),
            ),
            (
                container(&json!({"state": {"running": {}}})),
                Some("container shop runs, but its readiness probe does not succeed"),
            ),
            (
                container(&json!({"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}})),
                Some("container shop ended: exit code 137 (OOMKilled)"),
            ),
            (waiting("ContainerCreating", ""), None),
            (json!({}), None),
        ] {
            assert_eq!(brief(&json!({}), &status).problem.as_deref(), expected, "{status}");
        }
    }

    #[test]
    fn a_long_message_is_cut() {
        let problem = brief(&json!({}), &waiting("ErrImagePull", &"ü".repeat(1_000))).problem.unwrap();
        assert!(problem.chars().count() < 400 && problem.ends_with("..."), "{problem}");
    }
}
