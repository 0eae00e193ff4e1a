//! How objects of a directory stand, by the state of who serves it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::{Value, json};
use weir_controller::template;
use weir_deploy::Named;
use weir_directory::{StateDirectory, StateError, object_path};

use super::namespace;

/// The status of a Canary.
pub(super) fn canary(state: &StateDirectory, named: &Named) -> Result<Option<Value>, StateError> {
    let document: Option<Value> = state.read(&object_path("Canary", namespace(named), &named.name))?;
    Ok(document.and_then(|mut document| document.get_mut("status").map(Value::take)))
}

/// Puts the image that a Canary has released into the Deployment, whose manifest says that of before; one that was changed by hand since wins.
pub(super) fn released(deployment: &mut Value, status: &Value) {
    let text = |pointer: &str| status.pointer(pointer).and_then(Value::as_str);
    let (Some(stable), Some(before)) = (text("/stable/image"), text("/workloadImage")) else { return };
    let named = weir_deploy::images::images(deployment);
    if named.iter().any(|(_, image)| image == before) {
        let released =
            BTreeMap::from([(weir_deploy::images::repository(before).to_owned(), stable.to_owned())]);
        weir_deploy::images::bind(deployment, &released, &mut BTreeMap::new());
    }
}

/// Whether a pod is one of a Deployment's own that takes requests.
fn is_of(pod: &Value, deployment: &Named) -> bool {
    let is = |pointer: &str, text: &str| pod.pointer(pointer).and_then(Value::as_str) == Some(text);
    is("/deployment/name", &deployment.name)
        && is("/deployment/namespace", namespace(deployment))
        && is("/track", "stable")
        && pod.get("leavingSince").is_none()
}

/// Writes into a Deployment what the API server would say in its status. Pods are asked whether they are ready where a Service leads to them
/// (`is_served`); others are as soon as they run.
pub(super) fn deployment(
    state: &StateDirectory,
    named: &Named,
    is_served: bool,
    object: &mut Value,
) -> Result<(), StateError> {
    let template = object.pointer("/spec/template").cloned().unwrap_or_default();
    let template: PodTemplateSpec = serde_json::from_value(template).unwrap_or_default();
    let image = template::image(&template, None).unwrap_or_default().to_owned();
    let wanted = template::revision(&template, &image).revision;
    let ready = ready(state)?;
    let (mut all, mut updated, mut available) = (0, 0, 0);
    for pod in records(state, named)? {
        let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let is_new = text("/revision") == wanted;
        all += 1;
        updated += i64::from(is_new);
        let known = ready.get(text("/address")).copied();
        let is_ready = known.unwrap_or_else(|| !is_served && runs(&pod));
        available += i64::from(is_new && is_ready);
    }
    object["status"] = json!({"replicas": all, "updatedReplicas": updated, "availableReplicas": available, "readyReplicas": available});
    Ok(())
}

/// What is written down about a Deployment's pods.
fn records(state: &StateDirectory, named: &Named) -> Result<Vec<Value>, StateError> {
    let mut found = Vec::new();
    for file in state.list("pods")? {
        found.extend(state.read::<Value>(&file)?.filter(|pod| is_of(pod, named)));
    }
    Ok(found)
}

/// Whether all containers of a pod have been started.
fn runs(pod: &Value) -> bool {
    let containers = pod.get("containers").and_then(Value::as_array);
    let is_started = |container: &Value| container.pointer("/process/pid").is_some();
    containers.is_some_and(|containers| containers.iter().all(is_started))
}

/// Pods of a Deployment as the API server would have them, as far as it is known why they are not ready.
pub(super) fn pods(state: &StateDirectory, named: &Named) -> Result<Vec<Value>, StateError> {
    let mut found = Vec::new();
    for pod in records(state, named)? {
        let containers = pod.get("containers").and_then(Value::as_array).into_iter().flatten();
        let restarted = |container: &&Value| container.get("restarts").and_then(Value::as_u64) > Some(0);
        let statuses: Vec<Value> = containers
            .filter(restarted)
            .map(|container| {
                let ended = format!("see {}", state.root().join("logs").display());
                json!({
                    "name": container.get("name"), "restartCount": container.get("restarts"),
                    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": ended}},
                })
            })
            .collect();
        found.push(json!({"metadata": {"name": pod.get("name")}, "status": {"containerStatuses": statuses}}));
    }
    Ok(found)
}

/// Addresses of pods that Services lead to, and whether they can serve.
fn ready(state: &StateDirectory) -> Result<BTreeMap<String, bool>, StateError> {
    let mut found = BTreeMap::new();
    for file in state.list("objects")? {
        if !file.starts_with("objects/endpointslice.") {
            continue;
        }
        let Some(slice) = state.read::<Value>(&file)? else { continue };
        for endpoint in slice.get("endpoints").and_then(Value::as_array).into_iter().flatten() {
            let is_ready = endpoint.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or_default();
            let addresses = endpoint.get("addresses").and_then(Value::as_array).into_iter().flatten();
            found.extend(addresses.filter_map(Value::as_str).map(|address| (address.to_owned(), is_ready)));
        }
    }
    Ok(found)
}
