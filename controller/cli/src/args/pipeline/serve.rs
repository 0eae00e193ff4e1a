//! The command line of `weir pipeline serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use weir_process::LogArgs;

use super::{RunnerArgs, RunsArgs};
use crate::end::address;

/// Arguments of `weir pipeline serve`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir pipeline serve --pipelines pipelines --secrets secrets --listen 0.0.0.0:8085

Web hooks are sent to /hooks/github, /hooks/gitlab, /hooks/bitbucket, /hooks/gitea, or /hooks/webhook/SOURCE, and SonarQube's to /hooks/sonarqube. The secret that
a trigger names is a folder of --secrets with a file `secret` (and `previous` while it is replaced). Git remotes, registries and Jenkins are asked by themselves. Files of --pipelines are read again when they change; one that is wrong leaves what it
said before in force.

It can be killed at any time: steps go on without it, and the next one finds them.

In a pod, with --kubernetes, --pipelines and --secrets are folders of memory that it fills from Pipelines and PipelineTemplates, and from Secrets with the label
weir.dev/for-pipelines: \"true\". The state has to be on a PersistentVolumeClaim: pods of steps work in it, too.")]
pub(crate) struct ServePipelinesArgs {
    /// Folder of files with pipelines, whose triggers start runs
    #[arg(long, value_name = "DIR")]
    pub(crate) pipelines: Option<PathBuf>,
    /// How it runs in a pod
    #[command(flatten)]
    pub(crate) pod: PodArgs,
    /// Where web hooks are listened for. Default: nowhere
    #[arg(long, value_name = "ADDR", value_parser = address, requires = "pipelines")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
    /// How they are run
    #[command(flatten)]
    pub(crate) runner: RunnerArgs,
    /// What is told of it
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// What a runner in a pod is started with.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PodArgs {
    /// Run steps as pods, by the pipelines, secrets and runs of this pod's namespace: the manifests have a component `pipelines`
    #[arg(long, requires_all = ["pipelines", "secrets"])]
    pub(crate) kubernetes: bool,
    /// Image of steps that name none. Default: this pod's own
    #[arg(long, value_name = "IMAGE", requires = "kubernetes")]
    pub(crate) step_image: Option<String>,
    /// Name of this pod
    #[arg(long, env = "POD_NAME", value_name = "NAME", requires = "kubernetes", hide = true)]
    pub(crate) pod: Option<String>,
    /// Its namespace
    #[arg(long, env = "POD_NAMESPACE", value_name = "NAME", requires = "kubernetes", hide = true)]
    pub(crate) pod_namespace: Option<String>,
}
