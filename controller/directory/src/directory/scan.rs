//! Which files there are, and which of them have to be read again.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use weir_api::manifest::{self, Problem};

use super::keep::{self, Held};
use super::{Root, Snapshot};

/// How deep directories are followed: a symbolic link to a directory above would not end otherwise.
const MAX_DEPTH: usize = 32;
/// A file that was written this shortly ago is compared by its content the next time: two writes may share a time stamp.
const UNSETTLED: Duration = Duration::from_secs(2);

/// Reads directories again and again, at the cost of what changed.
#[derive(Debug)]
pub(super) struct Scanner {
    roots: Vec<Root>,
    /// By number of the root, then path: the order of the snapshot.
    files: BTreeMap<(usize, PathBuf), Entry>,
    /// Directories that could not be read.
    unreadable: Vec<Problem>,
}

#[derive(Debug)]
struct Entry {
    stamp: Option<Stamp>,
    hash: u64,
    held: Held,
}

/// What tells one state of a file from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Time since anything of the file was changed, by the file system's own clock, which no program can set back for one file. `None`: in
    /// the future.
    fn age(&self, now: SystemTime) -> Option<Duration> {
        let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        since_epoch.checked_sub(Duration::from_secs(u64::try_from(self.changed.0).ok()?))
    }
}

impl Scanner {
    pub(super) fn new(roots: Vec<Root>) -> Self {
        Self { roots, files: BTreeMap::new(), unreadable: Vec::new() }
    }

    /// Looks at every file and reads those that have changed. Returns whether anything is different now.
    pub(super) fn scan(&mut self) -> bool {
        let mut walk = Walk::default();
        for (number, root) in self.roots.iter().enumerate() {
            if root.required && !root.path.exists() {
                walk.tell(&root.path, &io::ErrorKind::NotFound.into());
            }
            walk.directory(number, &root.path, &mut Vec::new());
        }
        walk.problems.sort_by(|a, b| a.file.cmp(&b.file));
        let now = SystemTime::now();
        let mut changed = walk.problems != self.unreadable;
        let before = self.files.len();
        // Files below a directory that cannot be read are not gone: what they held stays in force.
        self.files.retain(|key, _| walk.files.contains_key(key) || walk.hides(&key.1));
        changed |= self.files.len() != before;
        self.unreadable = walk.problems;
        for (key, metadata) in walk.files {
            if let Some(entry) = self.files.get_mut(&key) {
                changed |= entry.refresh(&key.1, &metadata, now);
            } else {
                let mut entry = Entry { stamp: None, hash: 0, held: Held::default() };
                entry.refresh(&key.1, &metadata, now);
                self.files.insert(key, entry);
                changed = true;
            }
        }
        changed
    }

    /// What is in force. Of an object in two places the first is taken.
    pub(super) fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot { objects: Vec::new(), problems: self.unreadable.clone() };
        let mut first = HashMap::new();
        for entry in self.files.values() {
            std::thread::yield_now();
            snapshot.problems.extend(entry.held.problems.iter().cloned());
            for located in &entry.held.objects {
                let key = located.object.key();
                let other = matches!(located.object, manifest::Object::Other { .. });
                match first.get(&key).filter(|_| !other) {
                    None => {
                        let origin = &located.origin;
                        first.insert(key, format!("{}:{}", origin.file(), origin.line("")));
                        snapshot.objects.push(located.clone());
                    }
                    Some(place) => {
                        let problem = located
                            .origin
                            .error("metadata.name", format!("{key} is there already, in {place}"));
                        let help = format!("The one in {place} is used: remove or rename one of the two.");
                        snapshot.problems.push(problem.with_help(help).in_object(key));
                    }
                }
            }
        }
        snapshot
    }
}

