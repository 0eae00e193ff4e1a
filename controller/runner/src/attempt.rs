//! One attempt of one stage on the disk.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use weir_step::Folder;

use crate::store;

/// The folder of one attempt.
#[derive(Clone, Debug)]
pub struct Attempt(PathBuf);

impl Attempt {
    /// At this path, whether or not there is one.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn make(&self) -> io::Result<()> {
        fs::create_dir_all(&self.0)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Its command.
    #[must_use]
    pub fn step(&self) -> Folder {
        Folder::at(self.0.join("step"))
    }

    /// A process beside it.
    #[must_use]
    pub fn service(&self, name: &str) -> Folder {
        Folder::at(self.0.join("services").join(name))
    }

    /// Its processes beside it that were ever started.
    pub(crate) fn services(&self) -> io::Result<Vec<Folder>> {
        match fs::read_dir(self.0.join("services")) {
            Ok(entries) => entries.map(|entry| Ok(Folder::at(entry?.path()))).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// What its command told about tests and sources, a folder a format.
    pub(crate) fn reports(&self) -> PathBuf {
        self.0.join("reports")
    }

    /// Where its command may write what later stages read.
    pub(crate) fn outputs(&self) -> PathBuf {
        self.0.join("outputs")
    }

    /// What it said, where no command says anything.
    pub(crate) fn notes(&self) -> PathBuf {
        self.0.join("notes")
    }

    /// Says all that there is to say: in place of what whoever did this attempt before has said.
    pub(crate) fn tell(&self, text: &str) -> io::Result<()> {
        self.make()?;
        fs::write(self.notes(), format!("{}\n", text.trim_end()))
    }

    pub(crate) fn note(&self, line: &str) -> io::Result<()> {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(self.notes())?;
        writeln!(file, "{line}")
    }

    /// The stage's fields, as they were evaluated the first time: whoever does the attempt again does the same.
    pub(crate) fn fields(&self) -> io::Result<Option<Value>> {
        store::read(&self.0.join("fields.json"))
    }

    pub(crate) fn write_fields(&self, fields: &Value) -> io::Result<()> {
        store::write(&self.0.join("fields.json"), fields)
    }

    /// What was answered to its call.
    pub(crate) fn answer<T: DeserializeOwned>(&self) -> io::Result<Option<T>> {
        store::read(&self.0.join("answer.json"))
    }

    pub(crate) fn write_answer(&self, answer: &impl Serialize) -> io::Result<()> {
        store::write(&self.0.join("answer.json"), answer)
    }
}
