//! Runs as others see them, by what is on the disk: it is there before anybody is shown it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use weir_pipeline::{Key, Run};

use super::{About, Store, StoreError, averages, split};
use crate::view::RunView;

/// Most bytes of a log that are read at once; who wants more asks again.
pub(crate) const MOST: u64 = 1 << 20;
/// How much older a file may look than it is.
const COARSE: Duration = Duration::from_secs(3);

impl Store {
    /// A run, with how long its stages take on average; `None` where there is none.
    ///
    /// # Errors
    /// What is kept of it cannot be read.
    pub fn view(&self, run: &str) -> Result<Option<RunView>, StoreError> {
        let Some((about, run)) = self.load(run)? else { return Ok(None) };
        let averages = averages::of(self, &about.pipeline, &run.id)?;
        Ok(Some(self.shown(&about, &run, &averages)))
    }

    /// The newest runs, of one pipeline or of all, the newest first.
    ///
    /// # Errors
    /// The folder cannot be read. A run that cannot be read is left out.
    pub fn list(&self, pipeline: Option<&str>, limit: usize) -> Result<Vec<RunView>, StoreError> {
        let of =
            |id: &String| pipeline.is_none_or(|wanted| split(id).is_some_and(|(name, _)| name == wanted));
        let kept = self.ids()?.into_iter().filter(of).filter_map(|id| self.load(&id).ok().flatten());
        let none = HashMap::new();
        let mut views: Vec<RunView> = kept.map(|(about, run)| self.shown(&about, &run, &none)).collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.created));
        views.truncate(limit);
        Ok(views)
    }

    /// Runs that were stored since then, and maybe some more.
    ///
    /// # Errors
    /// The folder cannot be read. A run that cannot be read is left out.
    pub fn changed_since(&self, since: Timestamp) -> Result<Vec<RunView>, StoreError> {
        // Clocks of file systems are coarse.
        let since = since.saturating_sub(COARSE).unwrap_or(Timestamp::MIN);
        let changed = self.ids()?.into_iter().filter(|id| self.stored_at(id).is_some_and(|at| at >= since));
        let kept = changed.filter_map(|id| self.load(&id).ok().flatten());
        let none = HashMap::new();
        Ok(kept.map(|(about, run)| self.shown(&about, &run, &none)).collect())
    }

    /// A run, with the fields of its attempts where those have their values.
    fn shown(&self, about: &About, run: &Run, averages: &HashMap<String, f64>) -> RunView {
        RunView::new(about, run, averages, &|key: &Key| self.attempt(key).fields().ok().flatten())
    }

    /// When a run was stored last.
    pub(crate) fn stored_at(&self, id: &str) -> Option<Timestamp> {
        let metadata = self.run(id).join("run.json").metadata().ok()?;
        Timestamp::try_from(metadata.modified().ok()?).ok()
    }

    /// What an attempt printed, or a service beside it, from byte `from` on, at most a megabyte. A stage without a command says what it noted.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn log(&self, key: &Key, service: Option<&str>, from: u64) -> io::Result<Vec<u8>> {
        let attempt = self.attempt(key);
        if let Some(service) = service {
            return part(&attempt.service(service).log(), from);
        }
        let mut bytes = part(&attempt.step().log(), from)?;
        // Notes come when the command has said all that it says, and follow it.
        if bytes.is_empty() {
            let said = attempt.step().log().metadata().map_or(0, |metadata| metadata.len());
            if let Some(from) = from.checked_sub(said) {
                bytes = part(&attempt.notes(), from)?;
            }
        }
        Ok(bytes)
    }
}

fn part(path: &Path, from: u64) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
