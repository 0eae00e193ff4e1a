//! The tables of the README against what is really there.

use std::collections::BTreeSet;

use crate::workspace::{FILES, assert_none, metadata};

/// The README, once there is one.
fn readme() -> Option<&'static str> {
    FILES.iter().find(|file| file.path == "README.md").map(|file| file.text.as_str())
}

/// Rows of Markdown tables, without the lines under their heads.
fn rows(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| line.starts_with('|') && !line.starts_with("|--") && !line.starts_with("| --"))
}

/// Whether one cell of `row` is `name`, however it is emphasised.
fn has_cell(row: &str, name: &str) -> bool {
    row.split('|')
        .any(|cell| cell.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|word| word == name))
}

/// The ports after the host in the default addresses of programs: `default_value = "127.0.0.1:8080"`.
fn default_ports() -> BTreeSet<(u16, &'static str)> {
    let mut ports = BTreeSet::new();
    for file in FILES.iter().filter(|file| file.is_production()) {
        for line in file.text.lines().filter(|line| line.contains("default_value")) {
            let texts = line.split('"').filter_map(|text| text.rsplit_once(':'));
            ports.extend(texts.filter_map(|(_, port)| Some((port.parse().ok()?, file.path.as_str()))));
        }
    }
    ports
}

#[test]
fn the_crate_table_has_every_crate() {
    let Some(readme) = readme() else { return };
    let missing = metadata()
        .packages
        .into_iter()
        .filter(|package| !rows(readme).any(|row| has_cell(row, package.name.as_str())));
    let broken: Vec<String> = missing
        .map(|package| {
            format!("README.md: the crate table lacks {}: add a row with its folder and job", package.name)
        })
        .collect();
    assert_none(&broken);
}

#[test]
fn the_crate_table_has_no_crate_that_is_gone() {
    let Some(readme) = readme() else { return };
    let known: BTreeSet<String> =
        metadata().packages.iter().map(|package| package.name.to_string()).collect();
    let first_cells =
        rows(readme).filter_map(|row| row.split('|').nth(1)).map(|cell| cell.trim().trim_matches('`'));
    let gone =
        first_cells.filter(|cell| cell.starts_with("weir-") && !cell.contains(' ') && !known.contains(*cell));
    assert_none(
        &gone
            .map(|cell| format!("README.md: {cell} is no crate of this workspace: remove its row"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_port_table_has_every_default_port() {
    let Some(readme) = readme() else { return };
    let missing = default_ports()
        .into_iter()
        .filter(|(port, _)| !rows(readme).any(|row| has_cell(row, &port.to_string())));
    let broken: Vec<String> = missing
        .map(|(port, path)| format!("README.md: the port table lacks {port}, a default in {path}: add a row with the program and its purpose"))
        .collect();
    assert_none(&broken);
}

#[test]
fn a_cell_is_found_whatever_surrounds_it() {
    let row = "| [`weir-proxy`](proxy) | data plane, 127.0.0.1:9901 |";
    assert!(has_cell(row, "weir-proxy") && has_cell(row, "9901"));
    assert!(!has_cell(row, "weir") && !has_cell(row, "990"));
}

#[test]
fn each_strategy_that_is_shown_is_a_canary_s() {
    let Some(readme) = readme() else { return };
    let after = readme.split_once("<!-- each line is read by tests/tests/house/readme.rs -->").unwrap().1;
    let block = after.split_once("```yaml\n").unwrap().1.split_once("```").unwrap().0;
    let mut shown = 0;
    for line in block.lines() {
        shown += 1;
        let manifest = format!(
            "apiVersion: weir.dev/v1alpha1\nkind: Canary\nmetadata: {{name: shop, namespace: test}}\nspec:\n  targetRef: {{name: shop}}\n  \
             service: shop\n  strategy:\n    {line}\n"
        );
        let read = weir_api::manifest::parse("README.md", &manifest);
        assert!(read.problems.is_empty() && read.objects.len() == 1, "{line}: {:?}", read.problems);
    }
    assert!(shown >= 6, "{shown} strategies");
}
