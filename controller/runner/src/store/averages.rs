//! How long stages take on average.

use std::collections::HashMap;

use weir_pipeline::Status;

use super::{Store, StoreError};

/// Runs that are looked at.
const LAST: usize = 10;

/// Seconds of each stage by its id, over the last runs of the pipeline before this one in which it succeeded.
pub(super) fn of(store: &Store, pipeline: &str, before: &str) -> Result<HashMap<String, f64>, StoreError> {
    let ids = store.by_pipeline()?.remove(pipeline).unwrap_or_default();
    let past = ids.iter().take_while(|id| id.as_str() != before).collect::<Vec<_>>();
    let mut sums: HashMap<String, (f64, f64)> = HashMap::new();
    for id in past.into_iter().rev().take(LAST) {
        let Some((_, run)) = store.load(id)? else { continue };
        for stage in &run.stages {
            let end = stage.standing.end().filter(|end| end.status == Status::Succeeded);
            if let Some((began, end)) = stage.began.zip(end) {
                let (seconds, count) = sums.entry(stage.id.clone()).or_default();
                *seconds += end.at.duration_since(began).as_secs_f64();
                *count += 1.0;
            }
        }
    }
    Ok(sums.into_iter().map(|(id, (seconds, count))| (id, seconds / count)).collect())
}
