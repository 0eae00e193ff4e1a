//! Pod templates: which image they run, and what they are called. Pure.

use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};
use weir_api::status::Revision;
use weir_deploy::images::repository;
use weir_directory::fnv1a;

/// The image that a release of this template replaces: that of the container which runs the same repository as `like`, else of the first one.
#[must_use]
pub fn image<'t>(template: &'t PodTemplateSpec, like: Option<&str>) -> Option<&'t str> {
    let containers = &template.spec.as_ref()?.containers;
    containers.get(position(containers, like)).and_then(|container| container.image.as_deref())
}

/// The template with another image.
pub(crate) fn with_image(template: &PodTemplateSpec, image: &str) -> PodTemplateSpec {
    let mut template = template.clone();
    if let Some(spec) = template.spec.as_mut() {
        let index = position(&spec.containers, Some(image));
        if let Some(container) = spec.containers.get_mut(index) {
            container.image = Some(image.to_owned());
        }
    }
    template
}

/// The template's short, stable name with an image: equal templates have equal names, in every process and release of Weir.
#[must_use]
pub fn revision(template: &PodTemplateSpec, image: &str) -> Revision {
    let text = serde_json::to_string(&with_image(template, image)).unwrap_or_default();
    Revision {
        image: image.to_owned(),
        revision: format!("{:010x}", fnv1a(text.as_bytes()) & 0xff_ffff_ffff),
    }
}

/// The same with the template's own images.
pub(crate) fn own_revision(template: &PodTemplateSpec) -> Revision {
    revision(template, image(template, None).unwrap_or_default())
}

fn position(containers: &[Container], like: Option<&str>) -> usize {
    let same = |container: &Container| match (container.image.as_deref(), like) {
        (Some(has), Some(like)) => repository(has) == repository(like),
        (None, _) | (_, None) => false,
    };
    containers.iter().position(same).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{image, revision, with_image};
    use k8s_openapi::api::core::v1::PodTemplateSpec;

    fn template() -> PodTemplateSpec {
        let json = r#"{"spec": {"containers": [{"name": "log", "image": "log:1"}, {"name": "app", "image": "r:5000/shop/api:v1"}]}}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_release_replaces_the_image_of_its_own_repository() {
        let next = with_image(&template(), "r:5000/shop/api:v2");
        assert_eq!(image(&next, Some("r:5000/shop/api@sha256:00")), Some("r:5000/shop/api:v2"));
        assert_eq!(image(&next, None), Some("log:1"));
        assert_eq!(
            image(&with_image(&template(), "other:3"), None),
            Some("other:3"),
            "else the first container's"
        );
    }

    #[test]
    fn a_revision_is_the_same_for_equal_templates_only() {
        let one = revision(&template(), "r:5000/shop/api:v2");
        assert_eq!(one, revision(&with_image(&template(), "r:5000/shop/api:v7"), "r:5000/shop/api:v2"));
        assert_ne!(one.revision, revision(&template(), "r:5000/shop/api:v3").revision);
        assert_eq!(one.revision.len(), 10);
    }
}
