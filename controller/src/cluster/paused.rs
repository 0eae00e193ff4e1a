//! A Deployment that is released by its template. Pure.
//!
//! It is paused, so that another template of its user's rolls nothing out; Kubernetes scales it all the same, by hand or by an autoscaler. It is let loose only while
//! its pods are being given what stable is to run.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::{Value, json};

use crate::catalog::Templates;
use crate::template::own_revision;

/// What brings the Deployment nearer to pods of `wanted`, and what that is in words; `None`: nothing has to be done. `templates`: what pods have
/// or had. It fails where somebody has written meanwhile.
pub(super) fn patch(
    live: &Deployment,
    templates: &Templates,
    (wanted, template): (&str, &PodTemplateSpec),
    is_deleted: bool,
) -> Option<(Value, &'static str)> {
    let spec = live.spec.as_ref()?;
    let own = own_revision(&spec.template).revision;
    let version = live.metadata.resource_version.as_ref();
    let metadata = json!({"resourceVersion": version});
    let is_paused = spec.paused.unwrap_or_default();
    let mut running = templates.iter().filter(|(_, known)| known.has_pods).map(|(revision, _)| revision);
    if own != wanted && running.clone().any(|revision| *revision == own) {
        // Pods of it have begun to replace stable's: they go again, as an update does that, and the template with them.
        let mut template = json!(template);
        if let Some(template) = template.as_object_mut() {
            template.insert("$patch".to_owned(), Value::from("replace"));
        }
        let spec = json!({"paused": false, "template": template});
        return Some((json!({"metadata": metadata, "spec": spec}), "put back the template of Deployment"));
    }
    // Where all pods run it already, nothing is rolled out, and a number of pods is not waited for.
    let is_complete = running.all(|revision| *revision == own);
    let is_loose = own == wanted && (!is_complete || is_deleted);
    // Who deletes the Canary gets the template that was promoted, and no other one.
    if is_paused != is_loose || (own != wanted && is_deleted) {
        return None;
    }
    let words = if is_loose { "let loose Deployment" } else { "pause Deployment" };
    Some((json!({"metadata": metadata, "spec": {"paused": !is_loose}}), words))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::core::v1::PodTemplateSpec;
    use serde_json::{Value, json};

    use super::patch;
    use crate::catalog::Template;
    use crate::template::own_revision;

    fn template(value: &str) -> PodTemplateSpec {
        let environment = json!([{"name": "COLOUR", "value": value}]);
        let container = json!({"name": "app", "image": "shop:1", "env": environment});
        serde_json::from_value(json!({"spec": {"containers": [container]}})).unwrap()
    }

    /// What is done to a Deployment of the template `own`, paused or not, whose pods run `running`, where stable is `wanted`.
    fn done(own: &str, is_paused: bool, running: &[&str], wanted: &str, is_deleted: bool) -> Option<Value> {
        let live: Deployment = serde_json::from_value(json!({
            "metadata": {"name": "shop", "resourceVersion": "7"},
            "spec": {"selector": {}, "paused": is_paused, "template": template(own)},
        }))
        .unwrap();
        let revision = |value: &str| own_revision(&template(value)).revision;
        let known = |value: &str| Template {
            template: Arc::new(template(value)),
            has_pods: running.contains(&value),
        };
        let templates = ["red", "blue"].map(|value| (revision(value), known(value))).into_iter().collect();
        let (wanted, template) = (revision(wanted), template(wanted));
        let (patch, _) = patch(&live, &templates, (&wanted, &template), is_deleted)?;
        assert_eq!(patch["metadata"]["resourceVersion"], "7", "it fails where somebody was faster");
        Some(patch["spec"].clone())
    }

    #[test]
    fn it_is_paused_but_while_stable_changes() {
        let (hold, loose) = (Some(json!({"paused": true})), Some(json!({"paused": false})));
        assert_eq!(done("red", false, &["red"], "red", false), hold, "taken over");
        assert_eq!(done("red", true, &["red"], "red", false), None, "at rest");
        assert_eq!(done("red", true, &[], "red", false), None, "scaled to nothing");
        assert_eq!(done("blue", true, &["red"], "red", false), None, "a release is in progress");
        assert_eq!(done("blue", true, &["red"], "blue", false), loose, "promoted");
        assert_eq!(done("blue", false, &["red", "blue"], "blue", false), None, "on its way");
        assert_eq!(done("blue", false, &["blue"], "blue", false), hold, "and done");
    }

    #[test]
    fn what_was_given_up_on_the_way_goes_again_with_its_template() {
        let back = done("blue", false, &["red", "blue"], "red", false).unwrap();
        assert_eq!(back["paused"], false);
        assert_eq!(back["template"]["$patch"], "replace");
        assert_eq!(back["template"]["spec"], json!(template("red").spec));
    }

    #[test]
    fn who_deletes_the_canary_gets_what_was_promoted_and_nothing_else() {
        assert_eq!(done("red", true, &["red"], "red", true), Some(json!({"paused": false})));
        assert_eq!(done("red", false, &["red"], "red", true), None);
        assert_eq!(done("blue", true, &["red"], "red", true), None, "it stays paused");
        assert!(done("blue", false, &["red", "blue"], "red", true).is_some());
    }
}
