//! The image of a run that somebody means by a name, and the last run of a pipeline that has one.

use std::collections::BTreeSet;

use weir_pipeline::event::Fault;

use super::{Artifact, of_run};
use crate::store::Store;
use crate::view::RunView;

/// Of the last run of a pipeline that has succeeded and has such an image, or why there is none: a run of another branch may have published none.
///
/// # Errors
/// Runs cannot be read, or nobody can tell which image is meant.
pub(crate) fn latest(
    store: &Store,
    pipeline: &str,
    name: Option<&str>,
) -> Result<Result<Artifact, String>, Fault> {
    let ids = store.by_pipeline().map_err(Fault::infrastructure)?.remove(pipeline).unwrap_or_default();
    for id in ids.iter().rev() {
        let run = store.view(id).map_err(Fault::infrastructure)?;
        if let Some(run) = run.filter(|run| run.status.is_success())
            && let Ok(found) = chosen(&run, name)?
        {
            return Ok(Ok(found));
        }
    }
    let called = name.map(|name| format!(" called {name:?}")).unwrap_or_default();
    Ok(Err(format!(
        "none of the {} runs of pipeline {pipeline:?} that are kept has succeeded with an image{called}",
        ids.len()
    )))
}

/// The image of a run that is meant, or why it has none; of several that are called so the last one, which is what the run ended with.
///
/// # Errors
/// Nobody can tell which one is meant.
pub(crate) fn chosen(run: &RunView, name: Option<&str>) -> Result<Result<Artifact, String>, Fault> {
    let mut all = of_run(run);
    let names: BTreeSet<String> = all.iter().map(|one| one.name.clone()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let (id, known) = (&run.id, names.join(", "));
    match name {
        Some(name) => all.retain(|one| one.is_called(name)),
        None if names.len() > 1 => {
            return Err(Fault::work(format!(
                "run {id} has several images, say which as `artifact`: {known}"
            )));
        }
        None => {}
    }
    Ok(all.pop().ok_or_else(|| match name {
        Some(name) if !known.is_empty() => format!("run {id} has no image {name:?}: it has {known}"),
        Some(_) | None => format!("run {id} has published and found no image with a digest"),
    }))
}
