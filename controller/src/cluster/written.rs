//! A Deployment as its user wrote it. Pure.
//!
//! Promotion gives the user's own Deployment another image. Two annotations beside it, written in the same request, say which image that is and which one
//! the user's manifest names; so the manifest stays what it is in standalone mode, and another image there is a change by hand.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};
use serde_json::{Value, json};
use weir_api::names::{SET_IMAGE, WORKLOAD_IMAGE};

/// The Deployment with the image that its user named last; `None`: it runs that.
pub(super) fn as_written(deployment: &Deployment) -> Option<Deployment> {
    let annotations = deployment.metadata.annotations.as_ref()?;
    let (set, named) = (annotations.get(SET_IMAGE)?, annotations.get(WORKLOAD_IMAGE)?);
    let mut written = deployment.clone();
    let spec = written.spec.as_mut()?.template.spec.as_mut()?;
    let container = spec.containers.iter_mut().find(|container| container.image.as_ref() == Some(set))?;
    container.image = Some(named.clone());
    Some(written)
}

/// What makes the Deployment run the images of `wanted`, a template made of it as it was written; `None`: it does already. It fails where
/// somebody has written meanwhile.
pub(super) fn patch(deployment: &Deployment, wanted: &PodTemplateSpec) -> Option<Value> {
    let live = deployment.spec.as_ref()?.template.spec.as_ref()?;
    let written = as_written(deployment);
    let named = &written.as_ref().unwrap_or(deployment).spec.as_ref()?.template.spec.as_ref()?.containers;
    let wanted = &wanted.spec.as_ref()?.containers;
    let differs = |index: &usize| {
        let image = |containers: &[Container]| containers.get(*index)?.image.clone();
        image(&live.containers) != image(wanted)
    };
    let index = (0..live.containers.len().min(wanted.len())).find(differs)?;
    let (name, image) = (&live.containers.get(index)?.name, wanted.get(index)?.image.as_ref()?);
    let named = named.get(index)?.image.as_ref()?;
    let mut annotations: BTreeMap<&str, Option<&str>> =
        BTreeMap::from([(SET_IMAGE, None), (WORKLOAD_IMAGE, None)]);
    if image != named {
        annotations =
            BTreeMap::from([(SET_IMAGE, Some(image.as_str())), (WORKLOAD_IMAGE, Some(named.as_str()))]);
    }
    Some(json!({
        "metadata": {"resourceVersion": deployment.metadata.resource_version, "annotations": annotations},
        "spec": {"template": {"spec": {"containers": [{"name": name, "image": image}]}}},
    }))
}

#[cfg(test)]
mod tests {
    use super::{as_written, patch};
    use crate::template::{image, with_image};
    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::core::v1::PodTemplateSpec;
    use serde_json::{Value, json};

    fn deployment(image: &str, annotations: &Value) -> Deployment {
        serde_json::from_value(json!({
            "metadata": {"name": "shop", "resourceVersion": "7", "annotations": annotations},
            "spec": {"selector": {}, "template": {"spec": {"containers": [
                {"name": "log", "image": "log:1"}, {"name": "app", "image": image}
            ]}}},
        }))
        .unwrap()
    }

    fn template(deployment: &Deployment) -> PodTemplateSpec {
        as_written(deployment).unwrap_or_else(|| deployment.clone()).spec.unwrap().template
    }

    fn named(deployment: &Deployment) -> Option<String> {
        image(&template(deployment), Some("shop:x")).map(str::to_owned)
    }

    fn annotations(set: &str, workload: &str) -> Value {
        json!({"weir.dev/set-image": set, "weir.dev/workload-image": workload})
    }

    /// The patch that gives it this image.
    fn given(deployment: &Deployment, image: &str) -> Option<Value> {
        patch(deployment, &with_image(&template(deployment), image))
    }

    #[test]
    fn an_image_that_weir_set_is_not_what_the_user_wrote() {
        assert_eq!(named(&deployment("shop:1", &json!({}))).as_deref(), Some("shop:1"));
        assert_eq!(named(&deployment("shop:2", &annotations("shop:2", "shop:1"))).as_deref(), Some("shop:1"));
        let by_hand = deployment("shop:3", &annotations("shop:2", "shop:1"));
        assert_eq!(named(&by_hand).as_deref(), Some("shop:3"), "a change by hand");
    }

    #[test]
    fn a_patch_changes_one_image_and_remembers_the_one_of_the_manifest() {
        let stable = deployment("shop:1", &json!({}));
        assert_eq!(given(&stable, "shop:1"), None);
        let promoted = given(&stable, "shop:2").unwrap();
        assert_eq!(promoted["metadata"]["resourceVersion"], "7");
        assert_eq!(promoted["metadata"]["annotations"], annotations("shop:2", "shop:1"));
        let containers = &promoted["spec"]["template"]["spec"]["containers"];
        assert_eq!(*containers, json!([{"name": "app", "image": "shop:2"}]));
    }

    #[test]
    fn going_back_leaves_nothing_behind_and_a_change_by_hand_is_remembered() {
        let promoted = deployment("shop:2", &annotations("shop:2", "shop:1"));
        assert_eq!(given(&promoted, "shop:2"), None);
        let back = given(&promoted, "shop:1").unwrap();
        let none = json!({"weir.dev/set-image": null, "weir.dev/workload-image": null});
        assert_eq!(back["metadata"]["annotations"], none);
        let by_hand = deployment("shop:3", &annotations("shop:2", "shop:1"));
        let kept = given(&by_hand, "shop:2").unwrap();
        assert_eq!(kept["metadata"]["annotations"], annotations("shop:2", "shop:3"));
    }
}
