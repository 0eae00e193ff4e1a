//! Which crate may import which, and which crates do no I/O.

use std::collections::BTreeSet;
use std::process::Command;

use cargo_metadata::{DependencyKind, Package};

use crate::workspace::{assert_none, metadata, root};

/// Crate, and the crates of this workspace that it may import outside tests. One that is not listed here has no place yet.
const MAY_IMPORT: [(&str, &[&str]); 33] = [
    ("weir-api", &[]),
    ("weir-archive", &[]),
    ("weir-http1", &[]),
    ("weir-collector", &[]),
    ("weir-deploy", &[]),
    ("weir-expression", &[]),
    ("weir-flags", &[]),
    ("weir-judge", &[]),
    ("weir-notify", &["weir-pipeline"]),
    ("weir-outbound", &["weir-notify", "weir-step"]),
    ("weir-step", &[]),
    ("weir-telemetry", &[]),
    ("weir-pipeline", &[]),
    ("weir-quality", &[]),
    ("weir-kubernetes", &[]),
    ("weir-process", &[]),
    ("weir-serve", &[]),
    ("weir-spinnaker", &["weir-expression", "weir-pipeline", "weir-stages", "weir-trigger"]),
    (
        "weir-stages",
        &["weir-deploy", "weir-expression", "weir-judge", "weir-notify", "weir-pipeline", "weir-quality"],
    ),
    (
        "weir-runner",
        &[
            "weir-archive",
            "weir-deploy",
            "weir-expression",
            "weir-notify",
            "weir-outbound",
            "weir-pipeline",
            "weir-quality",
            "weir-serve",
            "weir-stages",
            "weir-step",
            "weir-trigger",
        ],
    ),
    (
        "weir-pods",
        &[
            "weir-api",
            "weir-deploy",
            "weir-kubernetes",
            "weir-pipeline",
            "weir-runner",
            "weir-stages",
            "weir-step",
        ],
    ),
    ("weir-trigger", &["weir-pipeline"]),
    ("weir-routing", &["weir-api"]),
    ("weir-directory", &["weir-api"]),
    ("weir-rollout", &["weir-api", "weir-judge"]),
    (
        "weir-proxy",
        &[
            "weir-api",
            "weir-directory",
            "weir-http1",
            "weir-kubernetes",
            "weir-process",
            "weir-routing",
            "weir-telemetry",
        ],
    ),
    (
        "weir-controller",
        &[
            "weir-api",
            "weir-collector",
            "weir-deploy",
            "weir-directory",
            "weir-expression",
            "weir-flags",
            "weir-judge",
            "weir-kubernetes",
            "weir-notify",
            "weir-outbound",
            "weir-process",
            "weir-rollout",
            "weir-serve",
            "weir-telemetry",
        ],
    ),
    // The instrument shares no code with what it measures but how a program begins and ends; of the report it reads the wire form only.
    ("weir-load", &["weir-process", "weir-telemetry"]),
    (
        "weir",
        &[
            "weir-api",
            "weir-controller",
            "weir-deploy",
            "weir-directory",
            "weir-expression",
            "weir-judge",
            "weir-kubernetes",
            "weir-load",
            "weir-outbound",
            "weir-pipeline",
            "weir-pods",
            "weir-process",
            "weir-proxy",
            "weir-rollout",
            "weir-routing",
            "weir-runner",
            "weir-spinnaker",
            "weir-stages",
            "weir-telemetry",
        ],
    ),
    ("weir-benches", &LIBRARIES),
    // It measures programs, and shares no code with any of them.
    ("weir-bench-peers", &[]),
    // Any Kubernetes would do in its place, so it knows nothing of what runs in it.
    ("weir-cluster", &[]),
    (
        "weir-tests",
        &[
            "weir",
            "weir-api",
            "weir-cluster",
            "weir-controller",
            "weir-directory",
            "weir-expression",
            "weir-judge",
            "weir-kubernetes",
            "weir-load",
            "weir-pipeline",
            "weir-proxy",
            "weir-rollout",
            "weir-routing",
            "weir-telemetry",
        ],
    ),
];

