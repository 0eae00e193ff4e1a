//! From a push to production on one machine: a repository, a registry, `weir pipeline serve`, a proxy and a controller, and users.
//!
//! ```text
//! push -> web hook -> CI -> image -> registry -> homologation -> canary, judged by what users get -> production
//! ```
//! Images are run as they were published, by processes of this machine.

pub mod manifests;
mod push;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::daemon::installed;
use crate::github;
use crate::hooks::Served;
use crate::images::Images;
use crate::load::Load;
use crate::node_sources::Sources;
use crate::ports::free_port;
use crate::program::path_of;
use crate::standalone::Standalone;

pub use push::Push;

/// Lines that the log of a whole run has once, whoever was killed meanwhile: of its checkout, its commands, its image.
pub const ONCE: [&str; 6] =
    ["fetching ", "packages in ", "> eslint .\n", "> mkdir -p reports coverage", "building 1", "published 1"];

/// What web hooks are signed with.
const SECRET: &str = "It is one";

/// Everything that it takes. All of it goes when this is dropped.
#[derive(Debug)]
pub struct Journey {
    /// Told of pushes; first, so that nothing is deployed any more when the rest goes.
    served: Served,
    /// Proxy and controller.
    pub weir: Standalone,
    images: Images,
    sources: Sources,
    folder: TempDir,
    pushed: usize,
}

impl Journey {
    /// Sets everything up; `None` where a program is missing, which was said.
    pub async fn begin() -> Result<Option<Self>> {
        for (program, package) in [
            ("git", "git"),
            ("npm", "npm"),
            ("buildah", "buildah"),
            ("redis-server", "redis-server"),
            ("unshare", "util-linux"),
        ] {
            if installed(program, package)?.is_none() {
                return Ok(None);
            }
        }
        let (Some(_), Some(registry)) =
            (installed("node", "nodejs")?, installed("docker-registry", "docker-registry")?)
        else {
            return Ok(None);
        };
        let images = Images::start(registry).await?;
        let sources = Sources::new(&images.base()?)?;
        manifests::add(&sources, "", None)?;
        let folder = TempDir::new()?;
        let registry = format!("{}/team", images.registry.address());
        write(folder.path(), ".weir/pipeline.yaml", &pipeline(&registry, free_port()?).to_string())?;
        write(folder.path(), "secrets/hooks/secret", SECRET)?;
        let weir = Standalone::start(&[], &[]).await?;
        let (to, state) = (weir.folder().join("manifests"), weir.folder().join("state"));
        let (to, state) = (to.display().to_string(), state.display().to_string());
        let served = Served::start(folder.path(), &["--deploy-to", &to, "--deploy-state", &state])?;
        Ok(Some(Self { served, weir, images, sources, folder, pushed: 0 }))
    }

    /// Commits a change, pushes it, and tells of it: the run that it starts.
    pub async fn push(&mut self, push: Push) -> Result<String> {
        for (name, text) in push.files() {
            self.sources.write(name, &text)?;
        }
        let commit = self.sources.push("main", push.title())?;
        let clone_url = self.sources.bare().display().to_string();
        let told = github::Push {
            repository: "shop/flags-api",
            clone_url: &clone_url,
            branch: "main",
            commit: &commit,
        };
        self.pushed += 1;
        let (status, said) = self.served.tell(told, &format!("delivery-{}", self.pushed), SECRET).await?;
        ensure!(status == 202, "{status}: {said}");
        Ok(said.pointer("/runs/0").and_then(Value::as_str).context("nothing runs")?.to_owned())
    }

    /// Requests of users to production, so many a second, from when it is served.
    pub async fn users(&self, rate: f64) -> Result<Load> {
        Load::users(&self.weir, &["flags"], rate).await
    }

    /// `weir pipeline` with arguments, where the runs are.
    pub fn pipeline(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(path_of("weir")?);
        command.arg("pipeline").args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        Ok(command)
    }

    /// A run as programs read it.
    pub fn get(&self, run: &str) -> Result<Value> {
        let output = self.pipeline(&["get", run, "--json"])?.output()?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Where images are published.
    #[must_use]
    pub fn registry(&self) -> std::net::SocketAddr {
        self.images.registry.address()
    }
}

/// A stage of a run.
pub fn stage(view: &Value, name: &str) -> Value {
    let stages = view.get("stages").and_then(Value::as_array).into_iter().flatten();
    stages
        .into_iter()
        .find(|stage| stage.get("name").is_some_and(|it| it == name))
        .cloned()
        .unwrap_or_default()
}

/// The call of the template, which is all that there is to write.
fn pipeline(registry: &str, redis: u16) -> Value {
    let database = json!({"name": "redis", "run": format!("exec redis-server --port {redis} --save ''"), "ready": {"tcp": redis}});
    let values = json!({
        "name": "flags-api", "servicePath": "/flags", "registry": registry, "registryInsecure": true,
        "testEnv": {"REDIS_PORT": redis.to_string()}, "containers": [database],
        "homologEnv": {"NODE_ENV": "homolog"}, "productionEnv": {"NODE_ENV": "production"},
        "canaryEnabled": true, "deploy": "manifests",
    });
    let hook = json!({"repository": "shop/flags-api", "branches": ["main"], "secret": "hooks"});
    json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "Pipeline", "metadata": {"name": "flags-api"},
        "spec": {"triggers": [{"github": hook}], "template": {"name": "nodejs-api", "values": values}},
    })
}

fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(&path, text).with_context(|| path.display().to_string())
}
