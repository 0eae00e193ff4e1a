//! What a pushed file may change, as it is written: `description`, `stages.step.run`, `template.values.testEnv`.

use std::fmt;

use serde::{Deserialize, Serialize};
use weir_pipeline::Problem;
use weir_pipeline::definition::stage::FIELDS;
use weir_pipeline::problem::did_you_mean;

use crate::work::KINDS;

/// A field, with all that is below it; of stages it is said without which one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Allowed(Vec<String>);

/// Fields of a pipeline that may be named.
const FIELDS_OF_PIPELINE: [&str; 10] = [
    "description",
    "parameters",
    "concurrency",
    "timeZone",
    "windows",
    "timeout",
    "notifications",
    "artifacts",
    "template.values",
    "stages",
];
/// What only the document that is served says: what starts it, and what of it may be changed.
const NEVER: [&str; 4] = ["triggers", "source", "template", "metadata"];

impl Allowed {
    /// What a list has that is not written: neither secret nor image, nor where anything goes. It is what who may push decides anyway: what a test runs.
    #[must_use]
    pub fn by_default() -> Vec<Self> {
        ["description", "stages.step.run"].map(|text| Self::from(text.to_owned())).to_vec()
    }

    /// Whether it is this field, or one above it.
    pub(super) fn covers(&self, path: &[String]) -> bool {
        path.starts_with(&self.0)
    }

    /// Whether it names `guarded` itself, or of it just what has changed: what is above it says nothing of it.
    pub(super) fn names(&self, guarded: &[String], path: &[String]) -> bool {
        self.0 == guarded || self.0.starts_with(guarded) && self.covers(path)
    }

    pub(super) fn check(&self) -> Option<Problem> {
        let first = self.0.first()?;
        let two = self.0.get(..2).map(|two| two.join(".")).unwrap_or_default();
        let mend = |known: &[&str], given: &str| did_you_mean(given, known.to_vec());
        let stages = || FIELDS.into_iter().filter(|field| !matches!(*field, "name" | "id")).chain(KINDS);
        match (first.as_str(), self.0.get(1)) {
            ("stages", Some(second)) => {
                let known: Vec<&str> = stages().collect();
                let is_known = known.contains(&second.as_str());
                let what = format!("stages have no {second:?}");
                (!is_known).then(|| Problem::new("", what, mend(&known, second)))
            }
            (_, _) if two == "template.values" => None,
            (field, _) if FIELDS_OF_PIPELINE.contains(&field) => None,
            (field, _) if NEVER.contains(&field) => {
                let what = format!("{field:?} is for the document that is served to say");
                Some(Problem::new("", what, "leave it out"))
            }
            (field, _) => {
                let what = format!("a pipeline has no {field:?}");
                Some(Problem::new("", what, mend(&FIELDS_OF_PIPELINE, field)))
            }
        }
    }
}

impl From<String> for Allowed {
    fn from(text: String) -> Self {
        Self(text.split('.').map(str::to_owned).collect())
    }
}

impl From<Allowed> for String {
    fn from(allowed: Allowed) -> Self {
        allowed.to_string()
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
