//! The state folder of `weir demo` and `weir run`: owned by one of them at a time.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::fs::{FlockOperation, flock};

use crate::Misconfigured;

/// Marks a folder as ours: only such a folder is ever emptied.
const MARK: &str = ".weir-state";

/// A state folder that this process holds.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    /// Held, and so locked, for as long as this lives.
    _lock: File,
}

impl StateFolder {
    /// Takes `path`, which is made if it is not there.
    pub(crate) fn take(path: &Path) -> Result<Self> {
        let foreign = path.is_dir() && !path.join(MARK).exists() && std::fs::read_dir(path)?.next().is_some();
        if foreign {
            let what = "is not empty and was not made by weir: name another folder with --state";
            return Err(Misconfigured(format!("{} {what}", path.display())).into());
        }
        std::fs::create_dir_all(path).map_err(|error| unusable("make", path, &error))?;
        let path = path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
        let mark = path.join(MARK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&mark)
            .map_err(|error| unusable("write", &mark, &error))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let what = "is in use by another weir: stop it, or name another folder with --state";
            return Err(Misconfigured(format!("{} {what}", path.display())).into());
        }
        Ok(Self { path, _lock: lock })
    }

    /// Removes everything but the lock.
    pub(crate) fn empty(&self) -> Result<()> {
        for entry in std::fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.ends_with(MARK) {
                continue;
            }
            let removed =
                if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Ok(())
    }

    /// The folder, as an absolute path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn unusable(what: &str, path: &Path, error: &std::io::Error) -> Misconfigured {
    Misconfigured(format!(
        "cannot {what} {}: {error}: name a folder that you may write with --state",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::StateFolder;

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let theirs = folder.path().join("thesis.txt");
        std::fs::write(&theirs, "years of work").unwrap();
        assert!(StateFolder::take(folder.path()).unwrap_err().to_string().contains("not made by weir"));
        assert!(theirs.exists());
    }

    #[test]
    fn one_folder_serves_one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let first = StateFolder::take(&path).unwrap();
        assert!(StateFolder::take(&path).unwrap_err().to_string().contains("in use"));
        drop(first);
        assert!(StateFolder::take(&path).is_ok());
    }
}
