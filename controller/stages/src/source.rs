//! A pipeline whose repository has a file that says some of it: what of a pushed file counts.
//!
//! ```text
//! allowed      what may differ, as it is written
//! guarded      what has to be named itself: secrets, images, registries, other servers
//! difference   in which fields two pipelines differ
//! ```
//! The document that is served is the pipeline; a pushed file may differ from it where that document says so, and nowhere else.

mod allowed;
mod difference;
mod guarded;

use serde::{Deserialize, Serialize};
use weir_pipeline::{Pipeline, Problem};

use crate::file::{self, Definition, File};
use crate::lines;
use crate::template::{Call, Template};
use crate::work::Work;

pub use allowed::Allowed;
use difference::Difference;

/// Where a repository says what of it is done otherwise: `spec.source` of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// The file, in the commit that was pushed. Default: `.weir/pipeline.yaml`.
    #[serde(default = "usual")]
    pub path: String,
    /// Name of the repository whose file counts, as triggers know it: `owner/name`. Default: whichever starts the pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Address that the file is fetched from. Default: the trigger's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Secret for the repository, as of a checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// What the file may change. Default: `description` and `stages.step.run`.
    #[serde(default = "Allowed::by_default")]
    pub allow: Vec<Allowed>,
    /// Whether it counts for the pull request of a fork, too, whose files are anybody's. Default: no; then the served document counts as it is.
    #[serde(default)]
    pub forks: bool,
}

fn usual() -> String {
    ".weir/pipeline.yaml".to_owned()
}

impl Source {
    /// Everything that is wrong with it, below `source`.
    pub(crate) fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let is_inside = !self.path.is_empty()
            && !self.path.starts_with(['/', '-', ':'])
            && self.path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !is_inside {
            let what = format!("{:?} is no file of a repository", self.path);
            problems.push(Problem::new(
                "source.path",
                what,
                "give a path from its root: .weir/pipeline.yaml",
            ));
        }
        if let Some(url) = self.url.as_ref().filter(|url| url.is_empty() || url.starts_with('-')) {
            let what = format!("{url:?} is no address");
            problems.push(Problem::new("source.url", what, "give one that git takes, or leave it out"));
        }
        let allowed = self.allow.iter().enumerate();
        problems.extend(
            allowed.filter_map(|(index, allowed)| {
                Some(allowed.check()?.within(&format!("source.allow[{index}]")))
            }),
        );
        problems
    }
}

/// Why a pushed file does not say what to run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushedError {
    /// It is wrong in itself.
    #[error("it is wrong: {}", .0.join("; "))]
    Wrong(Vec<String>),
    /// The pipeline is not in it.
    #[error("there is no pipeline {0:?} in it: name it so, as the document that is served does")]
    Missing(String),
    /// It differs where nobody allows it.
    #[error("{}", .0.join("; "))]
    Refused(Vec<String>),
}

/// What a pushed file makes of the pipeline that is served.
///
/// # Errors
/// The file is wrong, or differs in what the served document does not allow. Then nothing of it counts.
pub fn pushed(
    served: &Definition,
    templates: &[Template],
    source: &Source,
    text: &str,
) -> Result<Pipeline<Work>, PushedError> {
    let (file, problems) = file::read(text);
    let told = |problem: &Problem| match lines::of(text, &problem.path) {
        Some(line) => format!("line {line}: {problem}"),
        None => problem.to_string(),
    };
    let wrong = |problems: &[Problem]| PushedError::Wrong(problems.iter().map(told).take(SHOWN).collect());
    if !problems.is_empty() {
        return Err(wrong(&problems));
    }
    // Which freezes there are is nothing that a commit could say.
    let File { pipelines, templates: brought, freezes: _ } = file;
    let definition = pipelines.into_iter().find(|one| one.name == served.name);
    let definition = definition.ok_or_else(|| PushedError::Missing(served.name.clone()))?;
    // Whatever templates the file brings along: those of the served one count.
    let made = definition.made(templates).map_err(|problems| wrong(&problems))?;
    let before = served.made(templates).map_err(|problems| wrong(&problems))?;
    let mut refused = fixed(served, &definition, templates, &brought);
    let mut differences = difference::of_pipelines(&before, &made).map_err(|problems| wrong(&problems))?;
    if let (Some(before), Some(now)) = (&served.template, &definition.template) {
        // What a template makes of values that may be given is its own; what is guarded has to be named all the same.
        differences.retain(|difference| !difference.guarded.is_empty());
        refused.extend(values(before, now).iter().filter_map(|one| refusal(one, source, false)));
    }
    let is_made = served.template.is_some();
    refused.extend(differences.iter().filter_map(|one| refusal(one, source, is_made)));
    if refused.is_empty() { Ok(made) } else { Err(PushedError::Refused(shown(refused))) }
}

/// More sentences than these help nobody.
const SHOWN: usize = 5;

fn shown(mut all: Vec<String>) -> Vec<String> {
    let more = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    all.extend((more > 0).then(|| format!("and {more} more")));
    all
}

/// What no list allows.
fn fixed(
    served: &Definition,
    pushed: &Definition,
    templates: &[Template],
    brought: &[Template],
) -> Vec<String> {
    let mut refused = Vec::new();
    let mut refuse = |field: &str| {
        refused.push(format!(
            "{field} differs, which is for the document that is served to say: leave it as it is there"
        ));
    };
    if !pushed.triggers.is_empty() && pushed.triggers != served.triggers {
        refuse("spec.triggers");
    }
    if pushed.source.is_some() && pushed.source != served.source {
        refuse("spec.source");
    }
    let name = |definition: &Definition| definition.template.as_ref().map(|call| call.name.clone());
    if name(served) != name(pushed) {
        refuse("spec.template.name");
    }
    for template in brought.iter().filter(|template| !templates.contains(template)) {
        refuse(&format!("the template {:?}", template.name));
    }
    refused
}

fn values(served: &Call, pushed: &Call) -> Vec<Difference> {
    let mut all = Vec::new();
    let path = ["template".to_owned(), "values".to_owned()];
    let [served, pushed] = [served, pushed].map(|call| serde_json::Value::Object(call.values.clone()));
    difference::of_values("spec.template.values", &path, Some(&served), Some(&pushed), &mut all);
    all
}

/// Why a difference is not allowed, and what would allow it. What a template has made is covered by what is said of its values.
fn refusal(difference: &Difference, source: &Source, is_made: bool) -> Option<String> {
    let Difference { at, path, guarded } = difference;
    let is_covered = is_made || source.allow.iter().any(|allowed| allowed.covers(path));
    // Three names are a field of a kind of stage; what is below it is rarely worth a line of its own.
    let wide = path.get(..path.len().min(3)).unwrap_or_default();
    let is_named = |field: &&Vec<String>| source.allow.iter().any(|allowed| allowed.names(field, path));
    let unnamed: Vec<_> = guarded.iter().filter(|field| !is_named(field)).collect();
    let mut missing: Vec<String> = unnamed.iter().map(|field| field.join(".")).collect();
    if !is_covered && !unnamed.iter().any(|field| wide.starts_with(field)) {
        missing.insert(0, wide.join("."));
    }
    (!missing.is_empty()).then(|| {
        let added = missing.join(" and ");
        format!("{at} differs: leave it as it is served, or add {added} to `spec.source.allow` of the served document")
    })
}
