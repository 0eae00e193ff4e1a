//! The thread that waits for changes.
//!
//! The file system's signs only say *that* something changed; what changed is found by looking, so a lost or merged sign costs nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::watch::Sender;

use super::scan::Scanner;
use super::{Snapshot, Timing};

/// How far the thread steps behind those whose work somebody waits for.
const NICE: i32 = 10;

/// Ends the thread when it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    signs: SyncSender<()>,
    alive: Arc<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.alive = Arc::new(());
        // A full queue wakes the thread just as well.
        let _ = self.signs.try_send(());
    }
}

impl Watch {
    /// Sets the watch before it returns, so that every change from then on is seen.
    pub(super) fn start(
        roots: &[PathBuf],
        timing: Timing,
        scanner: Arc<Mutex<Scanner>>,
        publish: Sender<Arc<Snapshot>>,
    ) -> io::Result<Self> {
        // One place: a sign that waits stands for all that come after it.
        let (signs, received) = sync_channel(1);
        let alive = Arc::new(());
        let mut signals = Signals::new(roots, &signs);
        signals.arm();
        let is_dropped = Arc::downgrade(&alive);
        let run = move || {
            // Linux counts niceness by thread. Refused or not, the watch is right.
            let _ = rustix::process::nice(NICE);
            while wait(&received, timing) && is_dropped.strong_count() > 0 {
                signals.arm();
                let mut scanner = scanner.lock().unwrap_or_else(PoisonError::into_inner);
                if scanner.scan() {
                    // Under the lock, so that a reader who scans next marks this as seen.
                    publish.send_replace(Arc::new(scanner.snapshot()));
                }
            }
        };
        std::thread::Builder::new().name("weir-directory".to_owned()).spawn(run)?;
        Ok(Self { signs, alive })
    }
}

/// Waits for a sign and then for quiet, or for the time to look anyway. `false`: nobody can give a sign any more.
fn wait(signs: &Receiver<()>, timing: Timing) -> bool {
    match signs.recv_timeout(timing.poll) {
        Ok(()) => {}
        Err(RecvTimeoutError::Timeout) => return true,
        Err(RecvTimeoutError::Disconnected) => return false,
    }
    let first = Instant::now();
    loop {
        let left = timing.longest.saturating_sub(first.elapsed());
        match signs.recv_timeout(timing.quiet.min(left)) {
            Ok(()) if left.is_zero() => return true,
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

/// The file system's signs of change.
struct Signals {
    /// `None`: the system gives no such signs, and only the poll is left.
    watcher: Option<RecommendedWatcher>,
    roots: Vec<PathBuf>,
    /// What is watched, by path: which directory it was (a new one in its place has to be watched anew), and how.
    watched: BTreeMap<PathBuf, ((u64, u64), RecursiveMode)>,
}

impl Signals {
    fn new(roots: &[PathBuf], signs: &SyncSender<()>) -> Self {
        let roots: Vec<PathBuf> =
            roots.iter().map(|root| std::path::absolute(root).unwrap_or_else(|_| root.clone())).collect();
        let (concerned, signs) = (roots.clone(), signs.clone());
        let handle = move |event: notify::Result<Event>| {
            // An error says that signs were lost, so it is a sign too.
            if event.as_ref().map_or(true, |event| concerns(event, &concerned)) {
                let _ = signs.try_send(());
            }
        };
        let watcher = notify::recommended_watcher(handle)
            .inspect_err(|error| tracing::warn!(%error, "changes of manifests are only found by looking every few seconds"))
            .ok();
        Self { watcher, roots, watched: BTreeMap::new() }
    }

    /// Watches each root, and the nearest directory above it, where a root appears, goes, or is replaced as a whole.
    fn arm(&mut self) {
        let mut wanted = BTreeMap::new();
        for root in &self.roots {
            if let Some(identity) = directory(root) {
                wanted.insert(root.clone(), (identity, RecursiveMode::Recursive));
            }
            let above = root.ancestors().skip(1).find_map(|path| Some((path, directory(path)?)));
            if let Some((path, identity)) = above {
                wanted.entry(path.to_owned()).or_insert((identity, RecursiveMode::NonRecursive));
            }
        }
        let Some(watcher) = &mut self.watcher else { return };
        for (path, _) in self.watched.iter().filter(|(path, how)| wanted.get(*path) != Some(how)) {
            // Gone with its directory already, in most cases.
            let _ = watcher.unwatch(path);
        }
        self.watched.retain(|path, how| wanted.get(path) == Some(how));
        for (path, how) in wanted {
            if self.watched.contains_key(&path) {
                continue;
            }
            if let Err(error) = watcher.watch(&path, how.1) {
                tracing::warn!(path = %path.display(), %error, "cannot be watched: looked at every few seconds");
            }
            // Where it failed too: the poll does the work, and one warning is enough.
            self.watched.insert(path, how);
        }
    }
}

fn directory(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_dir)?;
    Some((metadata.dev(), metadata.ino()))
}

/// Whether an event may concern a root. Reading is left out: our own would call for the next.
fn concerns(event: &Event, roots: &[PathBuf]) -> bool {
    if matches!(event.kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write)) {
        return false;
    }
    let near = |path: &PathBuf| roots.iter().any(|root| path.starts_with(root) || root.starts_with(path));
    event.need_rescan() || event.paths.is_empty() || event.paths.iter().any(near)
}
