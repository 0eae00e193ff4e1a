//! Objects from directories of YAML and JSON files, watched.
//!
//! Invariants: an object disappears only by a file that can be read and does not hold it, or by the file's removal. Between two calls
//! no change is lost: the watch is set before the first read.

mod file;
mod keep;
mod scan;
mod turns;
mod walk;
mod watch;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch as channel;
use weir_api::manifest::{Located, Problem};

use scan::Scanner;

/// What the directories hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The objects in force, ordered by root, path of the file and place in it. No object twice.
    pub objects: Vec<Located>,
    /// What is wrong, in the same order.
    pub problems: Vec<Problem>,
}

/// One directory to read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    path: PathBuf,
    required: bool,
}

impl Root {
    /// A directory that has to be there: a user's manifests. Where it goes later, what it held stays in force.
    #[must_use]
    pub fn required(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), required: true }
    }

    /// A directory that another program makes some time: without it there are no objects, and it is watched for.
    #[must_use]
    pub fn optional(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), required: false }
    }
}

/// When changes are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Quiet time after a change before the files are read, so that one save is one change. Default: 20 ms.
    pub quiet: Duration,
    /// They are read this long after the first change, however many follow. Default: 200 ms.
    pub longest: Duration,
    /// They are looked at this often even without a sign of change: network file systems give none. Default: 5 s.
    pub poll: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(20),
            longest: Duration::from_millis(200),
            poll: Duration::from_secs(5),
        }
    }
}

/// Why directories cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// No root at all.
    #[error("no directory of manifests is given")]
    NoRoot,
    /// A required root that is not there, not a directory, or may not be read.
    #[error("{}: cannot be read as a directory of manifests: {}", .0.display(), crate::state::words(.1))]
    Root(PathBuf, #[source] std::io::Error),
    /// The system gives no further thread.
    #[error("cannot start the thread that watches the manifests")]
    Thread(#[source] std::io::Error),
}

/// Directories of `*.yaml`, `*.yml` and `*.json`, subdirectories included, and what has changed in them.
///
/// Hidden files and directories, editors' temporary files and `kustomization.yaml` are left out. Symbolic links are followed, so a
/// mounted `ConfigMap` works as it is.
#[derive(Debug)]
pub struct Directory {
    scanner: Arc<Mutex<Scanner>>,
    updates: channel::Receiver<Arc<Snapshot>>,
    /// Ends the thread when it is dropped.
    _watch: watch::Watch,
}

impl Directory {
    /// Reads and watches directories, every one of which has to be there.
    pub fn open(paths: Vec<PathBuf>) -> Result<Self, DirectoryError> {
        Self::open_roots(paths.into_iter().map(Root::required).collect(), Timing::default())
    }

    /// Reads and watches directories, some of which may appear later.
    pub fn open_roots(roots: Vec<Root>, timing: Timing) -> Result<Self, DirectoryError> {
        if roots.is_empty() {
            return Err(DirectoryError::NoRoot);
        }
        for Root { path, .. } in roots.iter().filter(|root| root.required) {
            std::fs::read_dir(path).map_err(|source| DirectoryError::Root(path.clone(), source))?;
        }
        let paths: Vec<PathBuf> = roots.iter().map(|root| root.path.clone()).collect();
        let scanner = Arc::new(Mutex::new(Scanner::new(roots)));
        let (publish, updates) = channel::channel(Arc::default());
        let watch = watch::Watch::start(&paths, timing, Arc::clone(&scanner), publish)
            .map_err(DirectoryError::Thread)?;
        let mut directory = Self { scanner, updates, _watch: watch };
        directory.read();
        Ok(directory)
    }

    /// What the directories hold now. Only files that have changed are read.
    pub fn read(&mut self) -> Snapshot {
        let mut scanner = self.scanner.lock().unwrap_or_else(PoisonError::into_inner);
        scanner.scan();
        // What was published meanwhile is part of this; what comes later is not.
        self.updates.mark_unchanged();
        scanner.snapshot()
    }

    /// Waits until something has changed since the last snapshot, then gives the new one. Cancel-safe: a change that is not taken is
    /// there at the next call.
    pub async fn changed(&mut self) -> Snapshot {
        match self.updates.changed().await {
            Ok(()) => Snapshot::clone(&self.updates.borrow_and_update()),
            // The thread is gone, which only a bug can do; never is the honest answer to when the next change will be seen.
            Err(_) => std::future::pending().await,
        }
    }
}
