//! The tables of the design against the code.

use std::collections::BTreeSet;

use crate::classes::CLASSES;
use crate::functions;
use crate::kind::Kind;
use crate::methods;

const DESIGN: &str = include_str!("../DESIGN.md");

/// The rows of the table under a heading, without its head.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, after) = DESIGN.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = after.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The names in backquotes of a cell.
fn names(cell: &str) -> BTreeSet<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_design_has_every_function_and_no_other() {
    let listed: BTreeSet<&str> = rows("Functions")
        .iter()
        .flat_map(|row| names(row[0]))
        .map(|name| name.split('(').next().unwrap())
        .collect();
    let written: BTreeSet<String> = functions::names().map(|name| format!("#{name}")).collect();
    assert_eq!(listed, written.iter().map(String::as_str).collect());
}

#[test]
fn the_design_has_every_method_and_no_other() {
    let kinds = [
        ("text", Kind::Text),
        ("list", Kind::List),
        ("map", Kind::Map),
        ("number", Kind::Integer),
        ("boolean", Kind::Boolean),
        ("bytes", Kind::Bytes),
        ("status", Kind::Status),
        ("instant", Kind::Instant),
        ("date", Kind::Date),
        ("date and time", Kind::DateTime),
        ("date and time in a zone", Kind::Zoned),
        ("date format", Kind::Format),
        ("Base64 encoder or decoder", Kind::Codec),
        ("random generator", Kind::Random),
        ("everything", Kind::Null),
    ];
    let rows = rows("Methods");
    assert_eq!(rows.len(), kinds.len());
    let of_all: BTreeSet<&str> = methods::names_of(Kind::Null).into_iter().collect();
    for ((name, kind), row) in kinds.into_iter().zip(rows) {
        let mut written: BTreeSet<&str> = methods::names_of(kind).into_iter().collect();
        if kind != Kind::Null {
            written.retain(|method| !of_all.contains(method));
        }
        assert_eq!((row[0], names(row[1])), (name, written));
    }
}

#[test]
fn the_design_has_every_class_and_no_other() {
    let rows = rows("Classes");
    assert_eq!(rows.len(), CLASSES.len());
    for (class, row) in CLASSES.iter().zip(rows) {
        let constants = class.constants.iter().map(|(name, _)| *name);
        let written: BTreeSet<&str> =
            class.methods.iter().map(|method| method.name).chain(constants).collect();
        assert_eq!((names(row[0]), names(row[1])), (BTreeSet::from([class.name]), written));
        assert_eq!(row[2] == "yes", class.constructor.is_some(), "new {}", class.name);
    }
}
