//! What must not stand in any file: paths of one machine, and hosts that only one network reaches.

use std::path::Path;

use crate::workspace::{FILES, assert_none};

/// Written in two parts, so that this file does not break its own rule.
const ROOTS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Use", "rs/")];
const HOSTS: [&str; 6] = [
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs"),
    concat!("proxy.", "golang"),
    concat!("deb.", "debian.org"),
    concat!("pypi.", "org"),
];

/// Whether `line` names `root` as the beginning of a path, and not as a part of a longer one.
fn names_root(line: &str, root: &str) -> bool {
    line.match_indices(root).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|before| {
            before.is_alphanumeric() || matches!(before, '_' | '.' | '-' | '}' | ')' | '*')
        })
    })
}

#[test]
fn no_file_names_a_path_of_one_machine_or_a_registry_host() {
    let mut broken = Vec::new();
    let written = FILES
        .iter()
        .filter(|file| Path::new(&file.path).extension().is_none_or(|extension| extension != "lock"));
    for file in written {
        for (number, line) in (1..).zip(file.text.lines()) {
            let paths = ROOTS.into_iter().filter(|root| names_root(line, root));
            broken.extend(paths.map(|root| {
                format!("{}:{number}: {root} is a path of one machine: make it relative, an argument or an environment variable", file.path)
            }));
            let hosts = HOSTS.into_iter().filter(|host| line.contains(host));
            broken.extend(hosts.map(|host| {
                format!(
                    "{}:{number}: {host} is a registry: leave the choice to the configuration of the tool",
                    file.path
                )
            }));
        }
    }
    assert_none(&broken);
}

#[test]
fn a_path_is_recognised_at_its_beginning_only() {
    let root = ROOTS[1];
    for line in [format!("{root}x"), format!("see {root}x"), format!("\"{root}x\""), format!("A={root}x")] {
        assert!(names_root(&line, root), "{line}");
    }
    for line in [format!("manifests{root}x"), format!("https://example.com{root}x"), format!("..{root}x")] {
        assert!(!names_root(&line, root), "{line}");
    }
}
