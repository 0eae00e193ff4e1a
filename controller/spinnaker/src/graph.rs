//! Names, ids and needs of the stages.
//!
//! Spinnaker's stages name each other by `refId` and may share a name; here a name says which. The first of several keeps it, as it is the one that `#stage('..')` finds there.

use std::collections::BTreeSet;

use weir_pipeline::Problem;

use crate::name;
use crate::part::Part;

/// The stages of a pipeline.
#[derive(Debug)]
pub(crate) struct Graph {
    /// By their place in the list.
    pub(crate) nodes: Vec<Node>,
}

/// One stage.
#[derive(Debug)]
pub(crate) struct Node {
    /// Unique.
    pub(crate) name: String,
    /// Where the name does not make one that can be used.
    pub(crate) id: Option<String>,
    /// Names of the stages that come before; `None`: the one before it in the list.
    pub(crate) needs: Option<Vec<String>>,
    /// Requisites that are not there, beside others that are.
    pub(crate) dangling: Vec<String>,
}

impl Graph {
    /// Reads it.
    ///
    /// # Errors
    /// Two stages with the same `refId`, or one that Spinnaker would never start.
    pub(crate) fn of(pipeline: &Part<'_>) -> Result<Self, Problem> {
        let stages = pipeline
            .items("stages")
            .into_iter()
            .map(|(place, value)| Part::of(place, value))
            .collect::<Result<Vec<_>, _>>()?;
        let references: Vec<Option<String>> = stages.iter().map(|stage| stage.text("refId")).collect();
        for (index, reference) in references.iter().enumerate().filter(|(_, reference)| reference.is_some()) {
            if let Some(first) = references.iter().take(index).position(|other| other == reference) {
                let path = format!("{}[{index}].refId", pipeline.at("stages"));
                let what = format!(
                    "stages[{first}] has the refId {:?} too",
                    reference.as_deref().unwrap_or_default()
                );
                return Err(Problem::new(path, what, "give each stage its own"));
            }
        }
        let names = names(&stages);
        let keep = is_asked_for(pipeline);
        let ids = ids(&names, &references, keep);
        // Before there were refIds stages ran one after another.
        let is_list = references.iter().all(Option::is_none)
            && stages.iter().all(|stage| stage.get("requisiteStageRefIds").is_none());
        let mut nodes = Vec::new();
        for ((stage, name), id) in stages.iter().zip(&names).zip(ids) {
            let (needs, dangling) = needs(stage, &references, &names)?;
            let needs = (!is_list).then_some(needs);
            nodes.push(Node { name: name.clone(), id, needs, dangling });
        }
        Ok(Self { nodes })
    }
}

fn names(stages: &[Part<'_>]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let written: BTreeSet<String> = stages.iter().filter_map(|stage| stage.text("name")).collect();
    for (index, stage) in stages.iter().enumerate() {
        let given = stage.text("name").filter(|name| !name.trim().is_empty());
        let base = given.unwrap_or_else(|| format!("Stage {}", index + 1));
        let is_taken = |name: &String| all.contains(name) || (*name != base && written.contains(name));
        let mut candidates =
            std::iter::once(base.clone()).chain((2..).map(|number| format!("{base} {number}")));
        all.push(candidates.find(|name| !is_taken(name)).unwrap_or_default());
    }
    all
}

/// Whether some text asks for stages by their `refId`.
fn is_asked_for(pipeline: &Part<'_>) -> bool {
    pipeline.fields.values().any(|value| value.to_string().contains("stageByRefId"))
}

/// Ids that differ from each other, and from the names of other stages.
fn ids(names: &[String], references: &[Option<String>], keep: bool) -> Vec<Option<String>> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut ids = Vec::new();
    for (name, reference) in names.iter().zip(references) {
        let others: BTreeSet<String> = names.iter().filter(|other| *other != name).cloned().collect();
        let blocked: BTreeSet<String> = taken.union(&others).cloned().collect();
        let wanted = reference.clone().filter(|reference| keep && name::is_slug(reference));
        let made = made_of(name);
        let id = name::free(&wanted.unwrap_or_else(|| name::slug(name)), &blocked);
        taken.insert(id.clone());
        ids.push((id != made).then_some(id));
    }
    ids
}

/// The id that a stage of this name has where it gives none.
fn made_of(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    words.join("-")
}

/// Names of what a stage needs, and requisites that are not there.
fn needs(
    stage: &Part<'_>,
    references: &[Option<String>],
    names: &[String],
) -> Result<(Vec<String>, Vec<String>), Problem> {
    let (mut needs, mut dangling) = (Vec::new(), Vec::new());
    if stage.get("requisiteStageRefIds").is_some_and(|given| !given.is_array()) {
        let what = "it is no list";
        return Err(Problem::new(stage.at("requisiteStageRefIds"), what, "give a list of refIds"));
    }
    for (_, wanted) in stage.items("requisiteStageRefIds") {
        let wanted = crate::part::text_of(wanted).unwrap_or_default();
        let found = references.iter().position(|reference| reference.as_ref() == Some(&wanted));
        match found.and_then(|index| names.get(index)) {
            Some(name) if !needs.contains(name) => needs.push(name.clone()),
            Some(_) => {}
            None => dangling.push(wanted),
        }
    }
    if needs.is_empty() && !dangling.is_empty() {
        let what = format!("there is no stage with the refId {}", dangling.join(", "));
        let mend = "it never starts in Spinnaker: name a stage that is there, or none";
        return Err(Problem::new(stage.at("requisiteStageRefIds"), what, mend));
    }
    Ok((needs, dangling))
}
