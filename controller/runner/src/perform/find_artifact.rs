//! An image of another pipeline's run.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use weir_pipeline::event::Fault;
use weir_stages::work::FindArtifact;

use super::{Ended, Job, Outputs};
use crate::artifacts::{self, Artifact};
use crate::attempt::Attempt;
use crate::store::split;
use crate::view::RunView;

impl Job {
    /// Looks once: whoever does the attempt again has the same answer, however many runs have succeeded since.
    pub(super) fn find_artifact(&self, attempt: &Attempt, find: &FindArtifact) -> Result<Ended, Fault> {
        let found = if let Some(found) = attempt.answer::<Artifact>().map_err(Fault::infrastructure)? {
            found
        } else {
            let found = self.found(find)?;
            attempt.write_answer(&found).map_err(Fault::infrastructure)?;
            found
        };
        attempt.note(&format!("{} of run {}", found.image(), found.run)).map_err(Fault::infrastructure)?;
        let outputs = [
            ("image", json!(found.image())),
            ("digest", json!(found.digest)),
            ("tag", json!(found.tag)),
            ("commit", json!(found.commit)),
            ("run", json!(found.run)),
        ];
        let given = outputs.into_iter().filter(|(_, value)| *value != Value::Null);
        Ok(Ended::Well(given.map(|(key, value)| (key.to_owned(), value)).collect::<Outputs>()))
    }

    /// Of the run that is named, or of the last one that has succeeded and has such an image: one of another branch may have published none.
    fn found(&self, find: &FindArtifact) -> Result<Artifact, Fault> {
        let (store, pipeline) = (&self.shared.store, &find.pipeline);
        let view = |id: &str| store.view(id).map_err(Fault::infrastructure);
        if let Some(id) = &find.run {
            let is_its = split(id).is_some_and(|(name, _)| name == pipeline);
            let run = if is_its { view(id)? } else { None };
            let none = || Fault::work(format!("pipeline {pipeline:?} has no run {id:?} that is kept"));
            return chosen(&run.ok_or_else(none)?, find)?.map_err(Fault::work);
        }
        let ids = store.by_pipeline().map_err(Fault::infrastructure)?.remove(pipeline).unwrap_or_default();
        for id in ids.iter().rev() {
            if let Some(run) = view(id)?.filter(|run| run.status.is_success())
                && let Ok(found) = chosen(&run, find)?
            {
                return Ok(found);
            }
        }
        let called = find.artifact.as_ref().map(|name| format!(" called {name:?}")).unwrap_or_default();
        Err(Fault::work(format!(
            "none of the {} runs of pipeline {pipeline:?} that are kept has succeeded with an image{called}",
            ids.len()
        )))
    }
}

/// The image of a run that is meant, or why it has none; of several that are called so the last one, which is what the run ended with.
///
/// # Errors
/// Nobody can tell which one is meant.
fn chosen(run: &RunView, find: &FindArtifact) -> Result<Result<Artifact, String>, Fault> {
    let mut all = artifacts::of_run(run);
    let names: BTreeSet<String> = all.iter().map(|one| one.name.clone()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let (id, known) = (&run.id, names.join(", "));
    match &find.artifact {
        Some(name) => all.retain(|one| one.is_called(name)),
        None if names.len() > 1 => {
            return Err(Fault::work(format!(
                "run {id} has several images, say which as `artifact`: {known}"
            )));
        }
        None => {}
    }
    Ok(all.pop().ok_or_else(|| match &find.artifact {
        Some(name) if !known.is_empty() => format!("run {id} has no image {name:?}: it has {known}"),
        Some(_) | None => format!("run {id} has published and found no image with a digest"),
    }))
}
