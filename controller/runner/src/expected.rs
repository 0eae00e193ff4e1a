//! Images that a run counts on, found in the look in which it begins: they are stored with its begin, so whoever goes on with the run, or restarts it, has the same.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use weir_deploy::images::{is_called, repository};
use weir_pipeline::event::{Ask, Command, Event, Fault};
use weir_pipeline::graph::Graph;
use weir_pipeline::{Refusal, Run, Status, Transition, advance};
use weir_stages::Expected;
use weir_stages::expected::Origin;

use crate::artifacts::{Artifact, chosen, latest};
use crate::store::{About, Store};

/// An image that was found. What nobody knows is null, and not left out: expressions may ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    /// By its digest.
    image: String,
    digest: String,
    tag: Option<String>,
    /// That published it.
    run: Option<String>,
    /// That it was made of.
    commit: Option<String>,
    /// Where it was found, as it is written.
    from: String,
}

/// The look with what has to be there before the first stage, where the run begins in it and nobody has found that before.
pub(crate) fn with_artifacts(
    store: &Store,
    about: &About,
    graph: &Graph,
    before: &Run,
    mut look: Transition,
) -> Transition {
    let expected = &about.definition.artifacts;
    if expected.is_empty() || !look.run.artifacts.is_empty() || look.run.status != Status::Running {
        return look;
    }
    let what = match find(store, about, &before.id, expected) {
        Ok(artifacts) => {
            look.run.artifacts = artifacts;
            return look;
        }
        Err(what) => what,
    };
    if before.status != Status::NotStarted {
        // It failed for that before: it stays as it was, and whoever wanted it again hears why.
        return Transition { run: before.clone(), actions: Vec::new(), refused: vec![Refusal::Lacks(what)] };
    }
    let lacks = Command { by: "the runner".to_owned(), life: before.life, ask: Ask::Lacks { what } };
    let now = look.run.began.unwrap_or(before.created);
    advance(graph, before, &[Event::Command(lacks)], &[], now)
}

/// All of them by their names, or what is missing, with what was tried and what each said.
fn find(store: &Store, about: &About, run: &str, written: &[Value]) -> Result<Map<String, Value>, String> {
    let (mut found, mut missing) = (Map::new(), Vec::new());
    for written in written {
        let expected = Expected::new(written).map_err(|problem| problem.to_string())?;
        match (Search { store, about, run, expected: &expected }).found() {
            Ok(one) => _ = found.insert(expected.name.clone(), json!(one)),
            Err(why) => missing.push(why),
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(missing.join("; ")) }
}

/// Looks for one of them.
struct Search<'s> {
    store: &'s Store,
    about: &'s About,
    /// Id of the run.
    run: &'s str,
    expected: &'s Expected,
}

impl Search<'_> {
    fn found(&self) -> Result<Found, String> {
        let Expected { name, image, from } = self.expected;
        let mut tried = Vec::new();
        for origin in from {
            let (from, found) = match origin {
                Origin::Trigger => ("trigger".to_owned(), self.of_trigger()),
                Origin::Prior => ("prior".to_owned(), self.of_prior()),
                Origin::Pipeline(pipeline) => (
                    format!("pipeline {pipeline}"),
                    latest(self.store, pipeline, Some(image)).map(|found| found.map(Found::from)),
                ),
                Origin::Default(reference) => {
                    let found = Found::new(reference).ok_or_else(|| format!("{reference:?} has no digest"));
                    ("default".to_owned(), Ok(found))
                }
            };
            match found {
                Ok(Ok(found)) => return Ok(Found { from, ..found }),
                Ok(Err(why)) => tried.push(format!("{from}: {why}")),
                // One that cannot be looked at may have it: another image in its place is nothing that anybody asked for.
                Err(fault) => {
                    return Err(format!("artifact {name:?}: {from} cannot be looked at: {}", fault.message));
                }
            }
        }
        let tried = tried.join(", ");
        let mend = "start the run with it, or name another source in `from`";
        Err(format!("artifact {name:?} ({image}) is nowhere to be found ({tried}): {mend}"))
    }

    /// The image that started the run, or the one of the run that did.
    fn of_trigger(&self) -> Result<Result<Found, String>, Fault> {
        let (trigger, wanted) = (&self.about.trigger, &self.expected.image);
        let text = |key: &str| trigger.get(key).and_then(Value::as_str).map(str::to_owned);
        let parent = trigger.pointer("/parentExecution/id").and_then(Value::as_str);
        match (text("image"), parent) {
            (Some(image), _) if !is_called(repository(&image), wanted) => Ok(Err(format!("it has {image}"))),
            (Some(image), _) => Ok(Found::new(&image)
                .map(|found| Found {
                    tag: found.tag.or_else(|| text("tag")),
                    commit: text("commit"),
                    ..found
                })
                .ok_or_else(|| {
                    format!("it has {image}, which may be another image by now: it has no digest")
                })),
            (None, Some(parent)) => match self.store.view(parent).map_err(Fault::infrastructure)? {
                Some(run) => Ok(chosen(&run, Some(wanted))?.map(Found::from)),
                None => Ok(Err(format!("run {parent}, which started it, is not kept any more"))),
            },
            (None, None) => Ok(Err("it has no image".to_owned())),
        }
    }

    /// What the last run of this pipeline that succeeded used for it.
    fn of_prior(&self) -> Result<Result<Found, String>, Fault> {
        let (pipeline, Expected { name, image, from: _ }) = (&self.about.pipeline, self.expected);
        let all = self.store.by_pipeline().map_err(Fault::infrastructure)?.remove(pipeline);
        let earlier: Vec<String> = all.unwrap_or_default().into_iter().filter(|id| id != self.run).collect();
        for id in earlier.iter().rev() {
            let run = self.store.load(id).map_err(Fault::infrastructure)?.map(|(_, run)| run);
            let used =
                run.filter(|run| run.status.is_success()).and_then(|mut run| run.artifacts.remove(name));
            let used =
                used.map(serde_json::from_value::<Found>).transpose().map_err(Fault::infrastructure)?;
            // The name may have been another image's then.
            if let Some(found) = used.filter(|found| is_called(repository(&found.image), image)) {
                return Ok(Ok(found));
            }
        }
        let count = earlier.len();
        Ok(Err(format!("none of the {count} earlier runs that are kept has succeeded with one")))
    }
}

impl Found {
    /// Of a reference with a digest.
    fn new(reference: &str) -> Option<Self> {
        let (tagged, digest) = reference.split_once('@')?;
        let name = repository(reference);
        let tag = tagged.strip_prefix(name).and_then(|rest| rest.strip_prefix(':'));
        Some(Self {
            image: format!("{name}@{digest}"),
            digest: digest.to_owned(),
            tag: tag.map(str::to_owned),
            run: None,
            commit: None,
            from: String::new(),
        })
    }
}

impl From<Artifact> for Found {
    fn from(artifact: Artifact) -> Self {
        let image = artifact.image();
        let Artifact { digest, tag, commit, run, .. } = artifact;
        Self { image, digest, tag, run: Some(run), commit, from: String::new() }
    }
}
