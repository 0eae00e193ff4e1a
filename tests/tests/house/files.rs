//! How long a file may be, what it is called, and how it begins.

use crate::workspace::{FILES, File, assert_none};

/// No file has more production lines.
const MOST_LINES: usize = 500;
/// Half of the files have no more.
const MEDIAN_LINES: usize = 150;
/// Names that say nothing about what is inside, so that anything may be put there.
const EMPTY_NAMES: [&str; 10] =
    ["util", "utils", "common", "helper", "helpers", "types", "core", "misc", "shared", "prelude"];

/// Lines before the trailing test module.
fn production_lines(file: &File) -> usize {
    let lines: Vec<&str> = file.text.lines().collect();
    let begins_tests = |pair: &[&str]| matches!(pair, ["#[cfg(test)]", next] if next.starts_with("mod "));
    lines.windows(2).position(begins_tests).unwrap_or(lines.len())
}

#[test]
fn files_are_short_enough_to_be_read_at_once() {
    let mut lengths: Vec<(usize, &str)> = FILES
        .iter()
        .filter(|file| file.is_production())
        .map(|file| (production_lines(file), file.path.as_str()))
        .collect();
    lengths.sort_unstable();
    let mut broken: Vec<String> = lengths
        .iter()
        .filter(|&&(lines, _)| lines > MOST_LINES)
        .map(|(lines, path)| format!("{path}: {lines} lines, {MOST_LINES} are the most: split it by step into a folder of the same name"))
        .collect();
    let median = lengths.get(lengths.len() / 2).map_or(0, |&(lines, _)| lines);
    if median > MEDIAN_LINES {
        broken.push(format!(
            "the median file has {median} lines, {MEDIAN_LINES} are wanted: the longest are {:?}",
            lengths.iter().rev().take(5).collect::<Vec<_>>()
        ));
    }
    assert_none(&broken);
}

#[test]
fn names_of_files_say_what_is_inside() {
    let mut broken = Vec::new();
    for file in FILES.iter().filter(|file| file.is_rust()) {
        let parts = file.path.split('/').map(|part| part.strip_suffix(".rs").unwrap_or(part));
        for part in parts.filter(|part| EMPTY_NAMES.contains(part)) {
            broken.push(format!(
                "{}: {part:?} says nothing: name it after the concept that its items are about",
                file.path
            ));
        }
        if file.path.ends_with("/mod.rs") {
            broken.push(format!(
                "{}: name it like its folder and put it beside the folder (foo.rs and foo/)",
                file.path
            ));
        }
    }
    assert_none(&broken);
}

#[test]
fn every_file_begins_with_what_it_is_for() {
    let bare = FILES.iter().filter(|file| file.is_rust() && !file.text.starts_with("//!"));
    assert_none(
        &bare
            .map(|file| format!("{}: begin with `//!`: what it does, why, its invariants", file.path))
            .collect::<Vec<_>>(),
    );
}