impl Entry {
    /// Reads the file if it may have changed. Returns whether anything is different now.
    fn refresh(&mut self, path: &Path, metadata: &Metadata, now: SystemTime) -> bool {
        let stamp = Stamp::of(metadata);
        if self.stamp == Some(stamp) {
            return false;
        }
        let settled = stamp.age(now).is_some_and(|age| age > UNSETTLED);
        self.stamp = settled.then_some(stamp);
        let content = read(path, metadata.len());
        let mut hasher = DefaultHasher::new();
        match &content {
            Ok(bytes) => bytes.hash(&mut hasher),
            Err(message) => message.hash(&mut hasher),
        }
        // One more bit, so that no content has the hash of a file that was never read.
        let hash = hasher.finish() | 1;
        if hash == self.hash {
            return false;
        }
        self.hash = hash;
        let before = std::mem::take(&mut self.held.objects);
        let file = path.display().to_string();
        self.held = match content.as_deref().map(std::str::from_utf8) {
            Err(message) => keep::unreadable(&file, message.clone(), before),
            Ok(Err(error)) => {
                let message = format!(
                    "not a text in UTF-8: byte {} is no part of one",
                    error.valid_up_to().saturating_add(1)
                );
                keep::unreadable(&file, message, before)
            }
            // An editor that writes in place empties the file first.
            Ok(Ok("")) if !before.is_empty() => keep::unreadable(&file, "empty".to_owned(), before),
            Ok(Ok(text)) => keep::merge(manifest::parse(&file, text), before),
        };
        true
    }
}

fn read(path: &Path, length: u64) -> Result<Vec<u8>, String> {
    let most = u64::try_from(manifest::MAX_BYTES).unwrap_or(u64::MAX);
    let too_long = || format!("more than {most} bytes: cut it into several files");
    if length > most {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    // The file may have grown since its length was taken.
    let read = File::open(path).and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes));
    match read {
        Ok(_) if u64::try_from(bytes.len()).is_ok_and(|length| length <= most) => Ok(bytes),
        Ok(_) => Err(too_long()),
        Err(error) => Err(format!("cannot be read: {}", crate::state::words(&error))),
    }
}

/// What a walk over the directories meets.
#[derive(Debug, Default)]
struct Walk {
    files: BTreeMap<(usize, PathBuf), Metadata>,
    problems: Vec<Problem>,
    hidden: Vec<PathBuf>,
}

impl Walk {
    /// `above` are the directories on the way here, by device and inode: a link to one of them would never end.
    fn directory(&mut self, root: usize, path: &Path, above: &mut Vec<(u64, u64)>) {
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
            // Thousands of files take milliseconds, for which nobody else has to wait where there is one CPU for all.
            std::thread::yield_now();
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

    fn tell(&mut self, path: &Path, error: &io::Error) {
        let message = format!("cannot be read: {}", crate::state::words(error));
        let problem = Problem::error(&path.display().to_string(), 0, "", message);
        self.problems.push(problem.with_help("What was last read from there stays in force."));
        self.hidden.push(path.to_owned());
    }

    fn hides(&self, path: &Path) -> bool {
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::{Entry, Held};

    #[test]
    fn a_file_is_opened_again_only_if_it_may_have_changed() {
        let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let metadata = std::fs::metadata(file).unwrap();
        let (soon, later) = (SystemTime::now(), SystemTime::now() + Duration::from_hours(1));
        // The content is that of the path, so a path that leads nowhere shows whether anybody looked.
        let nowhere = Path::new("/nowhere/a.yaml");
        let mut entry = Entry { stamp: None, hash: 0, held: Held::default() };
        assert!(entry.refresh(file, &metadata, later), "never read");
        assert!(!entry.refresh(nowhere, &metadata, later), "the same state of the file, long settled");
        entry.stamp = None;
        assert!(entry.refresh(nowhere, &metadata, soon), "another state");
        assert!(entry.held.problems[0].to_string().contains("it is not there"), "{:?}", entry.held);
    }

    #[test]
    fn a_file_that_was_written_just_now_is_compared_by_its_content() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "# a").unwrap();
        let metadata = std::fs::metadata(file.path()).unwrap();
        let mut entry = Entry { stamp: None, hash: 0, held: Held::default() };
        assert!(entry.refresh(file.path(), &metadata, SystemTime::now()));
        // A second write in the same tick of the clock would leave the very same metadata.
        std::fs::write(file.path(), "# b").unwrap();
        assert!(entry.refresh(file.path(), &metadata, SystemTime::now()));
        assert!(!entry.refresh(file.path(), &metadata, SystemTime::now()), "looked at, and equal");
    }
}
