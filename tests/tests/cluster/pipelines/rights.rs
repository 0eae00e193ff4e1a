//! The rights that a namespace gives where a runner deploys to it.

use std::fs;

use crate::case::Case;
use crate::installed::manifests;

/// Gives them to the case's runner, in this namespace.
pub(super) fn allow(case: &Case, namespace: &str) {
    let text = fs::read_to_string(manifests().join("pipelines/deploys.yaml")).unwrap();
    let text = text.replace("namespace: weir-pipelines", &format!("namespace: {}", case.namespace));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deploys.yaml");
    fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    case.installed.cluster.kubectl(["apply", "--namespace", namespace, "--filename", &file]).unwrap();
}
