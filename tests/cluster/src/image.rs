//! Images of programs and the libraries that they need, from nothing, so that none is ever pulled.

mod libraries;
mod root;

use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use siphasher::sip::SipHasher13;
use tempfile::TempDir;

use crate::inside::CONTAINERD;
pub use root::Root;

/// The image that holds a pod's namespaces.
pub(crate) const PAUSE: &str = "weir.test/pause:1";
/// How images of this workspace's programs are built for everybody else.
const DOCKERFILE: &str = include_str!("../../../Dockerfile");
/// Its archive, beside Kubernetes' programs.
pub(crate) const PAUSE_ARCHIVE: &str = "pause.tar";

/// An image as an archive, which lasts as long as this.
#[derive(Debug)]
pub struct Image {
    name: String,
    folder: TempDir,
}

impl Image {
    /// An image of `program`, called after its file, with a tag after its content; built in a folder of `within`.
    pub fn of(program: &Path, within: &Path) -> Result<Self> {
        let bytes = fs::read(program).with_context(|| program.display().to_string())?;
        let mut hasher = SipHasher13::new();
        hasher.write(&bytes);
        let file = program.file_name().context("a program has a name")?.to_string_lossy();
        Self::named(&format!("weir.test/{file}:{:016x}", hasher.finish()), program, &[], within)
    }

    /// An image of `program` called `name`, with an environment. The name has a tag, and not `latest`: the kubelet would try to pull that.
    pub fn named(name: &str, program: &Path, environment: &[(&str, &str)], within: &Path) -> Result<Self> {
        let image = Self::begin(name, within)?;
        let at = Path::new("/").join(program.file_name().context("a program has a name")?);
        image.root()?.program(program, &at)?;
        image.finish(environment, &format!("ENTRYPOINT [\"{}\"]\n", at.display()))
    }

    /// An image of whatever `furnish` puts into it, for pods that say what they start.
    pub fn furnished(
        name: &str,
        environment: &[(&str, &str)],
        within: &Path,
        furnish: impl FnOnce(&Root) -> Result<()>,
    ) -> Result<Self> {
        let image = Self::begin(name, within)?;
        furnish(&image.root()?)?;
        image.finish(environment, "")
    }

    /// An image of a program of this workspace, by the last stage of its own Dockerfile: all but the compiler that its first stage would pull.
    pub fn by_dockerfile(name: &str, program: &Path, within: &Path) -> Result<Self> {
        let image = Self::begin(name, within)?;
        let target = program.file_name().context("a program has a name")?.to_string_lossy().into_owned();
        image.root()?.program(program, &Path::new("/").join(&target))?;
        fs::create_dir_all(image.path("builder/images"))?;
        fs::rename(image.path("root"), image.path("builder/images").join(&target))?;
        let builder = format!("builder={}", image.path("builder").display());
        let folder = image.path("builder");
        image.build_with(DOCKERFILE, &["--target", &target, "--build-context", &builder], &folder)?;
        fs::remove_dir_all(folder)?;
        fs::remove_dir_all(image.path("storage"))?;
        Ok(image)
    }

    /// What pods call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The archive, in docker's format.
    #[must_use]
    pub fn archive(&self) -> PathBuf {
        self.path("image.tar")
    }

    /// Pushes it to a registry without TLS, called `to`. The thread must reach the registry.
    pub fn push(&self, to: &str) -> Result<()> {
        let archive = format!("docker-archive:{}", self.archive().display());
        let id = run(&mut self.buildah(&["pull", "--quiet", &archive]))?;
        let to = format!("docker://{to}");
        run(&mut self.buildah(&["push", "--quiet", "--tls-verify=false", &id, &to]))?;
        Ok(fs::remove_dir_all(self.path("storage"))?)
    }

    fn begin(name: &str, within: &Path) -> Result<Self> {
        let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
        ensure!(tag.is_some_and(|tag| tag != "latest"), "{name} needs a tag, and not latest");
        let image = Self { name: name.to_owned(), folder: tempfile::tempdir_in(within)? };
        let networks = image.path("storage/networks");
        fs::write(
            image.path("containers.conf"),
            format!("[network]\nnetwork_config_dir = \"{}\"\n", networks.display()),
        )?;
        Ok(image)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn root(&self) -> Result<Root> {
        Root::new(self.path("root"))
    }

    /// Builds it of what is in its root.
    fn finish(self, environment: &[(&str, &str)], entry: &str) -> Result<Self> {
        let environment: Vec<String> =
            environment.iter().map(|(name, value)| format!("ENV {name}={value}\n")).collect();
        let text = format!("FROM scratch\nCOPY root /\n{}{entry}", environment.concat());
        self.build_with(&text, &[], self.folder.path())?;
        fs::remove_dir_all(self.path("root"))?;
        fs::remove_dir_all(self.path("storage"))?;
        Ok(self)
    }

    /// Builds it as a Containerfile with this text says. What is in it says all about it, not when it was built: two of one program are one,
    /// and whoever loads the second does not take the first from pods that begin with it.
    fn build_with(&self, text: &str, more: &[&str], context: &Path) -> Result<()> {
        let file = self.path("Containerfile");
        fs::write(&file, text)?;
        let build =
            ["build", "--quiet", "--isolation", "chroot", "--pull-never", "--timestamp", "0", "--file"];
        let mut buildah = self.buildah(&build);
        run(buildah.arg(file).args(more).args(["--tag", &self.name]).arg(context))?;
        let archive = format!("docker-archive:{}:{}", self.archive().display(), self.name);
        run(&mut self.buildah(&["push", "--quiet", &self.name, &archive]))?;
        Ok(())
    }

    /// Whatever it writes goes with the archive, its networks included, of which it makes none. Plain folders, so that there are no mounts
    /// to undo.
    fn buildah(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("buildah");
        command.env("CONTAINERS_CONF", self.path("containers.conf")).env("TMPDIR", self.folder.path());
        command.arg("--root").arg(self.path("storage")).arg("--runroot").arg(self.path("storage/run"));
        command.args(["--storage-driver", "vfs"]).args(arguments);
        command
    }
}

/// What containerd is to do with images, inside: `import` an archive, `pull` a name, which is the next argument.
pub(crate) fn command(action: &str) -> Command {
    let mut command = Command::new("ctr");
    command.args(["--address", CONTAINERD, "--namespace", "k8s.io", "images", action]);
    command
}

/// Runs it to its end; what it prints.
fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
