//! What a machine must have for a cluster. As root on Debian, what is missing is installed; elsewhere it is named.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

/// Programs, and Debian's packages that hold them.
const PROGRAMS: [(&str, &str); 11] = [
    ("buildah", "buildah"),
    ("containerd", "containerd"),
    ("ctr", "containerd"),
    ("go", "golang-go"),
    ("ip", "iproute2"),
    ("ldd", "libc-bin"),
    ("nft", "nftables"),
    ("nsenter", "util-linux"),
    ("runc", "runc"),
    ("setpriv", "util-linux"),
    ("unshare", "util-linux"),
];

/// Where distributions and projects put the network plugins.
const CNI_PLUGINS: [&str; 3] = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];
const CNI_PACKAGE: &str = "containernetworking-plugins";

/// From this release on, Go fetches the release that a module asks for.
const GO_MINOR: u32 = 21;

/// Reasons why no cluster can be started on this machine, one a line.
#[derive(Debug)]
pub struct Missing(Vec<String>);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this machine cannot run the tests' Kubernetes: {}", self.0.join("; "))
    }
}

impl std::error::Error for Missing {}

/// Whether a cluster that cannot be had is a failure: in CI, and wherever `WEIR_CLUSTER=required`.
#[must_use]
pub fn required() -> bool {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    variable("WEIR_CLUSTER") == "required" || !matches!(variable("CI").as_str(), "" | "0" | "false")
}

/// Installs what is missing where that is possible; otherwise the error is [`Missing`].
pub fn ensure() -> Result<()> {
    let mut reasons = machine();
    let packages = packages();
    if reasons.is_empty() && !packages.is_empty() && on_path("apt-get").is_some() {
        install(&packages)?;
    }
    let packages = self::packages();
    if !packages.is_empty() {
        reasons
            .push(format!("packages are missing (Debian's names): apt-get install {}", packages.join(" ")));
    }
    reasons.extend(go_is_too_old());
    if reasons.is_empty() { Ok(()) } else { bail!(Missing(reasons)) }
}

/// A program of the distribution that a test wants to run in a pod, installed where that is possible.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    if on_path(name).is_none() && machine().is_empty() && on_path("apt-get").is_some() {
        install(&[package])?;
    }
    on_path(name)
        .ok_or_else(|| Missing(vec![format!("{name} is missing (Debian's package {package})")]).into())
}

/// Folder of the network plugins.
#[must_use]
pub fn cni_plugins() -> &'static Path {
    let there = CNI_PLUGINS.iter().map(Path::new).find(|folder| folder.join("ptp").is_file());
    there.unwrap_or(Path::new("/usr/lib/cni"))
}

/// Path of a program of the machine.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where the path of users does not lead.
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// What no package mends.
fn machine() -> Vec<String> {
    let mut reasons = Vec::new();
    if !cfg!(target_os = "linux") {
        reasons.push("it is not Linux".to_owned());
    } else if !rustix::process::geteuid().is_root() {
        reasons.push("namespaces and control groups need root (sudo -E make ..)".to_owned());
    } else if crate::guard::cgroups::roots().is_empty() {
        reasons.push("no control groups are mounted in /sys/fs/cgroup".to_owned());
    }
    reasons
}

fn packages() -> Vec<&'static str> {
    let missing = PROGRAMS.iter().filter(|(program, _)| on_path(program).is_none());
    let mut packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if !cni_plugins().join("ptp").is_file() {
        packages.push(CNI_PACKAGE);
    }
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn install(packages: &[&str]) -> Result<()> {
    crate::binaries::say(&format!("apt-get install {}", packages.join(" ")));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        // The packages must not start services: the cluster starts its own containerd, in namespaces of its own.
        command
            .args(["-o", "DPkg::Lock::Timeout=300"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("RUNLEVEL", "1");
        command.output()
    };
    apt(&["update", "-qq"])?;
    let arguments = ["install", "-y", "-qq", "--no-install-recommends"];
    let installed = apt(&[&arguments, packages].concat())?;
    if !installed.status.success() {
        let error = String::from_utf8_lossy(&installed.stderr);
        bail!(Missing(vec![format!("apt-get install {}: {}", packages.join(" "), error.trim())]));
    }
    Ok(())
}

fn go_is_too_old() -> Option<String> {
    let output = Command::new("go").args(["env", "GOVERSION"]).output().ok()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let minor = version.strip_prefix("go1.").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    let old = minor.is_some_and(|minor| minor < GO_MINOR);
    old.then(|| format!("{version} is too old: install Go 1.{GO_MINOR} or newer from https://go.dev/dl"))
}
