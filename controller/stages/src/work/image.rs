//! A container image, built without a daemon and published.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use weir_deploy::images::is_tag;

use super::finding::Finding;
use super::step::stays_inside;
use super::{environment, given};

/// Builds an image and publishes it as `repository:tag`. Its outputs are `image`, `tag` and `digest`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    /// Registry and name: `registry.example.com/shop/api`.
    pub repository: String,
    /// Default: the commit of the trigger, which never means two images.
    #[serde(default, deserialize_with = "given")]
    pub tag: Option<String>,
    /// Folder of the workspace that the build sees. Default: the workspace.
    #[serde(default = "here")]
    pub context: String,
    /// Of the workspace. Default: `Dockerfile` of the context.
    #[serde(default, deserialize_with = "given")]
    pub dockerfile: Option<String>,
    /// For the build, by their names.
    #[serde(default)]
    pub build_args: BTreeMap<String, Value>,
    /// Stage of the Dockerfile. Default: the last one.
    #[serde(default, deserialize_with = "given")]
    pub target: Option<String>,
    /// Secret of the registry with `.dockerconfigjson` (Kubernetes' type `dockerconfigjson`), or with `username` and `password`.
    #[serde(default, deserialize_with = "given")]
    pub secret: Option<String>,
    /// Whether the registry is spoken to without TLS.
    #[serde(default)]
    pub insecure: bool,
    /// What is run once it is published.
    #[serde(default)]
    pub hooks: Hooks,
}

/// Lines of `sh -e` with `IMAGE` and `DIGEST` in their environment, after the image is published. What they write to `$WEIR_OUTPUT` are outputs of the stage. One that
/// fails fails the stage, and the next one is not run: no image is signed whose bill of materials nobody has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Hooks {
    /// A bill of materials.
    pub sbom: Option<String>,
    /// A signature.
    pub sign: Option<String>,
}

fn here() -> String {
    ".".to_owned()
}

impl Image {
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let wrong = |c: char| c.is_whitespace() || c.is_uppercase() || c == '@';
        if let Some(bad) = self.repository.chars().find(|c| wrong(*c)) {
            let mend = "give registry/name, in lower case";
            found.push(Finding::new("repository", format!("{bad:?} cannot stand in it"), mend));
        } else if self.repository.split('/').any(str::is_empty) {
            let what = format!("a part of {:?} is empty", self.repository);
            found.push(Finding::new("repository", what, "give registry/name"));
        }
        let last = self.repository.rsplit('/').next().unwrap_or_default();
        if self.repository.contains('/') && last.contains(':') {
            found.push(Finding::new("repository", format!("{last:?} has a tag"), "give it as `tag`"));
        }
        if let Some(tag) = self.tag.as_ref().filter(|tag| !is_tag(tag)) {
            let mend = "give up to 128 letters, digits, `_`, `.` and `-`, and none of the last two first";
            found.push(Finding::new("tag", format!("{tag:?} is no tag"), mend));
        }
        found.extend(stays_inside("context", &self.context));
        found.extend(self.dockerfile.iter().filter_map(|path| stays_inside("dockerfile", path)));
        found.extend(environment::check("buildArgs", &self.build_args));
        found
    }
}
