//! Which files there are, what each of them holds, and so what is in force.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use weir_api::manifest::{self, Problem};

use super::file::Entry;
use super::turns::Turns;
use super::walk::Walk;
use super::{Root, Snapshot};

/// Reads directories again and again, at the cost of what changed.
#[derive(Debug)]
pub(super) struct Scanner {
    roots: Vec<Root>,
    /// By number of the root, then path: the order of the snapshot.
    files: BTreeMap<(usize, PathBuf), Entry>,
    /// Directories that could not be read.
    unreadable: Vec<Problem>,
}

impl Scanner {
    pub(super) fn new(roots: Vec<Root>) -> Self {
        Self { roots, files: BTreeMap::new(), unreadable: Vec::new() }
    }

    /// Looks at every file and reads those that have changed. Returns whether anything is different now.
    pub(super) fn scan(&mut self) -> bool {
        let mut walk = Walk::begin();
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
        let mut turns = Turns::begin();
        for (key, metadata) in walk.files {
            turns.next();
            if let Some(entry) = self.files.get_mut(&key) {
                changed |= entry.refresh(&key.1, &metadata, now);
            } else {
                let mut entry = Entry::default();
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
        let (mut first, mut turns) = (HashMap::new(), Turns::begin());
        for entry in self.files.values() {
            turns.next();
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
