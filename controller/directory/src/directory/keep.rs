//! What stays in force of a file that broke.

use std::collections::BTreeSet;

use weir_api::manifest::{Located, ObjectKey, Parsed, Problem, Severity};

/// How many objects a message names.
const NAMED: usize = 3;

/// What of a file is in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    pub(super) objects: Vec<Located>,
    /// What is wrong in it.
    pub(super) problems: Vec<Problem>,
}

/// What is in force after a file was read again.
///
/// An object with an error keeps its last good form. Where a document is so broken that its object is not known, every object that the
/// file held and does not show now may be that one, so all of them are kept.
pub(super) fn merge(parsed: Parsed, before: Vec<Located>) -> Held {
    let Parsed { mut objects, mut problems } = parsed;
    let shown: BTreeSet<ObjectKey> = objects.iter().map(|located| located.object.key()).collect();
    let errors = || problems.iter().filter(|problem| problem.severity == Severity::Error);
    let unknown = errors().any(|problem| problem.object.is_none());
    let broken: BTreeSet<ObjectKey> = errors().filter_map(|problem| problem.object.clone()).collect();
    let kept: Vec<Located> = before
        .into_iter()
        .filter(|located| {
            let key = located.object.key();
            !shown.contains(&key) && (unknown || broken.contains(&key))
        })
        .collect();
    let keys: Vec<ObjectKey> = kept.iter().map(|located| located.object.key()).collect();
    let lost: Vec<ObjectKey> = keys.iter().filter(|key| !broken.contains(*key)).cloned().collect();
    let mut told = BTreeSet::new();
    // From the end: what stays in force is said once for an object, below the last of its problems.
    for problem in problems.iter_mut().rev().filter(|problem| problem.severity == Severity::Error) {
        if !told.insert(problem.object.clone()) {
            continue;
        }
        let sentence = match &problem.object {
            Some(key) if shown.contains(key) => continue,
            Some(key) if keys.contains(key) => format!("The last good {key} stays in force."),
            Some(key) => format!("{key} is not used."),
            None if lost.is_empty() => continue,
            None => stay(&lost),
        };
        *problem = problem.clone().with_help(sentence);
    }
    objects.extend(kept);
    Held { objects, problems }
}

/// A file of which nothing can be read: all that it held stays in force.
pub(super) fn unreadable(file: &str, message: String, before: Vec<Located>) -> Held {
    let keys: Vec<ObjectKey> = before.iter().map(|located| located.object.key()).collect();
    let mut problem = Problem::error(file, 0, "", message);
    if !keys.is_empty() {
        problem = problem.with_help(stay(&keys));
    }
    Held { objects: before, problems: vec![problem] }
}

fn stay(keys: &[ObjectKey]) -> String {
    let names: Vec<String> = keys.iter().take(NAMED).map(ToString::to_string).collect();
    let more = match keys.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match keys {
        [only] => format!("The last good {only} stays in force."),
        _ => format!("What it last held stays in force: {}{more}.", names.join(", ")),
    }
}
