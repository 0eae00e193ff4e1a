//! Kubernetes' programs, built from pinned Go modules.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::go::{Module, unfinished};
use crate::image;

pub(crate) use crate::go::say;

/// The module: what is built, from which versions.
const FILES: [(&str, &str); 3] = [
    ("go.mod", include_str!("../kubernetes/go.mod")),
    ("go.sum", include_str!("../kubernetes/go.sum")),
    ("pause/main.go", include_str!("../kubernetes/pause/main.go")),
];

/// The one that takes longest is first, for the memory that it needs while nothing else is built.
const PACKAGES: [(&str, &str); 8] = [
    ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
    ("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    ("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
    ("kubelet", "k8s.io/kubernetes/cmd/kubelet"),
    ("kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy"),
    ("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
    ("etcd", "go.etcd.io/etcd/server/v3"),
    (PAUSE, "./pause"),
];

/// The program of the image that holds a pod's namespaces.
const PAUSE: &str = "pause";

/// Where the programs are, or will be.
pub fn folder() -> Result<PathBuf> {
    module()?.folder()
}

/// Builds what is not there yet, and says how far it is.
pub fn build() -> Result<PathBuf> {
    module()?.build(|folder| {
        if folder.join(image::PAUSE_ARCHIVE).is_file() {
            return Ok(());
        }
        let image = image::Image::named(image::PAUSE, &folder.join(PAUSE), &[], folder)?;
        let whole = unfinished(folder, image::PAUSE_ARCHIVE);
        fs::copy(image.archive(), &whole)?;
        Ok(fs::rename(whole, folder.join(image::PAUSE_ARCHIVE))?)
    })
}

/// Without the version in them, the programs refuse to compare theirs with each other's.
fn module() -> Result<Module> {
    let version = version()?;
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = numbers.next().zip(numbers.next()).context("a version has two numbers")?;
    let set = |package: &str| {
        format!(
            " -X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"
        )
    };
    let linked =
        format!("-s -w{}{}", set("k8s.io/component-base/version"), set("k8s.io/client-go/pkg/version"));
    Ok(Module {
        name: "kubernetes",
        takes: "ten minutes on two cores",
        files: &FILES,
        packages: &PACKAGES,
        linked,
    })
}

/// Kubernetes' version, as go.mod says it.
fn version() -> Result<&'static str> {
    let lines = FILES.iter().flat_map(|(_, text)| text.lines()).map(str::trim);
    let lines = lines.map(|line| line.strip_prefix("require ").unwrap_or(line));
    let mut versions = lines.filter_map(|line| line.strip_prefix("k8s.io/kubernetes "));
    let version = versions.next().context("go.mod names no version of k8s.io/kubernetes")?;
    Ok(version.split(' ').next().unwrap_or(version))
}
