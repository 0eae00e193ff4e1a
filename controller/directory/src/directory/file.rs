//! One file: whether it has to be read again, and what it holds.

use std::fs::{File, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use weir_api::manifest;

use super::keep::{self, Held};

/// A file that was written this shortly ago is compared by its content the next time: two writes may share a time stamp.
const UNSETTLED: Duration = Duration::from_secs(2);

/// A file as it was read last.
#[derive(Debug, Default)]
pub(super) struct Entry {
    stamp: Option<Stamp>,
    hash: u64,
    pub(super) held: Held,
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

impl Entry {
    /// Reads the file if it may have changed. Returns whether anything is different now.
    pub(super) fn refresh(&mut self, path: &Path, metadata: &Metadata, now: SystemTime) -> bool {
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::Entry;

    #[test]
    fn a_file_is_opened_again_only_if_it_may_have_changed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let metadata = file.as_file().metadata().unwrap();
        let (soon, later) = (SystemTime::now(), SystemTime::now() + Duration::from_hours(1));
        // The content is that of the path, so a path that leads nowhere shows whether anybody looked.
        let nowhere = Path::new("/nowhere/a.yaml");
        let mut entry = Entry::default();
        assert!(entry.refresh(file.path(), &metadata, later), "never read");
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
        let mut entry = Entry::default();
        assert!(entry.refresh(file.path(), &metadata, SystemTime::now()));
        // A second write in the same tick of the clock would leave the very same metadata.
        std::fs::write(file.path(), "# b").unwrap();
        assert!(entry.refresh(file.path(), &metadata, SystemTime::now()));
        assert!(!entry.refresh(file.path(), &metadata, SystemTime::now()), "looked at, and equal");
    }
}