const LIBRARIES: [&str; 25] = [
    "weir-api",
    "weir-archive",
    "weir-collector",
    "weir-deploy",
    "weir-directory",
    "weir-expression",
    "weir-flags",
    "weir-http1",
    "weir-judge",
    "weir-kubernetes",
    "weir-notify",
    "weir-outbound",
    "weir-pipeline",
    "weir-pods",
    "weir-process",
    "weir-quality",
    "weir-rollout",
    "weir-routing",
    "weir-runner",
    "weir-serve",
    "weir-spinnaker",
    "weir-stages",
    "weir-step",
    "weir-telemetry",
    "weir-trigger",
];
const SHELLS: [&str; 2] = ["weir-proxy", "weir-controller"];

/// Crates that are functions of their arguments, and what would make them more than that.
const PURE: [&str; 16] = [
    "weir-api",
    "weir-collector",
    "weir-deploy",
    "weir-expression",
    "weir-flags",
    "weir-http1",
    "weir-judge",
    "weir-notify",
    "weir-pipeline",
    "weir-quality",
    "weir-rollout",
    "weir-routing",
    "weir-spinnaker",
    "weir-stages",
    "weir-telemetry",
    "weir-trigger",
];
const DOES_IO: [&str; 9] =
    ["tokio", "hyper", "hyper-util", "tower", "rustls", "notify", "socket2", "mio", "rustix"];

/// Names of the crates of this workspace that `package` imports, with the kind of the import.
fn imports(package: &Package) -> impl Iterator<Item = (&str, DependencyKind)> {
    let ours = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
    ours.map(|dependency| (dependency.name.as_str(), dependency.kind))
}

#[test]
fn a_crate_imports_only_what_the_table_allows() {
    let mut broken = Vec::new();
    for package in &metadata().packages {
        let (name, manifest) = (package.name.as_str(), &package.manifest_path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(listed, _)| *listed == name) else {
            broken.push(format!("{manifest}: {name} is not in the table of tests/tests/house/crates.rs: say there what it may import"));
            continue;
        };
        let excess = imports(package)
            .filter(|(import, kind)| *kind != DependencyKind::Development && !allowed.contains(import));
        broken.extend(excess.map(|(import, _)| {
            format!("{manifest}: {name} may not import {import}: move what both need into the crate whose concept it is (allowed: {allowed:?})")
        }));
    }
    assert_none(&broken);
}

/// Also not in tests: a library that needs a shell to be tested is no library, and a shell that needs the other one is half of it.
#[test]
fn libraries_never_import_a_shell_and_the_shells_never_each_other() {
    let mut broken = Vec::new();
    for package in &metadata().packages {
        let name = package.name.as_str();
        if LIBRARIES.contains(&name) || SHELLS.contains(&name) {
            let shells = imports(package).filter(|(import, _)| SHELLS.contains(import));
            broken.extend(shells.map(|(import, kind)| {
                format!(
                    "{}: {name} imports {import} ({kind:?}): put the test that needs both into tests/",
                    package.manifest_path
                )
            }));
        }
    }
    assert_none(&broken);
}

#[test]
fn pure_crates_have_nothing_that_does_io_in_their_tree() {
    let mut broken = Vec::new();
    let members = metadata().packages;
    for name in PURE.into_iter().filter(|name| members.iter().any(|package| package.name.as_str() == *name)) {
        let tree = Command::new(env!("CARGO"))
            .args([
                "tree",
                "--offline",
                "--edges",
                "normal",
                "--prefix",
                "none",
                "--format",
                "{p}",
                "--package",
                name,
            ])
            .current_dir(root())
            .output()
            .expect("cargo tree");
        assert!(tree.status.success(), "cargo tree: {}", String::from_utf8_lossy(&tree.stderr));
        let tree = String::from_utf8_lossy(&tree.stdout);
        assert!(tree.starts_with(name), "the tree of {name} begins with it: {tree}");
        let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        let found = names.into_iter().filter(|import| DOES_IO.contains(import));
        broken.extend(found.map(|import| {
            format!("{name} has {import} in its tree: see `cargo tree -e normal -p {name} -i {import}` and turn off the feature that brings it")
        }));
    }
    assert_none(&broken);
}
