//! Objects of a cluster, applied: manifests of the workspace or of the stage itself; and a release by a Canary.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use weir_deploy::Named;
use weir_pipeline::span::Span;

use super::evaluate::taken;
use super::finding::Finding;
use super::given;
use super::step::is_glob;

/// Objects to be applied, and to be waited for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Deploy {
    /// Globs of files in the workspace with manifests, in YAML or JSON: `deploy/**/*.yaml`.
    pub manifests: Vec<String>,
    /// Manifests that stand here.
    pub objects: Vec<Value>,
    /// Namespace of objects that name none. Default: `default`.
    #[serde(deserialize_with = "given")]
    pub namespace: Option<String>,
    /// Images in the place of those with the same name, whatever their tag: `api: ${ imageUrl }`.
    pub images: BTreeMap<String, String>,
    /// What becomes of an image that is named by its tag although the run knows a digest of it, where nothing was bound.
    pub tags: Tags,
    /// What expressions in the files see beside the run, by name: how one environment differs from another.
    pub values: BTreeMap<String, Value>,
    /// Whether expressions in the files are evaluated. Default: yes.
    pub expressions: bool,
    /// Whether fields that somebody else manages are taken over; else the stage fails and says who manages which. Default: no.
    pub force: bool,
    /// Whether objects that this stage applied in an earlier run, and that it has no longer, are removed.
    pub prune: bool,
    /// How long it may take until all objects are stable. Default: ten minutes.
    pub within: Span,
}

impl Default for Deploy {
    fn default() -> Self {
        Self {
            manifests: Vec::new(),
            objects: Vec::new(),
            namespace: None,
            images: BTreeMap::new(),
            tags: Tags::default(),
            values: BTreeMap::new(),
            expressions: true,
            force: false,
            prune: false,
            within: Span::minutes(10),
        }
    }
}

/// What becomes of an image that is named by its tag although the run knows a digest of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tags {
    /// The stage fails before anything is applied: the tag may be another image than the one that was built or found.
    #[default]
    Refuse,
    /// It is applied as it is written.
    Allow,
}

/// A release to production: by a Canary, which owns baseline, weights, judge, promotion and clean-up. Where nothing runs yet there is
/// nothing to compare with: the first version is deployed as it is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    /// Name of the Canary.
    pub canary: String,
    /// Its namespace. Default: `deploy.namespace`, or `default`.
    #[serde(default, deserialize_with = "given")]
    pub namespace: Option<String>,
    /// Image that is released.
    pub image: String,
    /// What becomes of it where it is named by its tag although the run knows a digest of it.
    #[serde(default)]
    pub tags: Tags,
    /// Name of the release in reports. Default: the run.
    #[serde(default, deserialize_with = "given")]
    pub name: Option<String>,
    /// What is applied before; its Deployment keeps the image that production runs until the promotion. Default: everything is there.
    #[serde(default)]
    pub deploy: Option<Deploy>,
}

impl Deploy {
    pub(super) fn check(&self) -> Vec<Finding> {
        self.check_in("")
    }

    fn check_in(&self, place: &str) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        if self.manifests.is_empty() && self.objects.is_empty() {
            let mend = "give `manifests`, globs of files in the workspace, or `objects`";
            found.push(Finding::new(place.trim_end_matches('.'), "there is nothing to apply", mend));
        }
        let globs = self.manifests.iter().enumerate();
        found.extend(globs.filter_map(|(index, glob)| is_glob(format!("{place}manifests[{index}]"), glob)));
        for (index, object) in self.objects.iter().enumerate() {
            let wrong = Named::of(object).err();
            found.extend(wrong.map(|wrong| {
                Finding::new(format!("{place}objects[{index}]"), wrong.to_string(), "give a whole manifest")
                    .about(&["apiVersion", "kind", "metadata"])
            }));
        }
        let taken = self.values.keys().filter_map(|name| Some((name, taken(name)?)));
        found.extend(
            taken.map(|(name, (what, mend))| Finding::new(format!("{place}values.{name}"), what, mend)),
        );
        if self.within == Span::default() {
            found.push(Finding::new(
                format!("{place}within"),
                "nothing is stable at once",
                "give 1m or more",
            ));
        }
        found
    }
}

impl Release {
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut found = self.deploy.as_ref().map(|deploy| deploy.check_in("deploy.")).unwrap_or_default();
        for (field, text) in [("canary", &self.canary), ("image", &self.image)] {
            if text.trim().is_empty() {
                found.push(Finding::new(field, "it is empty", "name it"));
            }
        }
        found
    }
}
