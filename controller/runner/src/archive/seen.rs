//! Runs of an archive as others see them, also those that are nowhere else any more.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;
use weir_archive::Name;
use weir_pipeline::{Key, Run};

use super::{Archive, ArchiveError, name};
use crate::store::{About, MOST};
use crate::view::RunView;

/// Runs that are read at once.
const AT_ONCE: usize = 8;

impl Archive {
    /// A run; `None` where there is none.
    ///
    /// # Errors
    /// The archive cannot be reached, or what is in it cannot be read.
    pub async fn view(&self, run: &str) -> Result<Option<RunView>, ArchiveError> {
        let Some(name) = name(run) else { return Ok(None) };
        let Some(kept): Option<Run> = self.read(run, &name.join("run.json")).await? else { return Ok(None) };
        let about: Option<About> = self.read(run, &name.join("about.json")).await?;
        Ok(about.map(|about| RunView::new(&about, &kept, &HashMap::new(), &|_| None)))
    }

    /// The newest runs, of one pipeline or of all, the newest first.
    ///
    /// # Errors
    /// The archive cannot be reached. A run that cannot be read is left out.
    pub async fn list(&self, pipeline: Option<&str>, limit: usize) -> Result<Vec<RunView>, ArchiveError> {
        let none = Name::of(Vec::<String>::new());
        let pipelines = match pipeline {
            Some(pipeline) => vec![pipeline.to_owned()],
            None => self.0.folders(&none).await?,
        };
        let mut newest = Vec::new();
        for pipeline in pipelines {
            let numbers = self.0.folders(&Name::of([pipeline.as_str()])).await?;
            let mut numbers: Vec<u64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
            numbers.sort_unstable_by(|one, other| other.cmp(one));
            newest.extend(numbers.into_iter().take(limit).map(|number| format!("{pipeline}-{number}")));
        }
        let views = stream::iter(newest.into_iter().map(|run| async move {
            match self.view(&run).await {
                Err(ArchiveError::There { .. }) => Ok(None),
                viewed => viewed,
            }
        }));
        let views: Vec<Option<RunView>> = views.buffer_unordered(AT_ONCE).try_collect().await?;
        let mut views: Vec<RunView> = views.into_iter().flatten().collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.created));
        views.truncate(limit);
        Ok(views)
    }

    /// What an attempt printed, or a service beside it, from byte `from` on, at most a megabyte; as [`Store::log`](crate::Store::log).
    ///
    /// # Errors
    /// The archive cannot be reached.
    pub async fn log(&self, key: &Key, service: Option<&str>, from: u64) -> Result<Vec<u8>, ArchiveError> {
        let Some(name) = name(&key.run) else { return Ok(Vec::new()) };
        let attempt = name.join("stages").join(format!("{}.{}", key.stage, key.attempt));
        if let Some(service) = service {
            let log = attempt.join("services").join(service).join("log");
            return Ok(self.0.part(&log, from, MOST).await?.into());
        }
        let log = attempt.join("log");
        let bytes = self.0.part(&log, from, MOST).await?;
        if !bytes.is_empty() {
            return Ok(bytes.into());
        }
        let said = self.0.size(&log).await?.unwrap_or_default();
        let Some(from) = from.checked_sub(said) else { return Ok(Vec::new()) };
        Ok(self.0.part(&attempt.join("notes"), from, MOST).await?.into())
    }

    async fn read<T: DeserializeOwned>(&self, run: &str, name: &Name) -> Result<Option<T>, ArchiveError> {
        let Some(bytes) = self.0.get(name).await? else { return Ok(None) };
        let read = serde_json::from_slice(&bytes);
        read.map(Some).map_err(|error| ArchiveError::There { run: run.to_owned(), error })
    }
}
