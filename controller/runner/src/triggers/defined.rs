//! Pipelines of a folder. A file that is wrong leaves what it said before in force, and does not touch the others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;
use weir_pipeline::{Pipeline, Problem};
use weir_stages::{Work, lines};
use weir_trigger::{Subscription, Trigger};

/// A pipeline with what starts it.
#[derive(Clone, Debug)]
pub struct Defined {
    /// Its name.
    pub name: String,
    /// What it does.
    pub pipeline: Pipeline<Work>,
    /// What starts it.
    pub triggers: Vec<(Trigger, Subscription)>,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// Which.
    pub file: PathBuf,
    /// A sentence each.
    pub problems: Vec<String>,
}

/// The folder as it was read last.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    files: BTreeMap<PathBuf, Read>,
}

#[derive(Debug)]
struct Read {
    signature: Signature,
    /// What it said when it was last right.
    good: Vec<Defined>,
}

type Signature = (Option<SystemTime>, u64);

impl Folder {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, files: BTreeMap::new() }
    }

    /// Reads files that have changed; `None`: none has.
    pub(super) fn read(&mut self) -> Option<Vec<Problems>> {
        let there = self.there();
        let before = self.files.len();
        self.files.retain(|path, _| there.contains_key(path));
        let mut has_changed = self.files.len() != before;
        let mut wrong = Vec::new();
        for (path, signature) in there {
            if self.files.get(&path).is_some_and(|read| read.signature == signature) {
                continue;
            }
            has_changed = true;
            let good = match definitions(&path) {
                Ok(good) => good,
                Err(problems) => {
                    wrong.push(Problems { file: path.clone(), problems });
                    self.files.remove(&path).map(|read| read.good).unwrap_or_default()
                }
            };
            self.files.insert(path, Read { signature, good });
        }
        has_changed.then_some(wrong)
    }

    /// All pipelines. Of two with the same name the one of the first file counts.
    pub(super) fn defined(&self) -> Vec<std::sync::Arc<Defined>> {
        let mut by_name = BTreeMap::new();
        for one in self.files.values().flat_map(|read| &read.good) {
            by_name.entry(&one.name).or_insert(one);
        }
        by_name.into_values().cloned().map(std::sync::Arc::new).collect()
    }

    fn there(&self) -> BTreeMap<PathBuf, Signature> {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten().map(|entry| entry.path());
        let yaml = |path: &PathBuf| {
            matches!(path.extension().and_then(|extension| extension.to_str()), Some("yaml" | "yml"))
        };
        let signed = |path: PathBuf| {
            let metadata = path.metadata().ok()?;
            Some((path, (metadata.modified().ok(), metadata.len())))
        };
        entries.filter(yaml).filter_map(signed).collect()
    }
}

/// What a file defines, or everything that is wrong with it.
fn definitions(path: &Path) -> Result<Vec<Defined>, Vec<String>> {
    let text = fs::read_to_string(path).map_err(|error| vec![error.to_string()])?;
    read(&text)
}

/// What a text defines.
///
/// # Errors
/// Everything that is wrong with it, with the line where that is known.
pub fn read(text: &str) -> Result<Vec<Defined>, Vec<String>> {
    let (file, problems) = weir_stages::read(text);
    let told = |problem: &Problem| match lines::of(text, &problem.path) {
        Some(line) => format!("line {line}: {problem}"),
        None => problem.to_string(),
    };
    let mut wrong: Vec<String> = problems.iter().map(told).collect();
    let mut all = Vec::new();
    for definition in &file.pipelines {
        let name = definition.name.clone();
        let triggers = triggers(&definition.triggers);
        match (definition.made(&file.templates), triggers) {
            (Ok(pipeline), Ok(triggers)) => all.push(Defined { name, pipeline, triggers }),
            (made, triggers) => {
                let made = made.err().into_iter().flatten().map(|problem| problem.to_string());
                let found = made.chain(triggers.err().into_iter().flatten());
                wrong.extend(found.map(|problem| format!("pipeline {name}: {problem}")));
            }
        }
    }
    if wrong.is_empty() { Ok(all) } else { Err(wrong) }
}

/// The triggers of a pipeline, ready to be asked.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) fn triggers(written: &[Value]) -> Result<Vec<(Trigger, Subscription)>, Vec<String>> {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for (index, value) in written.iter().enumerate() {
        let path = format!("spec.triggers[{index}]");
        match serde_json::from_value::<Trigger>(value.clone()) {
            Err(error) => wrong.push(format!("{path}: {error}")),
            Ok(trigger) => match Subscription::new(&trigger, &path) {
                Ok(subscription) => all.push((trigger, subscription)),
                Err(problems) => wrong.extend(problems.iter().map(ToString::to_string)),
            },
        }
    }
    if wrong.is_empty() { Ok(all) } else { Err(wrong) }
}
