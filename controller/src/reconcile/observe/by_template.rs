//! What is wanted and what stable runs, where a release is another pod template of the Deployment. Pure.
//!
//! The Deployment is paused, so its template is what its user wants, and its pods run what stable is.

use k8s_openapi::api::core::v1::PodTemplateSpec;
use weir_api::canary::Release;
use weir_api::status::Revision;
use weir_rollout::state::{Stable, State};
use weir_rollout::{Manifest, Wanted};

use crate::catalog::Templates;
use crate::reconcile::subject::Subject;
use crate::template::own_revision;

/// What stable runs where nothing was ever released: what pods run, and of several that which the Deployment is on its way to.
pub(super) fn first_stable(subject: &Subject, templates: &Templates) -> Stable {
    let own = own_revision(&subject.template);
    let mut running = templates.iter().filter(|(_, known)| known.has_pods);
    let is_on_its_way = templates.get(&own.revision).is_some_and(|known| known.has_pods);
    let other = running.next().filter(|_| !is_on_its_way);
    let revision = other.map_or(own, |(_, known)| own_revision(&known.template));
    Stable { manifest_image: revision.image.clone(), revision, before: None }
}

/// The template, unless stable runs it; then the last release stays the one that was wanted.
pub(super) fn wanted(template: &PodTemplateSpec, state: &State) -> Option<Wanted> {
    let own = own_revision(template);
    if own != state.stable.revision {
        return Some(Wanted { name: name(&own), revision: own });
    }
    let last = state.release().filter(|_| !state.stage.phase().is_going_on())?;
    Some(Wanted { name: last.name.clone(), revision: last.revision.clone() })
}

/// Templates of one image are told apart by their revision.
fn name(revision: &Revision) -> String {
    let release = Release { name: None, image: revision.image.clone() };
    format!("{}-{}", release.display_name(), revision.revision)
}

/// Nothing is changed around the Canary: whatever is written there is a release.
pub(super) fn manifest(state: &State) -> Manifest {
    Manifest {
        image: state.stable.manifest_image.clone(),
        with_stable_image: state.stable.revision.clone(),
        as_written: state.stable.revision.clone(),
    }
}
