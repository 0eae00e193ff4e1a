//! In which order objects are applied: what others need comes first.

use serde_json::Value;

/// Kinds by turn; others are last, with what nobody needs in order to start. Spinnaker's order, with kinds of ours: a flag has to be there before the
/// release begins that it follows.
const TURNS: [&[&str]; 8] = [
    &["Namespace"],
    &["Role", "ClusterRole"],
    &["CustomResourceDefinition", "RoleBinding", "ClusterRoleBinding"],
    &["ServiceAccount", "StorageClass", "PersistentVolume", "PersistentVolumeClaim"],
    &["ConfigMap", "Secret", "LocalImage", "FeatureFlag"],
    &["Service", "Ingress", "IngressClass", "NetworkPolicy"],
    &["HorizontalPodAutoscaler", "PodDisruptionBudget", "LimitRange", "ResourceQuota"],
    &["Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"],
];

/// The turn of an object.
#[must_use]
pub fn turn(object: &Value) -> usize {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    TURNS.iter().position(|kinds| kinds.contains(&kind)).unwrap_or(TURNS.len())
}

/// Puts them in order; those of one turn stay as they were.
pub fn sort(objects: &mut [Value]) {
    objects.sort_by_key(turn);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[test]
    fn namespaces_are_first_and_workloads_after_what_they_read() {
        let mut objects: Vec<Value> = [
            "Canary",
            "Deployment",
            "Service",
            "ConfigMap",
            "HorizontalPodAutoscaler",
            "Secret",
            "FeatureFlag",
            "Namespace",
        ]
        .map(|kind| json!({"kind": kind}))
        .to_vec();
        super::sort(&mut objects);
        let kinds: Vec<&str> = objects.iter().filter_map(|object| object["kind"].as_str()).collect();
        let expected = [
            "Namespace",
            "ConfigMap",
            "Secret",
            "FeatureFlag",
            "Service",
            "HorizontalPodAutoscaler",
            "Deployment",
            "Canary",
        ];
        assert_eq!(kinds, expected);
    }
}
