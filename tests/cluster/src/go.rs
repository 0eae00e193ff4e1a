//! Programs built from a pinned Go module into a cache outside the checkout.
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

const UNFINISHED: &str = ".unfinished";

/// What is built, from which versions.
pub(crate) struct Module {
    /// Folder of the cache, and what people call it.
    pub(crate) name: &'static str,
    /// How long it takes where nothing is there yet.
    pub(crate) takes: &'static str,
    /// Paths and texts of its files.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// Programs and their packages, in the order in which they are built.
    pub(crate) packages: &'static [(&'static str, &'static str)],
    /// The linker's flags.
    pub(crate) linked: String,
}

impl Module {
    /// Where the programs are, or will be: a folder after what they are made of.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let caches = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
        let caches = caches.context("neither XDG_CACHE_HOME nor HOME is set")?;
        let mut hasher = SipHasher13::new();
        for (_, text) in self.files {
            hasher.write(text.as_bytes());
        }
        hasher.write(self.arguments().join(" ").as_bytes());
        Ok(caches.join(format!("weir/{}/{:016x}", self.name, hasher.finish())))
    }

    /// Builds what is not there yet, and says how far it is. Nobody else builds while `last` has the folder.
    pub(crate) fn build(&self, last: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let folder = self.folder()?;
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let lock = File::create(folder.join("lock"))?;
        if lock.try_lock().is_err() {
            say(&format!("waiting for another process that builds {}", self.name));
            lock.lock().context("cannot lock the cache")?;
        }
        remove_unfinished(&folder)?;
        let is_missing = |name: &str| !folder.join(name).is_file();
        let missing: Vec<_> = self.packages.iter().filter(|(name, _)| is_missing(name)).collect();
        if !missing.is_empty() {
            say(&format!("building {} into {}, once; {}", self.name, folder.display(), self.takes));
            self.write_files(&folder)?;
        }
        for (number, (name, package)) in (1..).zip(&missing) {
            say(&format!("{number} of {}: {name}", missing.len()));
            let began = Instant::now();
            self.build_one(&folder, name, package)?;
            say(&format!("{number} of {}: {name} took {} s", missing.len(), began.elapsed().as_secs()));
        }
        last(&folder)?;
        // By name: a program that another thread starts right now holds the file open too.
        lock.unlock()?;
        Ok(folder)
    }

    fn write_files(&self, folder: &Path) -> Result<()> {
        for (name, text) in self.files {
            let path = folder.join("module").join(name);
            fs::create_dir_all(path.parent().context("a file has a folder")?)?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    fn build_one(&self, folder: &Path, name: &str, package: &str) -> Result<()> {
        let unfinished = unfinished(folder, name);
        let mut go = Command::new("setpriv");
        go.args(["--pdeathsig", "KILL", "go"])
            .current_dir(folder.join("module"))
            .arg("build")
            .args(self.arguments())
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

    fn arguments(&self) -> Vec<String> {
        ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", &self.linked]
            .map(str::to_owned)
            .to_vec()
    }
}

/// Where a file of the cache is made. A name of its own, as a killed build may not have noticed yet that it is one.
pub(crate) fn unfinished(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.{}{UNFINISHED}", std::process::id()))
}

/// For people, and not into what a test harness hides.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "weir-cluster: {text}");
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
