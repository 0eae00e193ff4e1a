//! What is asked of deployed manifests and of artifacts.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn labels_and_artifacts_are_found() {
    values(&[
        ("#manifestLabelValue('Deploy baseline', 'Deployment', 'version')", json!("v7")),
        ("#manifestLabelValue('s1', 'deployment', 'version')", json!("v7")),
        ("#triggerResolvedArtifact('shop').reference", json!("shop:1")),
        ("#triggerResolvedArtifactByType('helm/chart').name", json!("chart")),
    ]);
    errors(&[
        ("#manifestLabelValue('s1', 'Deployment', 'x')", "there is no label \"x\""),
        (
            "#manifestLabelValue('s1', 'ReplicaSet', 'version')",
            "there is no manifest of the kind \"ReplicaSet\"",
        ),
        ("#manifestLabelValue('s1', 'Service', 'version')", "there is no label \"version\""),
        (
            "#manifestLabelValue('s2', 'Deployment', 'version')",
            "there is no manifest in the outputs of \"Canary Analysis\"",
        ),
        ("#manifestLabelValue('x', 'Deployment', 'version')", "there is no stage \"x\""),
        ("#manifestLabelValue('s1')", "manifestLabelValue takes 3 arguments, and 1 are given"),
        ("#triggerResolvedArtifact('x')", "there is no artifact of the trigger with that \"name: x\""),
        ("#triggerResolvedArtifactByType('x')", "there is no artifact of the trigger with that \"type: x\""),
        ("#triggerResolvedArtifact(1)", "argument 1 of triggerResolvedArtifact is an integer"),
    ]);
}
