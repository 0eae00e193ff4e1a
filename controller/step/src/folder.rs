//! What lies on the disk about one step.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::end::End;

/// The folder of one start of one step. Its name is its user's: made of the run, the stage and the try, it makes a start happen once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

/// The process that keeps a step. A number alone is nobody: it is used again after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    /// Its process id.
    pub pid: i32,
    /// When it was started, in the kernel's ticks since the machine was.
    pub started_ticks: u64,
}

impl Folder {
    /// The folder at this path, whether or not there is one.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What it printed so far.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// Whoever writes this wants the step to end.
    pub(crate) fn stop(&self) -> PathBuf {
        self.0.join("stop")
    }

    /// Who keeps it; `None` where nobody has begun to.
    /// Whether somebody has begun to keep it: then it may have been started.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn is_kept(&self) -> io::Result<bool> {
        Ok(self.kept()?.is_some())
    }

    /// Writes down how it ended, for a keeper that was on another machine and is gone.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn conclude(&self, end: &End) -> io::Result<()> {
        self.write_end(end)
    }

    pub(crate) fn kept(&self) -> io::Result<Option<Process>> {
        self.read("kept.json")
    }

    /// How it ended; `None` where it has not, or where nobody was there to write it down.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn end(&self) -> io::Result<Option<End>> {
        self.read("end.json")
    }

    pub(crate) fn write_kept(&self, keeper: &Process) -> io::Result<()> {
        self.write("kept.json", keeper)
    }

    pub(crate) fn write_end(&self, end: &End) -> io::Result<()> {
        self.write("end.json", end)
    }

    fn read<T: for<'d> Deserialize<'d>>(&self, name: &str) -> io::Result<Option<T>> {
        match fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whole or not at all, also where the machine ends meanwhile.
    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let unfinished = self.0.join(format!("{name}.new"));
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.0.join(name))?;
        fs::File::open(&self.0)?.sync_all()
    }
}
