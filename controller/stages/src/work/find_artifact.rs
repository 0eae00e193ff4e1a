//! An image that another pipeline has published, or found.

use serde::Deserialize;

use super::finding::Finding;
use super::given;

/// The image of a run of another pipeline, by its digest: `image`, `digest`, `tag`, `commit`, and the `run` that it is of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindArtifact {
    /// Name of the pipeline.
    pub pipeline: String,
    /// Name of the image, or the last part of it. Default: the only one that the run has.
    #[serde(default, deserialize_with = "given")]
    pub artifact: Option<String>,
    /// Id of the run. Default: the last one that succeeded.
    #[serde(default, deserialize_with = "given")]
    pub run: Option<String>,
}

impl FindArtifact {
    pub(super) fn check(&self) -> Vec<Finding> {
        let is_empty = self.pipeline.is_empty();
        is_empty.then(|| Finding::new("pipeline", "it is empty", "name the pipeline")).into_iter().collect()
    }
}
