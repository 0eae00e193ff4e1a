//! Proxy and controller over a manifest folder and a state folder of their own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;
use weir_cli::admin::Admin;
use weir_controller::local::stop_pods;
use weir_controller::view::ReleaseView;
use weir_directory::StateDirectory;
use weir_telemetry::wire::Report;

use crate::eventually::eventually;
use crate::pods::{self, Pod};
use crate::processes::{self, Process};
use crate::program::Program;
use crate::story::Story;

/// Pods that do not end by themselves within this time are killed.
const STOP_PATIENCE: Duration = Duration::from_secs(1);

/// A standalone Weir. Everything in it goes when this is dropped.
#[derive(Debug)]
pub struct Standalone {
    /// The proxy.
    pub proxy: Program,
    /// The controller, unless the test needs none or has killed it.
    pub controller: Option<Program>,
    /// More arguments for the controller.
    controller_args: Vec<String>,
    /// Arguments of the proxy, but for its addresses.
    proxy_args: Vec<String>,
    /// Last, so that a program that is dropped in a panic can still show its log.
    folder: TempDir,
}

impl Standalone {
    /// Starts a proxy over `manifests` (file name, text), with `args` beside its addresses.
    pub async fn proxy(manifests: &[(&str, String)], args: &[&str]) -> Result<Self> {
        Self::proxy_in(tempfile::tempdir()?, manifests, args).await
    }

    /// The same in a folder that was made ready for it: its `state` may be another file system, for example.
    pub async fn proxy_in(folder: TempDir, manifests: &[(&str, String)], args: &[&str]) -> Result<Self> {
        for (name, text) in manifests {
            write(&folder.path().join("manifests").join(name), text)?;
        }
        std::fs::create_dir_all(folder.path().join("manifests"))?;
        std::fs::create_dir_all(folder.path().join("state/objects"))?;
        let mut proxy_args = Vec::new();
        for objects in ["manifests", "state/objects"] {
            proxy_args.extend(["--objects".to_owned(), folder.path().join(objects).display().to_string()]);
        }
        proxy_args.extend(args.iter().map(|arg| (*arg).to_owned()));
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let proxy = start_proxy(folder.path(), &proxy_args, free, free).await?;
        let this = Self { folder, proxy, controller: None, controller_args: Vec::new(), proxy_args };
        this.ready(this.admin()?).await;
        Ok(this)
    }

    /// Starts the proxy again on the addresses that it had.
    pub async fn restart_proxy(&mut self) -> Result<()> {
        let (listen, admin) = (self.listen()?, self.admin_address()?);
        self.proxy = start_proxy(self.folder.path(), &self.proxy_args, listen, admin).await?;
        self.ready(self.admin()?).await;
        Ok(())
    }

    /// Starts a proxy and a controller over `manifests`, the controller with `args` beside its addresses.
    pub async fn start(manifests: &[(&str, String)], args: &[&str]) -> Result<Self> {
        Self::start_in(tempfile::tempdir()?, manifests, args).await
    }

    /// The same in a folder that was made ready for it.
    pub async fn start_in(folder: TempDir, manifests: &[(&str, String)], args: &[&str]) -> Result<Self> {
        let mut this = Self::proxy_in(folder, manifests, &[]).await?;
        this.with_controller(args).await?;
        Ok(this)
    }

    /// Starts a controller beside the proxy, with `args` beside its addresses.
    pub async fn with_controller(&mut self, args: &[&str]) -> Result<()> {
        self.controller_args = args.iter().map(|arg| (*arg).to_owned()).collect();
        self.start_controller().await
    }

    /// Starts the controller (again).
    pub async fn start_controller(&mut self) -> Result<()> {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let mut args = vec![
            ("--objects".to_owned(), path("manifests")),
            ("--state".to_owned(), path("state")),
            ("--proxy".to_owned(), format!("http://{}", self.admin_address()?)),
            ("--admin".to_owned(), "127.0.0.1:0".to_owned()),
        ]
        .into_iter()
        .flat_map(|(flag, value)| [flag, value])
        .collect::<Vec<_>>();
        args.extend(self.controller_args.iter().cloned());
        self.controller = Some(Program::start("weir-controller", &args, self.folder.path()).await?);
        self.ready(self.controller_admin()?).await;
        Ok(())
    }

    async fn ready(&self, admin: Admin) {
        let look = || async { if admin.ready().await { Ok(()) } else { Err("not ready") } };
        eventually("readiness", look).await;
    }

    /// Where requests go.
    pub fn listen(&self) -> Result<SocketAddr> {
        self.proxy.address("http")
    }

    /// Address of the proxy's admin port.
    pub fn admin_address(&self) -> Result<SocketAddr> {
        self.proxy.address("admin")
    }

    /// The proxy's admin port.
    pub fn admin(&self) -> Result<Admin> {
        Ok(Admin::new(self.admin_address()?))
    }

    /// The controller's admin port.
    pub fn controller_admin(&self) -> Result<Admin> {
        Ok(Admin::new(self.controller.as_ref().context("no controller runs")?.address("admin")?))
    }

    /// What the proxy measured so far.
    pub async fn report(&self) -> Result<Report> {
        let report: Value = self.admin()?.get("/report/v1").await?;
        Ok(Report::from_json(&serde_json::to_vec(&report)?)?)
    }

