//! An image of another pipeline's run.

use serde_json::{Value, json};
use weir_pipeline::event::Fault;
use weir_stages::work::FindArtifact;

use super::{Ended, Job, Outputs};
use crate::artifacts::{Artifact, chosen, latest};
use crate::attempt::Attempt;
use crate::store::split;

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

    /// Of the run that is named, or of the last one that has succeeded and has such an image.
    fn found(&self, find: &FindArtifact) -> Result<Artifact, Fault> {
        let (store, pipeline) = (&self.shared.store, &find.pipeline);
        if let Some(id) = &find.run {
            let is_its = split(id).is_some_and(|(name, _)| name == pipeline);
            let run = if is_its { store.view(id).map_err(Fault::infrastructure)? } else { None };
            let none = || Fault::work(format!("pipeline {pipeline:?} has no run {id:?} that is kept"));
            return chosen(&run.ok_or_else(none)?, find.artifact.as_deref())?.map_err(Fault::work);
        }
        latest(store, pipeline, find.artifact.as_deref())?.map_err(Fault::work)
    }
}
