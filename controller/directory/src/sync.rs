//! What was written goes to the disk behind the writer's back.
//!
//! A rename is seen by every reader at once and outlives the program; the disk is for the machine's own end. A disk that takes
//! a second for it (another program writes gigabytes) must not keep an abort from the proxies for a second, so one thread
//! of its own does the waiting, once for all writes that came in the meantime.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, mpsc};

/// Files to be synced. One queue for the whole program: there is no use in waiting for one disk twice.
static QUEUE: LazyLock<Option<mpsc::Sender<PathBuf>>> = LazyLock::new(|| {
    let (queue, waiting) = mpsc::channel();
    let thread = std::thread::Builder::new().name("sync".to_owned());
    match thread.spawn(move || run(&waiting)) {
        Ok(_) => Some(queue),
        Err(error) => {
            tracing::warn!(%error, "no thread to sync files: what is written lasts when the system itself writes it out");
            None
        }
    }
});

/// Has a file that was just written put on the disk soon.
pub(crate) fn soon(path: PathBuf) {
    if let Some(queue) = &*QUEUE {
        // The thread never ends before the program.
        let _ = queue.send(path);
    }
}

fn run(waiting: &mpsc::Receiver<PathBuf>) {
    while let Ok(first) = waiting.recv() {
        let files: BTreeSet<PathBuf> = std::iter::once(first).chain(waiting.try_iter()).collect();
        let directories: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
        for path in files.iter().map(PathBuf::as_path).chain(directories) {
            match File::open(path).and_then(|file| file.sync_all()) {
                // It was removed, or a test took its whole directory away.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "written, but not known to be on the disk");
                }
                Ok(()) => {}
            }
        }
    }
}
