//! Pipelines and freezes of a folder. A file that is wrong leaves what it said before in force, and does not touch the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;
use weir_pipeline::{Pipeline, Problem};
use weir_stages::{Definition, Freeze, Source, Template, Work, lines};
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
    /// What a pushed commit may say of it, where it may.
    pub(super) source: Option<Arc<Sourced>>,
}

/// What a pushed file is compared with.
#[derive(Debug)]
pub(super) struct Sourced {
    pub(super) source: Source,
    /// As it is served.
    pub(super) definition: Definition,
    pub(super) templates: Vec<Template>,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// What was said of the folder as a whole.
    told: BTreeSet<Problems>,
    /// Freezes of files that somebody has read before, by the names of these: they are in force until their file is right.
    before: BTreeMap<String, Vec<Freeze>>,
}

#[derive(Debug)]
struct Read {
    signature: Signature,
    /// What it said when it was last right.
    good: Document,
}

/// What a file says.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Pipelines.
    pub pipelines: Vec<Defined>,
    /// Freezes.
    pub freezes: Vec<Freeze>,
}

type Signature = (Option<SystemTime>, u64);

impl Folder {
    /// Where somebody has read these freezes before.
    pub(super) const fn new(path: PathBuf, before: BTreeMap<String, Vec<Freeze>>) -> Self {
        Self { path, files: BTreeMap::new(), told: BTreeSet::new(), before }
    }

    /// Reads files that have changed; `None`: none has.
    pub(super) fn read(&mut self) -> Option<Vec<Problems>> {
        let there = match self.there() {
            Ok(there) => there,
            // What it said before stays in force.
            Err(error) => {
                let problems = vec![format!("the folder of pipelines cannot be read: {error}")];
                let new = self.news(BTreeSet::from([Problems { file: self.path.clone(), problems }]));
                return (!new.is_empty()).then_some(new);
            }
        };
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
                    self.files.remove(&path).map_or_else(|| self.before(&path), |read| read.good)
                }
            };
            self.files.insert(path, Read { signature, good });
        }
        wrong.extend(self.news(self.doubles()));
        has_changed.then_some(wrong)
    }

    /// What another program had read of a file when it was last right.
    fn before(&mut self, path: &Path) -> Document {
        let freezes = self.before.remove(&name(path)).unwrap_or_default();
        Document { pipelines: Vec::new(), freezes }
    }

    /// All freezes, by the names of their files.
    pub(super) fn freezes(&self) -> BTreeMap<String, Vec<Freeze>> {
        let all = self.files.iter().map(|(path, read)| (name(path), read.good.freezes.clone()));
        all.filter(|(_, freezes)| !freezes.is_empty()).collect()
    }

    /// What was not told before.
    fn news(&mut self, problems: BTreeSet<Problems>) -> Vec<Problems> {
        let new = problems.difference(&self.told).cloned().collect();
        self.told = problems;
        new
    }

    /// Pipelines that an earlier file has, too.
    fn doubles(&self) -> BTreeSet<Problems> {
        let (mut first, mut doubles) = (BTreeMap::new(), BTreeSet::new());
        for (file, read) in &self.files {
            for one in &read.good.pipelines {
                let first = first.entry(&one.name).or_insert(file);
                if *first != file {
                    let (name, first) = (&one.name, first.display());
                    let problems = vec![format!(
                        "pipeline {name:?} is in {first} too, and that one counts: name one of them otherwise"
                    )];
                    doubles.insert(Problems { file: file.clone(), problems });
                }
            }
        }
        doubles
    }

    /// All pipelines. Of two with the same name the one of the first file counts.
    pub(super) fn defined(&self) -> Vec<Arc<Defined>> {
        let mut by_name = BTreeMap::new();
        for one in self.files.values().flat_map(|read| &read.good.pipelines) {
            by_name.entry(&one.name).or_insert(one);
        }
        by_name.into_values().cloned().map(Arc::new).collect()
    }

    fn there(&self) -> io::Result<BTreeMap<PathBuf, Signature>> {
        let entries = fs::read_dir(&self.path)?.flatten().map(|entry| entry.path());
        let yaml = |path: &PathBuf| {
            matches!(path.extension().and_then(|extension| extension.to_str()), Some("yaml" | "yml"))
        };
        let signed = |path: PathBuf| {
            let metadata = path.metadata().ok()?;
            Some((path, (metadata.modified().ok(), metadata.len())))
        };
        Ok(entries.filter(yaml).filter_map(signed).collect())
    }
}

/// What a file defines, or everything that is wrong with it.
fn definitions(path: &Path) -> Result<Document, Vec<String>> {
    let text = fs::read_to_string(path).map_err(|error| vec![error.to_string()])?;
    read(&text)
}

/// What a text defines.
///
/// # Errors
/// Everything that is wrong with it, with the line where that is known.
pub fn read(text: &str) -> Result<Document, Vec<String>> {
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
            (Ok(pipeline), Ok(triggers)) => {
                let source = sourced(definition, &file.templates);
                all.push(Defined { name, pipeline, triggers, source });
            }
            (made, triggers) => {
                let found = made.err().into_iter().flatten().chain(triggers.err().into_iter().flatten());
                let placed = |problem: Problem| match definition.place.as_str() {
                    "" => problem,
                    place => problem.within(place),
                };
                wrong.extend(found.map(placed).map(|problem| told(&problem)));
            }
        }
    }
    let document = Document { pipelines: all, freezes: file.freezes };
    if wrong.is_empty() { Ok(document) } else { Err(wrong) }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn sourced(definition: &Definition, templates: &[Template]) -> Option<Arc<Sourced>> {
    let source = definition.source.clone()?;
    Some(Arc::new(Sourced { source, definition: definition.clone(), templates: templates.to_vec() }))
}

/// The triggers of a pipeline, ready to be asked.
fn triggers(written: &[Value]) -> Result<Vec<(Trigger, Subscription)>, Vec<Problem>> {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for (index, value) in written.iter().enumerate() {
        let path = format!("spec.triggers[{index}]");
        match serde_json::from_value::<Trigger>(value.clone()) {
            Err(error) => wrong.push(Problem::new(path, error.to_string(), "mend it as the guide has it")),
            Ok(trigger) => match Subscription::new(&trigger, &path) {
                Ok(subscription) => all.push((trigger, subscription)),
                Err(found) => wrong.extend(found),
            },
        }
    }
    if wrong.is_empty() { Ok(all) } else { Err(wrong) }
}
