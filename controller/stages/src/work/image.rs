//! A container image, built without a daemon and published.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::step::stays_inside;

/// Builds an image and publishes it as `repository:tag`. Its outputs are `image`, `tag` and `digest`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    /// Registry and name: `registry.example.com/shop/api`.
    pub repository: String,
    /// Default: the commit of the trigger, which never means two images.
    #[serde(default)]
    pub tag: Option<String>,
    /// Folder of the workspace that the build sees. Default: the workspace.
    #[serde(default = "here")]
    pub context: String,
    /// Of the workspace. Default: `Dockerfile` of the context.
    #[serde(default)]
    pub dockerfile: Option<String>,
    /// For the build, by their names.
    #[serde(default)]
    pub build_args: BTreeMap<String, Value>,
    /// Stage of the Dockerfile. Default: the last one.
    #[serde(default)]
    pub target: Option<String>,
    /// Secret of the registry with `.dockerconfigjson` (Kubernetes' type `dockerconfigjson`), or with `username` and `password`.
    #[serde(default)]
    pub secret: Option<String>,
    /// Whether the registry is spoken to without TLS.
    #[serde(default)]
    pub insecure: bool,
    /// What is run once it is published.
    #[serde(default)]
    pub hooks: Hooks,
}

/// Lines of `sh -e` with `IMAGE` and `DIGEST` in their environment, after the image is published.
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
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let at = |field: &str| field.to_owned();
        if let Some(bad) =
            self.repository.chars().find(|c| c.is_whitespace() || c.is_uppercase() || *c == '@')
        {
            let why = format!(
                "{bad:?} cannot stand in a repository: give registry/name, in lower case, and no tag"
            );
            return Err((at("repository"), why));
        }
        let last = self.repository.rsplit('/').next().unwrap_or_default();
        if self.repository.contains('/') && last.contains(':') {
            return Err((at("repository"), format!("{last:?} has a tag: give it as `tag`")));
        }
        if self.tag.as_ref().is_some_and(|tag| !is_tag(tag)) {
            let why = "a tag is made of up to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two";
            return Err((at("tag"), why.to_owned()));
        }
        stays_inside(&self.context).map_err(|why| (at("context"), why))?;
        self.dockerfile.iter().try_for_each(|path| stays_inside(path)).map_err(|why| (at("dockerfile"), why))
    }
}

/// As the specification of OCI's distribution has it.
fn is_tag(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.starts_with(letter) && text.chars().all(|c| letter(c) || matches!(c, '.' | '-'))
}
