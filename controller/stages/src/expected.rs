//! Images that a pipeline counts on, as they are written: `artifacts:` of a pipeline, which Spinnaker calls expected artifacts.
//!
//! They are found before the first stage, so nothing of them is an expression: no stage has run, and what is deployed is nothing for a trigger to name.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use weir_deploy::images::{is_called, repository};
use weir_pipeline::Problem;

use crate::typed;

/// One entry of the list: an image, and where it may come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expected {
    /// By which expressions see it: `${ artifacts.NAME.image }`.
    pub name: String,
    /// Which images match: by the repository, or by the last part of it alone.
    pub image: String,
    /// In this order, until one has it. Default: what started the run.
    #[serde(default = "trigger")]
    pub from: Vec<Origin>,
}

/// Where an image may come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// What started the run: an image, or a run that published or found one.
    Trigger,
    /// What the last run of this pipeline that succeeded used.
    Prior,
    /// The last run of that pipeline that succeeded and published or found one.
    Pipeline(String),
    /// This one, by its digest.
    Default(String),
}

fn trigger() -> Vec<Origin> {
    vec![Origin::Trigger]
}

impl Expected {
    /// Reads an entry as it is kept, once it has been checked.
    ///
    /// # Errors
    /// It is none.
    pub fn new(written: &Value) -> Result<Self, Problem> {
        Ok(typed::read(written)?)
    }

    /// What makes no sense of one entry.
    fn check(&self) -> Vec<Problem> {
        let Self { name, image, from } = self;
        let mut found: Vec<Problem> = [check_name(name), check_image(image)].into_iter().flatten().collect();
        if from.is_empty() {
            let mend = "give at least one of `trigger`, `prior`, `pipeline: NAME`, `default: REFERENCE`";
            found.push(Problem::new("from", "it is nowhere to be found", mend));
        }
        for (index, origin) in from.iter().enumerate() {
            let problem = |problem: Problem| problem.within(&format!("from[{index}]"));
            found.extend(origin.check(image).map(problem));
            if from.iter().take(index).any(|before| before == origin) {
                found.push(problem(Problem::new("", "it is in the list already", "leave it out")));
            }
            if matches!(origin, Origin::Default(_)) && index + 1 < from.len() {
                let what = "what stands behind it is never tried";
                found.push(problem(Problem::new("default", what, "put it last")));
            }
        }
        found
    }
}

impl Origin {
    fn check(&self, image: &str) -> Option<Problem> {
        let (key, text) = match self {
            Self::Trigger | Self::Prior => return None,
            Self::Pipeline(text) => ("pipeline", text),
            Self::Default(text) => ("default", text),
        };
        let wrong = |what: String, mend: String| Some(Problem::new(key, what, mend));
        if text.trim().is_empty() {
            let mend = if key == "pipeline" { "name the pipeline" } else { "give a reference by its digest" };
            return wrong("it is empty".to_owned(), mend.to_owned());
        }
        if let Some(problem) = plain(key, text) {
            return Some(problem);
        }
        if key == "pipeline" {
            return None;
        }
        let name = repository(text);
        match text.split_once('@') {
            None => wrong(
                format!("{text:?} may be another image by tomorrow"),
                format!("give its digest: {name}@sha256:.."),
            ),
            Some((_, digest)) if !is_digest(digest) => wrong(
                format!("{digest:?} is no digest"),
                "give sha256: and 64 hexadecimal digits, in lower case".to_owned(),
            ),
            Some(_) if !is_called(name, image) => wrong(
                format!("{name} is no image that `image` matches, which is {image}"),
                "mend one of the two".to_owned(),
            ),
            Some(_) => None,
        }
    }
}

fn check_name(name: &str) -> Option<Problem> {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    if name.is_empty() {
        return Some(Problem::new("name", "it is empty", "name it, as expressions are to see it"));
    }
    if let Some(problem) = plain("name", name) {
        return Some(problem);
    }
    let is_one = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit());
    let what = format!("{name:?} is no name in an expression");
    let mend = "begin with a letter or `_`, and go on with letters, digits and `_`";
    (!is_one).then(|| Problem::new("name", what, mend))
}

fn check_image(image: &str) -> Option<Problem> {
    let mend = "give registry/name, or its last part";
    if image.is_empty() {
        return Some(Problem::new("image", "it is empty", mend));
    }
    if let Some(problem) = plain("image", image) {
        return Some(problem);
    }
    let name = repository(image);
    if name != image {
        let what = "it has a tag or a digest, and every image of that name is meant";
        return Some(Problem::new("image", what, format!("give {name}")));
    }
    let is_wrong = image.split('/').any(str::is_empty) || image.contains(char::is_whitespace);
    is_wrong.then(|| Problem::new("image", format!("{image:?} is no name of an image"), mend))
}

/// Whatever an expression would take its value from is not there yet.
fn plain(key: &str, text: &str) -> Option<Problem> {
    let what = "it is an expression, and has to be known before the run begins";
    text.contains("${").then(|| Problem::new(key, what, "write the text itself"))
}

/// What images are known by.
fn is_digest(text: &str) -> bool {
    let hex = |c: char| c.is_ascii_digit() || matches!(c, 'a'..='f');
    text.strip_prefix("sha256:").is_some_and(|digits| digits.len() == 64 && digits.chars().all(hex))
}

/// Everything that is wrong with a list of them, whose problems begin with `artifacts`. What is no list is left to whoever reads the rest.
#[must_use]
pub fn check(written: Option<&Value>) -> Vec<Problem> {
    let (mut found, mut before) = (Vec::new(), Vec::<Expected>::new());
    for (index, entry) in written.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let own = match typed::read::<Expected>(entry) {
            Ok(one) => {
                let mut own = one.check();
                own.extend(doubles(&one, &before));
                before.push(one);
                own
            }
            Err(misread) => vec![misread.into()],
        };
        found.extend(own.into_iter().map(|problem| problem.within(&format!("artifacts[{index}]"))));
    }
    found
}

/// What an earlier entry has, too: nobody could tell which one is meant.
fn doubles(one: &Expected, before: &[Expected]) -> Vec<Problem> {
    let told = |key: &str, value: &str, first: Option<usize>| {
        let what = format!("artifacts[{}] has {value:?}, too", first?);
        Some(Problem::new(key, what, "leave it out in one of the two"))
    };
    let name = told("name", &one.name, before.iter().position(|other| other.name == one.name));
    let image = told("image", &one.image, before.iter().position(|other| other.image == one.image));
    name.into_iter().chain(image).collect()
}
