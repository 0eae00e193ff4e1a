//! Kubernetes' programs, built from pinned Go modules into a cache outside the checkout.
//!
//! A program is renamed into the cache when it is whole, and one process builds at a time, so a build that was interrupted goes on where it
//! was, and two that begin together build each program once.

use std::fs::{self, File};
use std::hash::Hasher;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use siphasher::sip::SipHasher13;

use crate::image;

/// The module: what is built, from which versions.
const MODULE: [(&str, &str); 3] = [
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

const UNFINISHED: &str = ".unfinished";

/// Where the programs are, or will be.
pub fn folder() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let caches = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let caches = caches.context("neither XDG_CACHE_HOME nor HOME is set")?;
    let mut hasher = SipHasher13::new();
    for (_, text) in MODULE {
        hasher.write(text.as_bytes());
    }
    hasher.write(arguments()?.join(" ").as_bytes());
    Ok(caches.join(format!("weir/kubernetes/{:016x}", hasher.finish())))
}

/// Builds what is not there yet, and says how far it is.
pub fn build() -> Result<PathBuf> {
    let folder = folder()?;
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let lock = File::create(folder.join("lock"))?;
    if lock.try_lock().is_err() {
        say("waiting for another process that builds Kubernetes");
        lock.lock().context("cannot lock the cache")?;
    }
    remove_unfinished(&folder)?;
    let is_missing = |name: &str| !folder.join(name).is_file();
    let missing: Vec<_> = PACKAGES.into_iter().filter(|(name, _)| is_missing(name)).collect();
    if !missing.is_empty() {
        say(&format!(
            "building Kubernetes {} into {}, once; ten minutes on two cores",
            version()?,
            folder.display()
        ));
        write_module(&folder)?;
    }
    for (number, (name, package)) in (1..).zip(&missing) {
        say(&format!("{number} of {}: {name}", missing.len()));
        let began = Instant::now();
        build_one(&folder, name, package)?;
        say(&format!("{number} of {}: {name} took {} s", missing.len(), began.elapsed().as_secs()));
    }
    if is_missing(image::PAUSE_ARCHIVE) {
        let image = image::Image::named(image::PAUSE, &folder.join(PAUSE), &folder)?;
        let whole = folder.join(format!("{}{UNFINISHED}", image::PAUSE_ARCHIVE));
        fs::copy(image.archive(), &whole)?;
        fs::rename(whole, folder.join(image::PAUSE_ARCHIVE))?;
    }
    // By name: a program that another thread starts right now holds the file open too.
    lock.unlock()?;
    Ok(folder)
}

/// For people, and not into what a test harness hides.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "weir-cluster: {text}");
}

fn write_module(folder: &Path) -> Result<()> {
    for (name, text) in MODULE {
        let path = folder.join("module").join(name);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// What builds that were killed did not rename.
fn remove_unfinished(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(UNFINISHED) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn build_one(folder: &Path, name: &str, package: &str) -> Result<()> {
    // A name of its own, as a killed build may not have noticed yet that it is one.
    let unfinished = folder.join(format!("{name}.{}{UNFINISHED}", std::process::id()));
    let mut go = Command::new("setpriv");
    go.args(["--pdeathsig", "KILL", "go"])
        .current_dir(folder.join("module"))
        .arg("build")
        .args(arguments()?)
        .arg("-o")
        .arg(&unfinished);
    // Without C, a program needs nothing of the machine that it runs on.
    go.arg(package).env("CGO_ENABLED", "0").env("GOWORK", "off").env_remove("GOFLAGS");
    let output = go.output().context("cannot start go")?;
    if !output.status.success() {
        bail!("go build {package}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(fs::rename(unfinished, folder.join(name))?)
}

/// Without the version in them, the programs refuse to compare theirs with each other's.
fn arguments() -> Result<Vec<String>> {
    let version = version()?;
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = numbers.next().zip(numbers.next()).context("a version has two numbers")?;
    let set = |package: &str| {
        format!(
            " -X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"
        )
    };
    let flags =
        format!("-s -w{}{}", set("k8s.io/component-base/version"), set("k8s.io/client-go/pkg/version"));
    Ok(["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", &flags].map(str::to_owned).to_vec())
}

/// Kubernetes' version, as go.mod says it.
fn version() -> Result<&'static str> {
    let lines = MODULE.iter().flat_map(|(_, text)| text.lines()).map(str::trim);
    let lines = lines.map(|line| line.strip_prefix("require ").unwrap_or(line));
    let mut versions = lines.filter_map(|line| line.strip_prefix("k8s.io/kubernetes "));
    let version = versions.next().context("go.mod names no version of k8s.io/kubernetes")?;
    Ok(version.split(' ').next().unwrap_or(version))
}
