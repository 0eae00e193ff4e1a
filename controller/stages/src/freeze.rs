//! A document of the kind `Freeze`: when nothing that runs is to be changed, and by which pipelines.

use globset::{Glob, GlobSet, GlobSetBuilder};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weir_pipeline::Problem;
use weir_pipeline::definition;
use weir_pipeline::freeze::{Force, Hold, Times};
use weir_pipeline::problem::did_you_mean;

use crate::file::typed;

/// A freeze, as it is written, and read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Freeze {
    written: Written,
    times: Times,
    /// `None`: all.
    pipelines: Option<GlobSet>,
    except: GlobSet,
}

/// Its name and what stands under `spec`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Written {
    name: String,
    spec: Map<String, Value>,
}

/// Keys of a `spec` that say which pipelines it holds.
const WHICH: [&str; 2] = ["pipelines", "except"];
/// All keys.
const KEYS: [&str; 8] = ["reason", "owner", "from", "until", "timeZone", "windows", WHICH[0], WHICH[1]];

impl Freeze {
    /// Reads a `spec`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(name: &str, spec: Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let unknown = spec.keys().filter(|key| !KEYS.contains(&key.as_str()));
        let mut problems: Vec<Problem> = unknown
            .map(|key| Problem::new(key, "a freeze has no such key", did_you_mean(key, KEYS)))
            .collect();
        let mut when = spec.clone();
        when.retain(|key, _| KEYS.contains(&key.as_str()) && !WHICH.contains(&key.as_str()));
        let [pipelines, except] = WHICH.map(|key| globs(key, spec.get(key)));
        let times = typed::<definition::Freeze>(&Value::Object(when))
            .map_err(|problem| vec![problem])
            .and_then(|freeze| Times::new(&freeze).map(|times| (freeze, times)));
        let (freeze, times) = match times {
            Ok((freeze, times)) => (Some(freeze), Some(times)),
            Err(found) => {
                problems.extend(found);
                (None, None)
            }
        };
        for (field, text) in freeze.iter().flat_map(|one| [("reason", &one.reason), ("owner", &one.owner)]) {
            if text.trim().is_empty() {
                let mend = "whoever it holds wants to know: say it in some words";
                problems.push(Problem::new(field, "it is empty", mend));
            }
        }
        match (times, pipelines, except) {
            (Some(times), Ok(pipelines), Ok(except)) if problems.is_empty() => {
                let written = Written { name: name.to_owned(), spec };
                Ok(Self { written, times, pipelines, except: except.unwrap_or_default() })
            }
            (_, pipelines, except) => {
                problems.extend([pipelines.err(), except.err()].into_iter().flatten().flatten());
                Err(problems)
            }
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.written.name
    }

    /// What it says to runs of a pipeline now, where it holds them.
    #[must_use]
    pub fn holds(&self, pipeline: &str, now: Timestamp) -> Option<Hold> {
        let is_meant = self.pipelines.as_ref().is_none_or(|pipelines| pipelines.is_match(pipeline));
        if !is_meant || self.except.is_match(pipeline) {
            return None;
        }
        let text =
            |key: &str| self.written.spec.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        match self.times.force(now) {
            Force::Off => None,
            Force::On(until) => {
                let freeze = self.written.name.clone();
                Some(Hold { freeze, reason: text("reason"), owner: text("owner"), until })
            }
        }
    }
}

impl PartialEq for Freeze {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl From<Freeze> for Written {
    fn from(freeze: Freeze) -> Self {
        freeze.written
    }
}

impl TryFrom<Written> for Freeze {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        Self::new(&written.name, written.spec)
            .map_err(|problems| problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; "))
    }
}

/// Names of pipelines, with `*` in them; nothing: none are given.
fn globs(key: &str, written: Option<&Value>) -> Result<Option<GlobSet>, Vec<Problem>> {
    let Some(written) = written else { return Ok(None) };
    let names: Vec<String> = typed(written).map_err(|problem| vec![problem.within(key)])?;
    let (mut set, mut problems) = (GlobSetBuilder::new(), Vec::new());
    if names.is_empty() {
        problems.push(Problem::new(key, "the list is empty", "name pipelines, or leave it out"));
    }
    for (index, name) in names.iter().enumerate() {
        match Glob::new(name) {
            Ok(glob) => _ = set.add(glob),
            Err(error) => {
                let mend = "give the name of a pipeline, or a part of it with `*`";
                problems.push(Problem::new(format!("{key}[{index}]"), error.to_string(), mend));
            }
        }
    }
    let set = set.build().map_err(|error| vec![Problem::new(key, error.to_string(), "give fewer names")])?;
    if problems.is_empty() { Ok(Some(set)) } else { Err(problems) }
}
