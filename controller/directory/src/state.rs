//! Files of the state directory, each written whole or not at all.
//!
//! A reader sees the old content or the new one, never a part: the new one is written beside it, and renamed over it. When the machine
//! loses its power before the disk has it, some file systems leave a file of zero bytes: that counts as none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sync;

/// A directory of files that only this program writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDirectory {
    root: PathBuf,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The file has a new content.
    Changed,
    /// The file had this content already, and was not touched.
    Unchanged,
}

/// Why the state cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The directory cannot be made.
    #[error("{}: cannot be made: {}", .0.display(), words(.1))]
    Create(PathBuf, #[source] io::Error),
    /// A file cannot be written; its old content is still there.
    #[error("{}: cannot be written: {}", .0.display(), words(.1))]
    Write(PathBuf, #[source] io::Error),
    /// A file or directory cannot be read.
    #[error("{}: cannot be read: {}", .0.display(), words(.1))]
    Read(PathBuf, #[source] io::Error),
    /// A file cannot be removed.
    #[error("{}: cannot be removed: {}", .0.display(), words(.1))]
    Remove(PathBuf, #[source] io::Error),
    /// A file holds something else than was asked for.
    #[error("{}: not what is kept there: {}", .0.display(), .1)]
    Decode(PathBuf, #[source] serde_json::Error),
    /// A value has no JSON form.
    #[error("{}: cannot be written as JSON: {}", .0.display(), .1)]
    Encode(PathBuf, #[source] serde_json::Error),
    /// A name that would leave the directory, or a hidden one.
    #[error(
        "{0:?} is not the name of a state file: relative, `/` between its parts, none of which begins with a dot"
    )]
    Name(String),
}

/// What the system says, in words that say what to do.
pub(crate) fn words(error: &io::Error) -> String {
    const WORDS: [(io::ErrorKind, &str); 7] = [
        (io::ErrorKind::NotFound, "it is not there"),
        (io::ErrorKind::PermissionDenied, "permission denied"),
        (io::ErrorKind::StorageFull, "the disk is full"),
        (io::ErrorKind::QuotaExceeded, "the disk quota is used up"),
        (io::ErrorKind::ReadOnlyFilesystem, "the file system is read-only"),
        (io::ErrorKind::NotADirectory, "a part of the path is not a directory"),
        (io::ErrorKind::IsADirectory, "it is a directory"),
    ];
    let known = WORDS.iter().find(|(kind, _)| *kind == error.kind());
    known.map_or_else(|| error.to_string(), |(_, words)| (*words).to_owned())
}

/// Name of an object's file: `objects/canary.shop.api.json`.
///
/// Two objects never share one, and none leaves the directory: what is not a lower-case letter, digit or `-` (in a name also `.`) is
/// written as `%` and its code. A namespace has no dot, so the parts can be told apart.
#[must_use]
pub fn object_path(kind: &str, namespace: &str, name: &str) -> String {
    object_path_in("objects", kind, namespace, name)
}

/// The same in another folder: what is kept of an object and is not the object itself.
#[must_use]
pub fn object_path_in(folder: &str, kind: &str, namespace: &str, name: &str) -> String {
    let kind = escaped(&kind.to_lowercase(), false);
    let mut file = format!("{kind}.{}.{}", escaped(namespace, false), escaped(name, true));
    if file.len() > LONGEST {
        // `_` is in no escaped name, so a shortened one is never that of another object.
        file = format!("{}_{:016x}", file.get(..LONGEST).unwrap_or_default(), fnv1a(file.as_bytes()));
    }
    format!("{folder}/{file}.json")
}

/// FNV-1a, 64 bits: small, and the same everywhere, which the standard library's hasher does not promise.
#[must_use]
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Longest name before it is shortened: file systems take 255 bytes, with the hash and the ending.
const LONGEST: usize = 200;

fn escaped(text: &str, dots: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => escaped.push(char::from(byte)),
            b'.' if dots => escaped.push('.'),
            other => {
                escaped.push('%');
                for digit in [other >> 4, other & 0xf] {
                    escaped
                        .extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
                }
            }
        }
    }
    escaped
}

impl StateDirectory {
    /// Uses a directory, and makes it where it is not there.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StateError> {
        let root = root.into();
        fs::create_dir_all(&root).map_err(|source| StateError::Create(root.clone(), source))?;
        Ok(Self { root })
    }

    /// The directory itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Path of a file. `relative` has `/` between its parts.
    pub fn path(&self, relative: &str) -> Result<PathBuf, StateError> {
        let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']);
        if !relative.split('/').all(part) {
            return Err(StateError::Name(relative.to_owned()));
        }
        Ok(self.root.join(relative))
    }

    /// Writes a value as JSON, unless the file holds that already. Makes the directories on the way.
    pub fn write(&self, relative: &str, value: &impl Serialize) -> Result<Written, StateError> {
        let path = self.path(relative)?;
        let mut bytes =
            serde_json::to_vec_pretty(value).map_err(|source| StateError::Encode(path, source))?;
        bytes.push(b'\n');
        self.write_bytes(relative, &bytes)
    }

    /// Writes a content as it is, unless the file holds that already. Makes the directories on the way.
    pub fn write_bytes(&self, relative: &str, bytes: &[u8]) -> Result<Written, StateError> {
        let path = self.path(relative)?;
        if fs::read(&path).is_ok_and(|old| old == bytes) {
            return Ok(Written::Unchanged);
        }
        let directory = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(directory).map_err(|source| StateError::Create(directory.to_owned(), source))?;
        replace(&path, directory, bytes).map_err(|source| StateError::Write(path.clone(), source))?;
        Ok(Written::Changed)
    }

    /// Reads a value; `None` where there is no such file, or one of zero bytes only.
    pub fn read<T: DeserializeOwned>(&self, relative: &str) -> Result<Option<T>, StateError> {
        let path = self.path(relative)?;
        match fs::read(&path) {
            Ok(bytes) if bytes.iter().all(|byte| *byte == 0) => {
                tracing::warn!(path = %path.display(), "holds nothing, as after a loss of power: taken as not there");
                Ok(None)
            }
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(value) => Ok(Some(value)),
                Err(source) => Err(StateError::Decode(path, source)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StateError::Read(path, source)),
        }
    }

    /// Removes a file. `false`: it was not there.
    pub fn remove(&self, relative: &str) -> Result<bool, StateError> {
        let path = self.path(relative)?;
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(StateError::Remove(path, source)),
        }
    }

    /// Names of the files in one folder, relative to the directory as the other methods take them, sorted. Empty where it is not there.
    pub fn list(&self, folder: &str) -> Result<Vec<String>, StateError> {
        let path = self.path(folder)?;
        let failed = |source| StateError::Read(path.clone(), source);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed(source)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let is_file = entry.file_type().map_err(failed)?.is_file();
            match entry.file_name().to_str() {
                Some(name) if is_file && !name.starts_with('.') => names.push(format!("{folder}/{name}")),
                Some(_) | None => {}
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// Puts a content in the place of a file's old one.
fn replace(path: &Path, directory: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    // Hidden, so that no reader of the directory takes it for a manifest; the process in it, so that two never share one.
    let beside = directory.join(format!(".{}.{number}.tmp", std::process::id()));
    let replaced = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if replaced.is_err() {
        // It may not even have been made.
        let _ = fs::remove_file(&beside);
    }
    replaced?;
    sync::soon(path.to_owned());
    Ok(())
}
