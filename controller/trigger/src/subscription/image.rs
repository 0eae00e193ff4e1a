//! Tags of an image.

use semver::{Version, VersionReq};

use super::Declined;
use crate::definition;
use crate::glob::Globs;
use crate::validate::{self, Checks};

#[derive(Clone, Debug)]
pub(super) struct Image {
    repository: String,
    tags: Globs,
    range: Option<VersionReq>,
}

impl Image {
    pub(super) fn new(written: &definition::Image, checks: &mut Checks) -> Option<Self> {
        validate::image(written, checks);
        let tags = checks.globs("tags", &written.tags);
        let range = written.range.as_deref().map(VersionReq::parse).transpose();
        if let Err(error) = &range {
            let text = written.range.as_deref().unwrap_or_default();
            checks.problem(
                "range",
                format!("{text:?} is no range of versions ({error})"),
                "write it as `>=1.2, <2` or `^1.2`",
            );
        }
        Some(Self { repository: written.repository.clone(), tags: tags?, range: range.ok()? })
    }

    pub(super) fn wants(&self, repository: &str, tag: &str) -> Result<(), Declined> {
        if repository != self.repository {
            return Err(Declined::Elsewhere);
        }
        if self.has(tag) { Ok(()) } else { Err(Declined::Name(tag.to_owned())) }
    }

    /// `latest` only where somebody asks for it: it moves with each release, and says nothing of what it is.
    pub(super) fn has(&self, tag: &str) -> bool {
        let of_range = self.range.as_ref().map(|range| {
            Version::parse(tag.strip_prefix('v').unwrap_or(tag)).is_ok_and(|version| range.matches(&version))
        });
        self.tags.has(tag) && of_range.unwrap_or(!self.tags.is_any() || tag != "latest")
    }
}
