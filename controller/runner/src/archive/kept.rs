//! What is kept of a run that is over, by name: whatever is not listed here stays where it is.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt, TryStreamExt, stream};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use walkdir::WalkDir;
use weir_archive::Name;

use super::{Archive, ArchiveError};

/// Files that are sent at once: with a part each in memory.
const AT_ONCE: usize = 4;

type File = (Name, PathBuf);

impl Archive {
    /// Puts all that is kept of the run in `folder`, and says last that it is there. Done again it is the same.
    pub(super) async fn keep(&self, name: &Name, folder: &Path) -> Result<(), ArchiveError> {
        let mut files = vec![(name.join("about.json"), folder.join("about.json"))];
        below(&name.join("artifacts"), &folder.join("artifacts"), &mut files)?;
        for attempt in names(&folder.join("stages"))? {
            let at = folder.join("stages").join(&attempt);
            attempt_files(&name.join("stages").join(text(&attempt)), &at, &mut files)?;
        }
        let sent = stream::iter(files.into_iter().map(|(name, path)| self.send(name, path)));
        sent.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        Ok(self.0.put_file(&name.join("run.json"), &folder.join("run.json")).await?)
    }

    async fn send(&self, name: Name, path: PathBuf) -> Result<(), ArchiveError> {
        Ok(self.0.put_file(&name, &path).await?)
    }
}

fn attempt_files(name: &Name, folder: &Path, files: &mut Vec<File>) -> io::Result<()> {
    one(name.join("log"), folder.join("step").join("log"), files);
    one(name.join("notes"), folder.join("notes"), files);
    one(name.join("report.json"), folder.join("report.json"), files);
    below(&name.join("reports"), &folder.join("reports"), files)?;
    for service in names(&folder.join("services"))? {
        let log = folder.join("services").join(&service).join("log");
        one(name.join("services").join(text(&service)).join("log"), log, files);
    }
    Ok(())
}

/// A file, where it is one: a link could lead anywhere.
fn one(name: Name, path: PathBuf, files: &mut Vec<File>) {
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
        files.push((name, path));
    }
}

/// All files of a folder; links are not followed.
fn below(name: &Name, folder: &Path, files: &mut Vec<File>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in WalkDir::new(folder).follow_links(false).sort_by_file_name() {
        let entry = entry?;
        if let (true, Ok(path)) = (entry.file_type().is_file(), entry.path().strip_prefix(folder)) {
            let name = path.iter().fold(name.clone(), |name, part| name.join(text(part)));
            files.push((name, entry.path().to_owned()));
        }
    }
    Ok(())
}

fn names(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A name as text; one that is none, by its bytes, so that two of them stay two.
fn text(name: &OsStr) -> String {
    let bytes = || percent_encode(name.as_encoded_bytes(), NON_ALPHANUMERIC).to_string();
    name.to_str().map_or_else(bytes, str::to_owned)
}
