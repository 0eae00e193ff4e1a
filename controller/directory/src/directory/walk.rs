//! A walk over a directory: which files are manifests, and what cannot be read.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use weir_api::manifest::Problem;

use super::turns::Turns;

/// How deep directories are followed: a symbolic link to a directory above would not end otherwise.
const MAX_DEPTH: usize = 32;

/// What a walk over the directories meets.
#[derive(Debug)]
pub(super) struct Walk {
    /// By number of the root, then path.
    pub(super) files: BTreeMap<(usize, PathBuf), Metadata>,
    pub(super) problems: Vec<Problem>,
    hidden: Vec<PathBuf>,
    turns: Turns,
}

impl Walk {
    pub(super) fn begin() -> Self {
        Self { files: BTreeMap::new(), problems: Vec::new(), hidden: Vec::new(), turns: Turns::begin() }
    }

    /// `above` are the directories on the way here, by device and inode: a link to one of them would never end.
    pub(super) fn directory(&mut self, root: usize, path: &Path, above: &mut Vec<(u64, u64)>) {
        let identity = match fs::metadata(path) {
            Ok(metadata) => (metadata.dev(), metadata.ino()),
            Err(error) => return self.fail(path, &error),
        };
        if above.contains(&identity) || above.len() >= MAX_DEPTH {
            return;
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return self.fail(path, &error),
        };
        above.push(identity);
        for entry in entries {
            self.turns.next();
            match entry {
                Ok(entry) => self.entry(root, &entry.path(), above),
                Err(error) => self.fail(path, &error),
            }
        }
        above.pop();
    }

    fn entry(&mut self, root: usize, path: &Path, above: &mut Vec<(u64, u64)>) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return };
        if name.starts_with(['.', '#']) {
            return;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.directory(root, path, above),
            Ok(metadata) if metadata.is_file() && is_manifest(name) => {
                // Where one root lies in another, the file belongs to the first.
                if !(0..root).any(|earlier| self.files.contains_key(&(earlier, path.to_owned()))) {
                    self.files.insert((root, path.to_owned()), metadata);
                }
            }
            Err(error) if is_manifest(name) => self.fail(path, &error),
            Ok(_) | Err(_) => {}
        }
    }

    /// What is not there is no problem: it was removed on the way, or has not appeared yet.
    fn fail(&mut self, path: &Path, error: &io::Error) {
        if error.kind() != io::ErrorKind::NotFound {
            self.tell(path, error);
        }
    }

    pub(super) fn tell(&mut self, path: &Path, error: &io::Error) {
        let message = format!("cannot be read: {}", crate::state::words(error));
        let problem = Problem::error(&path.display().to_string(), 0, "", message);
        self.problems.push(problem.with_help("What was last read from there stays in force."));
        self.hidden.push(path.to_owned());
    }

    /// Whether a path lies below what could not be read.
    pub(super) fn hides(&self, path: &Path) -> bool {
        self.hidden.iter().any(|hidden| path.starts_with(hidden))
    }
}

/// Whether a file is read, by its name. Kustomizations are not objects of a cluster.
fn is_manifest(name: &str) -> bool {
    match Path::new(name).file_stem().zip(Path::new(name).extension()) {
        Some((stem, extension)) => {
            (extension == "yaml" || extension == "yml" || extension == "json") && stem != "kustomization"
        }
        None => false,
    }
}
