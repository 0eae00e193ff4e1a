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
    let version = metadata().packages.into_iter().find(|package| package.name.as_str() == "weir-proxy");
    let version = version.expect("weir-proxy").version;
    let (kustomization, readme) = (text("manifests/base/kustomization.yaml"), text("README.md"));
    let mut broken = Vec::new();
    if !kustomization.contains(&format!("newTag: {version}\n")) {
        broken.push(format!("manifests/base/kustomization.yaml: newTag is not {version}"));
    }
    let images = readme.split("weir-proxy:").skip(1);
    let others = images.filter(|rest| !rest.starts_with(&version.to_string()));
    broken.extend(others.map(|rest| format!("README.md: weir-proxy:{rest:.10} is not {version}")));
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
