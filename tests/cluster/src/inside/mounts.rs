//! File systems of the cluster's own mount namespace: what is written there vanishes with it, and elsewhere nothing can be written.

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::mount::{MountFlags, mount, mount_bind, mount_remount};

use crate::binaries;

/// The cluster's folder, which is the same inside and outside.
pub(crate) const OUTSIDE: &str = "/run/weir/outside";
/// Kubernetes' programs.
pub(crate) const BINARIES: &str = "/run/weir/bin";
/// What nobody outside sees: keys, configuration, sockets.
pub(crate) const PRIVATE: &str = "/run/weir/private";
/// How registries are asked: a folder for each, by its host and port.
pub(crate) const REGISTRIES: &str = "/run/weir/private/registries";

/// Folders in which the programs keep state. They are memory here, so that nothing of it reaches the machine's disk.
const OWN: [&str; 3] = ["/run", "/var", "/tmp"];

/// Settings of the whole machine that the kubelet wants, and would write. It finds them as it wants them and leaves them alone.
const SYSCTLS: [(&str, &str); 6] = [
    ("vm/overcommit_memory", "1"),
    ("vm/panic_on_oom", "0"),
    ("kernel/panic", "10"),
    ("kernel/panic_on_oops", "1"),
    ("kernel/keys/root_maxkeys", "1000000"),
    ("kernel/keys/root_maxbytes", "25000000"),
];

/// Puts the namespace's own file systems where the programs write.
pub(crate) fn furnish(folder: &Path) -> Result<()> {
    // Both may lie below what is about to be covered, so they are held open and found by their descriptors afterwards.
    let outside = File::open(folder).with_context(|| folder.display().to_string())?;
    let programs = binaries::folder()?;
    let programs = File::open(&programs).with_context(|| programs.display().to_string())?;
    for path in OWN {
        mount("weir", path, "tmpfs", MountFlags::empty(), Some(c"mode=755"))
            .with_context(|| format!("cannot mount a file system over {path}"))?;
    }
    for path in ["/run/lock", "/run/netns", "/var/lib", "/var/log", "/var/tmp", "/var/cache", PRIVATE] {
        fs::create_dir_all(path)?;
    }
    std::os::unix::fs::symlink("/run", "/var/run")?;
    for (held, path) in [(outside, OUTSIDE), (programs, BINARIES)] {
        fs::create_dir_all(path)?;
        mount_bind(format!("/proc/self/fd/{}", held.as_raw_fd()), path)
            .with_context(|| format!("cannot mount {path}"))?;
    }
    pretend_sysctls()?;
    let read_only = MountFlags::BIND | MountFlags::RDONLY;
    mount_remount("/", read_only, c"").context("cannot make the machine's files read-only inside")
}

fn pretend_sysctls() -> Result<()> {
    let folder = format!("{PRIVATE}/sysctl");
    fs::create_dir_all(&folder)?;
    for (name, value) in SYSCTLS {
        let real = format!("/proc/sys/{name}");
        if !Path::new(&real).exists() {
            continue;
        }
        let pretended = format!("{folder}/{}", name.replace('/', "."));
        fs::write(&pretended, format!("{value}\n"))?;
        mount_bind(&pretended, &real).with_context(|| format!("cannot cover {real}"))?;
    }
    Ok(())
}
