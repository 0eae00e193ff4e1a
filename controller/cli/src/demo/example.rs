//! The sample service's manifests, carried in the program so that the demo runs from anywhere.

use std::path::Path;

use anyhow::{Context, Result};

use crate::args::Sample;

/// Namespace and name of the sample's Canary.
pub(super) const CANARY: &str = "production/featureflag";
/// Host that the sample's Ingress serves.
pub(super) const HOST: &str = "gateway.localhost";
/// Path that the sample's Ingress serves.
pub(super) const PATH: &str = "/featureflag";

/// File name and text of every manifest but the Canary's.
const MANIFESTS: [(&str, &str); 6] = [
    ("deployment.yaml", include_str!("../../../../manifests/examples/featureflag/deployment.yaml")),
    ("service.yaml", include_str!("../../../../manifests/examples/featureflag/service.yaml")),
    ("ingress.yaml", include_str!("../../../../manifests/examples/featureflag/ingress.yaml")),
    ("autoscaler.yaml", include_str!("../../../../manifests/examples/featureflag/autoscaler.yaml")),
    ("monitor.yaml", include_str!("../../../../manifests/examples/featureflag/monitor.yaml")),
    ("local-images.yaml", include_str!("../../../../manifests/examples/featureflag/local-images.yaml")),
];

/// The Canary; it ends inside `spec`, so that a release can be appended.
const CANARY_MANIFEST: &str = include_str!("../../../../manifests/examples/featureflag/canary.yaml");

impl Sample {
    /// Every release, in the order in which the demo plays them.
    pub(super) const ALL: [Self; 3] = [Self::Good, Self::Slow, Self::Failing];

    /// Name of the release, which is its image's tag.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Good => "v2-good",
            Self::Slow => "v3-slow-tail",
            Self::Failing => "v4-failing",
        }
    }

    /// Whether it ought to end in production.
    pub(super) fn is_sound(self) -> bool {
        self == Self::Good
    }
}

/// Writes the manifests to `folder`, with nothing to release.
pub(super) fn write(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in MANIFESTS {
        write_whole(&folder.join(name), text)?;
    }
    write_whole(&folder.join("canary.yaml"), CANARY_MANIFEST)
}

/// Asks for `sample` to be released, as a user's `kubectl apply` would.
pub(super) fn release(folder: &Path, sample: Sample) -> Result<()> {
    let manifest = format!("{CANARY_MANIFEST}  release:\n    image: featureflag:{}\n", sample.name());
    write_whole(&folder.join("canary.yaml"), &manifest)
}

/// Replaces a file in one step, so that no reader sees half of it.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let part = path.with_extension("part");
    std::fs::write(&part, text).with_context(|| format!("cannot write {}", part.display()))?;
    std::fs::rename(&part, path).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use weir_api::manifest::parse;

    use super::{CANARY_MANIFEST, MANIFESTS, Sample};

    #[test]
    fn every_manifest_is_accepted_without_a_remark() {
        for (name, text) in MANIFESTS.into_iter().chain([("canary.yaml", CANARY_MANIFEST)]) {
            assert_eq!(parse(name, text).problems, [], "{name}");
        }
    }

    #[test]
    fn a_release_can_be_appended_to_the_canary() {
        for sample in Sample::ALL {
            let text = format!("{CANARY_MANIFEST}  release:\n    image: featureflag:{}\n", sample.name());
            assert_eq!(parse("canary.yaml", &text).problems, []);
        }
    }
}
