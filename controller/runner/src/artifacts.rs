//! Images as runs have them: who published or found them, and where they were deployed. Pure: it follows from what is kept of the runs.
//!
//! ```text
//! latest   the one of a run that is meant, and the last run that has one
//! ```

mod latest;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use weir_deploy::images::{is_called, repository};

use crate::view::{RunView, StageView};

pub(crate) use latest::{chosen, latest};

/// An image of a run, known by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// Name without tag and digest: `registry.example/team/api`.
    pub name: String,
    /// What it is: `sha256:..`.
    pub digest: String,
    /// As it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The pipeline.
    pub pipeline: String,
    /// The run.
    pub run: String,
    /// Id of the stage that published or found it.
    pub stage: String,
    /// Whether it was found, and published by somebody else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub found: bool,
    /// When.
    pub at: Timestamp,
    /// Where it was put, the first time first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deployed: Vec<Deployed>,
}

/// That an image was put somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    /// When the stage had succeeded.
    pub at: Timestamp,
    /// The run that did it.
    pub run: String,
    /// Id of its stage.
    pub stage: String,
    /// Where to: all namespaces of what the stage applied.
    pub namespaces: BTreeSet<String>,
}

impl Artifact {
    /// By its digest: what is pulled by it is this image and no other one.
    #[must_use]
    pub fn image(&self) -> String {
        format!("{}@{}", self.name, self.digest)
    }

    /// Whether somebody may mean it by this name, which may be the last part of it alone.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        is_called(&self.name, name)
    }

    /// Whether a reference in a manifest is this image: by the digest, or where it has none by its name and tag.
    fn is_meant_by(&self, reference: &str) -> bool {
        match reference.split_once('@') {
            Some((name, digest)) => digest == self.digest && repository(name) == self.name,
            None => self.tag.as_ref().is_some_and(|tag| reference == format!("{}:{tag}", self.name)),
        }
    }
}

/// The images of one run, in the order of its stages.
#[must_use]
pub fn of_run(run: &RunView) -> Vec<Artifact> {
    let mut commit = run.trigger.get("commit").and_then(Value::as_str).map(str::to_owned);
    let mut all = Vec::new();
    for stage in &run.stages {
        commit = text(stage, "commit").or(commit);
        let (Some(at), true) = (stage.ended, stage.status.lets_on()) else { continue };
        let Some((name, digest)) = named(stage) else { continue };
        all.push(Artifact {
            name,
            digest,
            tag: text(stage, "tag"),
            commit: commit.clone(),
            pipeline: run.pipeline.clone(),
            run: run.id.clone(),
            stage: stage.id.clone(),
            found: stage.kind != "image",
            at,
            deployed: Vec::new(),
        });
    }
    all
}

/// The images of all these runs, the newest first, with where they were deployed by any of them.
#[must_use]
pub fn of_runs(runs: &[RunView]) -> Vec<Artifact> {
    let mut all: Vec<Artifact> = runs.iter().flat_map(of_run).collect();
    for run in runs {
        for stage in run.stages.iter().filter(|stage| stage.status.lets_on()) {
            for reference in references(stage) {
                for artifact in all.iter_mut().filter(|artifact| artifact.is_meant_by(&reference)) {
                    artifact.deployed.extend(deployed(run, stage));
                }
            }
        }
    }
    for artifact in &mut all {
        artifact.deployed.sort();
        artifact.deployed.dedup();
    }
    all.sort_by(|one, other| (other.at, &other.run).cmp(&(one.at, &one.run)));
    all
}

fn text(stage: &StageView, key: &str) -> Option<String> {
    stage.outputs.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// What a stage published or found, where that has a digest.
fn named(stage: &StageView) -> Option<(String, String)> {
    let image = text(stage, "image");
    match stage.kind.as_str() {
        "image" => Some((image?, text(stage, "digest")?)),
        "findImage" | "findArtifact" => {
            let image = image?;
            let (name, digest) = image.split_once('@')?;
            Some((repository(name).to_owned(), digest.to_owned()))
        }
        _ => None,
    }
}

/// The images that a stage has put somewhere.
fn references(stage: &StageView) -> Vec<String> {
    let images = stage.outputs.get("images").and_then(Value::as_object);
    match stage.kind.as_str() {
        "deploy" => images
            .into_iter()
            .flat_map(|all| all.values())
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        "release" => text(stage, "image").into_iter().collect(),
        _ => Vec::new(),
    }
}

fn deployed(run: &RunView, stage: &StageView) -> Option<Deployed> {
    // `Deployment production/api`, as stages say it.
    let objects = stage.outputs.get("objects").and_then(Value::as_array).into_iter().flatten();
    let namespace = |object: &Value| Some(object.as_str()?.split_once(' ')?.1.split_once('/')?.0.to_owned());
    let namespaces = objects.filter_map(namespace).collect();
    Some(Deployed { at: stage.ended?, run: run.id.clone(), stage: stage.id.clone(), namespaces })
}

#[cfg(test)]
mod tests;
