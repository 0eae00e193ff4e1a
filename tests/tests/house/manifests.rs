//! What the manifests say twice, or say of the programs.

use crate::workspace::{FILES, assert_none, metadata};

fn text(path: &str) -> &'static str {
    FILES.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str())
}

/// The number after `key` in the text, whatever unit follows it.
fn number(text: &str, key: &str) -> Option<u64> {
    let rest = text.split_once(key)?.1;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[test]
fn the_image_has_the_version_of_the_programs() {
    let mut broken = Vec::new();
    for (program, folder) in [("weir-proxy", "base"), ("weir-controller", "controller")] {
        let version = metadata().packages.into_iter().find(|package| package.name.as_str() == program);
        let version = version.expect(program).version.to_string();
        let path = format!("manifests/{folder}/kustomization.yaml");
        if !text(&path).contains(&format!("name: {program}\n    newTag: {version}\n")) {
            broken.push(format!("{path}: newTag is not {version}"));
        }
        let (readme, image) = (text("README.md"), format!("{program}:"));
        let images = readme.split(&image).skip(1);
        let others = images.filter(|rest| !rest.starts_with(&version));
        broken.extend(others.map(|rest| format!("README.md: {program}:{rest:.10} is not {version}")));
    }
    assert_none(&broken);
}

#[test]
fn a_proxy_may_live_for_as_long_as_it_drains() {
    let deployment = text("manifests/base/deployment.yaml");
    let numbers = ["terminationGracePeriodSeconds: ", "--drain-delay=", "--drain-timeout="].map(|key| {
        number(deployment, key).unwrap_or_else(|| panic!("manifests/base/deployment.yaml: no {key}"))
    });
    let [grace, delay, timeout] = numbers;
    assert_eq!(grace, delay + timeout + 5, "drain delay {delay} s, drain timeout {timeout} s");
}

#[test]
fn the_chart_has_the_version_of_the_programs() {
    let version = metadata().packages.into_iter().find(|package| package.name.as_str() == "weir-proxy");
    let version = version.expect("weir-proxy").version.to_string();
    for field in ["version", "appVersion"] {
        let line = format!("\n{field}: {version}\n");
        assert!(text("manifests/Chart.yaml").contains(&line), "{field} is not {version}");
    }
}

#[test]
fn the_compiler_of_the_image_is_one_that_builds_this() {
    let needed = text("Cargo.toml").split_once("rust-version = \"").map_or("", |(_, rest)| rest);
    let needed = needed.split('"').next().unwrap_or_default();
    assert!(text("Dockerfile").contains(&format!("ARG RUST={needed}")), "Dockerfile: RUST is not {needed}");
}