    /// What the proxy measured, once nothing is in flight.
    pub async fn settled(&self) -> Result<Report> {
        let admin = self.admin()?;
        let look = || async {
            let report = admin.get::<Value>("/report/v1").await.map_err(|error| format!("{error:#}"))?;
            let bytes = serde_json::to_vec(&report).map_err(|error| error.to_string())?;
            let report = Report::from_json(&bytes).map_err(|error| error.to_string())?;
            match report.series.iter().map(|series| series.counts.in_flight).sum::<u64>() {
                0 => Ok(report),
                in_flight => Err(format!("{in_flight} in flight")),
            }
        };
        Ok(eventually("nothing is in flight", look).await)
    }

    /// The proxy's decision for a request, described as `/debug/routes` wants it: `path=/shop&header=x-track:always`.
    pub async fn explain(&self, query: &str) -> Result<Value> {
        self.admin()?.get(&format!("/debug/routes?{query}")).await
    }

    /// Number of the routes that the proxy serves.
    pub async fn generation(&self) -> Result<u64> {
        self.explain("path=/").await?.get("generation").and_then(Value::as_u64).context("no generation")
    }

    /// What is wrong with the proxy's configuration now.
    pub async fn problems(&self) -> Result<Vec<Value>> {
        self.admin()?.get("/debug/problems").await
    }

    /// How the Canary `key` (`namespace/name`) stands.
    pub async fn view(&self, key: &str) -> Result<ReleaseView> {
        self.controller_admin()?.get(&format!("/v1/canaries/{key}")).await
    }

    /// Path of a manifest.
    #[must_use]
    pub fn manifest(&self, name: &str) -> PathBuf {
        self.folder.path().join("manifests").join(name)
    }

    /// Path below the state folder.
    #[must_use]
    pub fn state(&self, name: &str) -> PathBuf {
        self.folder.path().join("state").join(name)
    }

    /// The folder with everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kills the controller (SIGKILL), if one runs.
    pub fn kill_controller(&mut self) -> Result<()> {
        self.controller.take().map_or(Ok(()), |mut controller| controller.kill())
    }

    /// Follows what is stored of the Canary `name` in namespace `test`.
    #[must_use]
    pub fn story(&self, name: &str) -> Story {
        Story::follow(self.state(&format!("objects/canary.test.{name}.json")))
    }

    /// What is written down about the local pods.
    #[must_use]
    pub fn pods(&self) -> Vec<Pod> {
        pods::read(&self.state("pods"))
    }

    /// The processes of local pods that really run.
    #[must_use]
    pub fn pod_processes(&self) -> Vec<Process> {
        processes::of(&self.state("logs"))
    }

    /// Waits until requests to `/NAME/` are answered.
    pub async fn serves(&self, name: &str) {
        let look = || async {
            let proxy = Admin::new(self.listen().map_err(|error| error.to_string())?);
            match proxy.status("localhost", &format!("/{name}/")).await {
                Ok(status) if status.is_success() => Ok(()),
                other => Err(format!("{other:?}")),
            }
        };
        eventually(&format!("{name} answers"), look).await;
    }

    /// What keeps the controller from doing its work, manifests included.
    pub async fn controller_problems(&self) -> Result<Vec<String>> {
        self.controller_admin()?.get("/v1/problems").await
    }

    /// Waits until the Canary `key` is as `holds` says, and returns it.
    pub async fn wait_for(&self, key: &str, what: &str, holds: impl Fn(&ReleaseView) -> bool) -> ReleaseView {
        let look = || async {
            match self.view(key).await {
                Ok(view) if holds(&view) => Ok(view),
                Ok(ReleaseView { phase, step, weights, epoch, message, problems, .. }) => {
                    Err(format!("{phase:?} {step:?} {weights:?} epoch {epoch}: {message} {problems:?}"))
                }
                Err(error) => Err(format!("{error:#}")),
            }
        };
        eventually(&format!("{key}: {what}"), look).await
    }

    /// Writes or replaces a manifest, whole, as an editor or `kubectl apply` would.
    pub fn apply(&self, name: &str, text: &str) -> Result<()> {
        write(&self.manifest(name), text)
    }

    /// Deletes a manifest.
    pub fn delete(&self, name: &str) -> Result<()> {
        Ok(std::fs::remove_file(self.manifest(name))?)
    }

    /// Makes a change, and waits until the proxy serves other routes than before it.
    pub async fn changed(&self, change: impl FnOnce() -> Result<()>) -> Result<()> {
        let before = self.generation().await?;
        change()?;
        let look = || async {
            match self.generation().await {
                Ok(now) if now > before => Ok(()),
                other => Err(format!("{other:?} after {before}")),
            }
        };
        eventually("the change is served", look).await;
        Ok(())
    }
}

impl Drop for Standalone {
    fn drop(&mut self) {
        // The controller first, so that it starts no pod again; its pods outlive it by design.
        self.controller = None;
        let state = self.folder.path().join("state");
        // A thread of its own: this may run inside a runtime, which cannot be blocked.
        let stopped = std::thread::spawn(move || -> Result<usize> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            Ok(runtime.block_on(stop_pods(&StateDirectory::open(&state)?, STOP_PATIENCE))?)
        });
        let _ = stopped.join();
    }
}

async fn start_proxy(
    folder: &Path,
    args: &[String],
    listen: SocketAddr,
    admin: SocketAddr,
) -> Result<Program> {
    let addresses = ["--listen".to_owned(), listen.to_string(), "--admin".to_owned(), admin.to_string()];
    let args: Vec<String> = addresses.into_iter().chain(args.iter().cloned()).collect();
    Program::start("weir-proxy", &args, folder).await
}

/// Writes a file whole: no reader sees half of it.
fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let part = path.with_extension("part");
    std::fs::write(&part, text)?;
    Ok(std::fs::rename(&part, path)?)
}
