//! Names that say one thing, and ids that keys can carry.

use std::collections::BTreeMap;

use crate::definition::{Child, Position, Stage};
use crate::problem::Problem;

/// Positions of children, with the word for them in paths.
pub(crate) const POSITIONS: [(Position, &str); 3] =
    [(Position::Before, "before"), (Position::After, "after"), (Position::OnFailure, "onFailure")];

/// What a label of Kubernetes, and a part of a host name, may have.
const MOST_LETTERS: usize = 63;

/// The id of a stage: what it gives, or its name in lower case with everything else than letters and digits as `-`.
pub(crate) fn id<W>(stage: &Stage<W>) -> String {
    if let Some(id) = &stage.id {
        return id.clone();
    }
    let words = stage.name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    words.join("-")
}

pub(super) fn check<W>(stages: &[&Stage<W>], path: &str, problems: &mut Vec<Problem>) {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    for (index, stage) in stages.iter().enumerate() {
        let id = id(stage);
        if stage.name.trim().is_empty() {
            problems.push(Problem::new(
                format!("{path}[{index}].name"),
                "is empty",
                "say what the stage does",
            ));
        }
        if let Some(first) = names.insert(&stage.name, index) {
            let what = format!("{path}[{first}] is called {:?} too", stage.name);
            problems.push(Problem::new(
                format!("{path}[{index}].name"),
                what,
                "give each stage its own name",
            ));
        } else if let Some(first) = ids.get(&id) {
            let what = format!("{path}[{first}] has the id {id:?} too");
            problems.push(Problem::new(format!("{path}[{index}].id"), what, "give one of them another `id`"));
        }
        ids.insert(id.clone(), index);
        if !is_id(&id) {
            let what = format!("{id:?} is no id");
            let mend = "give an `id` of 1 to 63 lower-case letters, digits and `-`, beginning and ending with neither `-`";
            problems.push(Problem::new(format!("{path}[{index}].id"), what, mend));
        }
    }
    for (index, stage) in stages.iter().enumerate() {
        if let Some(other) = ids.get(&stage.name).filter(|other| **other != index) {
            let what = format!("{:?} is the id of {path}[{other}]: `needs` could mean either", stage.name);
            problems.push(Problem::new(format!("{path}[{index}].name"), what, "rename one of them"));
        }
    }
}

/// Children of all positions share the parent's id as the beginning of theirs.
pub(super) fn check_children<W>(children: &[Child<W>], path: &str, problems: &mut Vec<Problem>) {
    let mut ids: BTreeMap<String, Position> = BTreeMap::new();
    for child in children {
        let id = id(&child.stage);
        let other = ids.insert(id.clone(), child.position);
        if other.is_some_and(|other| other != child.position) {
            let what = format!("two of the stages that it is made of have the id {id:?}");
            problems.push(Problem::new(path, what, "give one of them another `id`"));
        }
    }
}

fn is_id(id: &str) -> bool {
    let letters =
        id.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    letters && (1..=MOST_LETTERS).contains(&id.len()) && !id.starts_with('-') && !id.ends_with('-')
}
