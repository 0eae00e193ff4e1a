//! What keeps a pod from being ready, in a line: what `kubectl describe pod` is asked for when a rollout does not end.

use serde_json::Value;

/// Reasons of a container to wait that are none.
const STARTS: [&str; 2] = ["ContainerCreating", "PodInitializing"];
const CONTAINERS: [&str; 2] = ["/status/initContainerStatuses", "/status/containerStatuses"];

/// Why a pod is not ready; `None`: it is, or it just starts.
#[must_use]
pub fn trouble(pod: &Value) -> Option<String> {
    let name = text(pod, "/metadata/name");
    let containers = CONTAINERS.iter().filter_map(|list| pod.pointer(list)?.as_array()).flatten();
    let why = containers.into_iter().find_map(container).or_else(|| unscheduled(pod))?;
    Some(format!("pod {name}: {why}"))
}

fn container(status: &Value) -> Option<String> {
    let name = text(status, "/name");
    let reason = text(status, "/state/waiting/reason");
    let ended = status.pointer("/lastState/terminated").or_else(|| status.pointer("/state/terminated"));
    let ended = ended.filter(|ended| ended.get("exitCode").and_then(Value::as_i64) != Some(0)).map(exit);
    if reason.is_empty() || STARTS.contains(&reason) {
        let restarts = status.get("restartCount").and_then(Value::as_u64).unwrap_or_default();
        return ended.map(|ended| format!("container {name} {ended}, started again {restarts} times"));
    }
    let message = text(status, "/state/waiting/message");
    let message = ended.unwrap_or_else(|| message.to_owned());
    Some(if message.is_empty() {
        format!("container {name}: {reason}")
    } else {
        format!("container {name}: {reason}: {message}")
    })
}

/// How it ended, with the last that it said where it was asked to (`terminationMessagePath`).
fn exit(ended: &Value) -> String {
    let (reason, message) = (text(ended, "/reason"), text(ended, "/message"));
    let code = ended.get("exitCode").and_then(Value::as_i64).unwrap_or_default();
    let reason = if reason.is_empty() || reason == "Error" { String::new() } else { format!(" ({reason})") };
    let message = message.lines().last().unwrap_or_default();
    let message = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("exited with code {code}{reason}{message}")
}

fn unscheduled(pod: &Value) -> Option<String> {
    let conditions = pod.pointer("/status/conditions")?.as_array()?;
    let is_it = |condition: &&Value| {
        text(condition, "/type") == "PodScheduled" && text(condition, "/status") == "False"
    };
    let condition = conditions.iter().find(is_it)?;
    Some(format!("it finds no node: {}", text(condition, "/message")))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::trouble;

    fn of(status: &Value) -> Option<String> {
        trouble(&json!({"metadata": {"name": "api-1"}, "status": status}))
    }

    #[test]
    fn a_pod_says_what_keeps_it() {
        let waiting = |reason: &str, message: &str| {
            json!({"containerStatuses": [{"name": "api", "restartCount": 3, "state": {"waiting": {"reason": reason, "message": message}},
                "lastState": if reason == "CrashLoopBackOff" { json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}}) } else { json!({}) }}]})
        };
        assert_eq!(of(&waiting("ContainerCreating", "")), None);
        assert_eq!(
            of(&waiting("ErrImagePull", "not found")).unwrap(),
            "pod api-1: container api: ErrImagePull: not found"
        );
        assert_eq!(
            of(&waiting("CrashLoopBackOff", "back-off 10s")).unwrap(),
            "pod api-1: container api: CrashLoopBackOff: exited with code 137 (OOMKilled)"
        );
        let conditions = json!({"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: Insufficient cpu."}]});
        assert_eq!(
            of(&conditions).unwrap(),
            "pod api-1: it finds no node: 0/1 nodes are available: Insufficient cpu."
        );
        let running = json!({"containerStatuses": [{"name": "api", "restartCount": 2, "state": {"running": {}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": "no database\n"}}}]});
        assert_eq!(
            of(&running).unwrap(),
            "pod api-1: container api exited with code 1: no database, started again 2 times"
        );
        assert_eq!(of(&json!({"containerStatuses": [{"name": "api", "state": {"running": {}}}]})), None);
    }
}
