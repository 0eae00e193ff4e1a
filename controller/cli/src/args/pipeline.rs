//! The command line of `weir pipeline`.

mod decide;
mod show;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Subcommand;

use crate::end::address;

pub(crate) use decide::{ApproveArgs, DecideArgs, ThawArgs};
pub(crate) use show::{GetRunArgs, KeptArgs, ListArtifactsArgs, ListRunsArgs, LogsArgs};

/// What to do with pipelines.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum PipelineCommand {
    /// Run a pipeline of a file on this machine, and follow it to its end
    Run(RunPipelineArgs),
    /// Run pipelines for others until this is stopped: what is not over goes on
    Serve(ServePipelinesArgs),
    /// List runs, the newest first
    #[command(visible_alias = "ls")]
    List(ListRunsArgs),
    /// Show a run: its stages, how long they take, and how long they usually take
    Get(GetRunArgs),
    /// List images that runs have published or found, and where they were deployed
    Artifacts(ListArtifactsArgs),
    /// Print what the stages of a run printed
    Logs(LogsArgs),
    /// Stop a run; clean-up stages run
    Cancel(CancelRunArgs),
    /// Run a stage of a run that is over again, and all that comes after it
    Restart(RestartRunArgs),
    /// Do without a stage of a run: what follows it goes on
    Skip(StageArgs),
    /// Decide that a stage which waits for a judgment goes on
    Approve(ApproveArgs),
    /// Decide against a stage that waits for a judgment: it fails
    Reject(DecideArgs),
    /// Let a stage through the freezes that hold it, in an emergency
    Thaw(ThawArgs),
    /// Decide a stage that waits for a judgment: `approve` and `reject` by another name
    #[command(hide = true)]
    Judge(JudgeStageArgs),
    /// Say what is wrong with files of pipelines, templates and freezes
    Lint(LintArgs),
    /// Show the pipeline that a file, with its template, stands for
    Render(RenderArgs),
    /// Make a document of a pipeline of another system, and say of each of its fields what became of it
    #[command(subcommand)]
    Import(ImportCommand),
}

/// Whose pipelines are imported.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Import a pipeline of Spinnaker, a template of its schema v2, or a call of one
    Spinnaker(ImportSpinnakerArgs),
}

/// Where runs are kept.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RunsArgs {
    /// Folder of all runs, their logs and what is kept between them
    #[arg(long, env = "WEIR_PIPELINE_STATE", value_name = "DIR", default_value = ".weir/pipelines")]
    pub(crate) state: PathBuf,
}

/// Where runs that are over are kept, also when they are no longer in the folder of all runs.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ArchiveArgs {
    /// Where logs, reports and artifacts of runs that are over are kept: a directory, `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `az://CONTAINER/PREFIX`. Variables
    /// AWS_, GOOGLE_ and AZURE_ of the environment sign in. Default: nowhere else
    #[arg(long, env = "WEIR_PIPELINE_ARCHIVE", value_name = "URL")]
    pub(crate) archive: Option<String>,
}

/// What the runner of this command is started with, where no other one has the folder.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RunnerArgs {
    /// Folder of secrets: a folder for each, with a file for each of its values
    #[arg(long, value_name = "DIR")]
    pub(crate) secrets: Option<PathBuf>,
    /// Variable of the environment that steps get besides the usual ones; may be given several times
    #[arg(long = "pass-env", value_name = "NAME")]
    pub(crate) pass_env: Vec<String>,
    /// Runs of a pipeline that are kept when they are over
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub(crate) keep: usize,
    /// Where they are kept longer
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// How others are told of them
    #[command(flatten)]
    pub(crate) notices: NoticeArgs,
    /// What stages deploy to
    #[command(flatten)]
    pub(crate) deploy: DeployArgs,
}

/// How `notifications` of pipelines are sent.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct NoticeArgs {
    /// Mail server of `notifications` by `email`: `smtp://HOST` (STARTTLS, port 587), `smtps://HOST` (TLS, port 465) or `smtp://HOST?tls=none` (port 25). Default: no e-mails are sent
    #[arg(long, env = "WEIR_PIPELINE_SMTP", hide_env_values = true, value_name = "URL")]
    pub(crate) smtp: Option<String>,
    /// Secret of --secrets with `username` and `password` for the mail server
    #[arg(long, value_name = "NAME", requires_all = ["smtp", "secrets"])]
    pub(crate) smtp_secret: Option<String>,
    /// Whose e-mails they are where a notification does not say
    #[arg(long, env = "WEIR_PIPELINE_SMTP_FROM", value_name = "ADDRESS")]
    pub(crate) smtp_from: Option<String>,
    /// Where a run is shown, for `notifications`: `{pipeline}` and `{run}` in it are filled in
    #[arg(long, env = "WEIR_PIPELINE_LINK", value_name = "URL")]
    pub(crate) link: Option<String>,
}

/// What stages deploy to.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DeployArgs {
    /// Directory of manifests that `weir run` serves: stages deploy to it, and write what they apply into its folder `deployed`. In a pod they deploy to its cluster
    #[arg(long, env = "WEIR_PIPELINE_DEPLOY_TO", value_name = "DIR")]
    pub(crate) deploy_to: Option<PathBuf>,
    /// State folder of that `weir run`: how releases and pods stand
    #[arg(long, env = "WEIR_PIPELINE_DEPLOY_STATE", value_name = "DIR", default_value = ".weir/run")]
    pub(crate) deploy_state: PathBuf,
}

/// Arguments of `weir pipeline run`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir pipeline run                                          .weir/pipeline.yaml, with the sources of this folder
  weir pipeline run release.yaml -p environment=homolog      another file, with a parameter
  weir pipeline run --repository https://git.example.com/shop.git --branch main

Steps are processes of this machine: `image:` is for clusters. A Ctrl-C cancels the run. Where this command is killed, steps go on, and the next
`weir pipeline run` goes on with their run.

Exit codes: 0 the run succeeded, 1 it did not, 64 the file is wrong, 130 cancelled by Ctrl-C.")]
pub(crate) struct RunPipelineArgs {
    /// File with the pipeline, and with the templates that it needs
    #[arg(value_name = "FILE", default_value = ".weir/pipeline.yaml")]
    pub(crate) file: PathBuf,
    /// Which pipeline of the file, where it has several
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
    /// Value of a parameter; may be given several times
    #[arg(short = 'p', long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) parameters: Vec<(String, String)>,
    /// Repository that is checked out. Default: the one of this folder
    #[arg(long, value_name = "URL")]
    pub(crate) repository: Option<String>,
    /// Branch that the run is about. Default: the one that is checked out here
    #[arg(long, value_name = "NAME")]
    pub(crate) branch: Option<String>,
    /// Commit that is checked out. Default: the last one of the branch
    #[arg(long, value_name = "HASH")]
    pub(crate) commit: Option<String>,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
    /// How it is run
    #[command(flatten)]
    pub(crate) runner: RunnerArgs,
}

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

/// Arguments of `weir pipeline cancel`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct CancelRunArgs {
    /// Which run: PIPELINE-NUMBER
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Why, for whoever looks at it later
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// Stop clean-up stages, too
    #[arg(long)]
    pub(crate) force: bool,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
    /// How it is run
    #[command(flatten)]
    pub(crate) runner: RunnerArgs,
}

/// Arguments of `weir pipeline restart`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RestartRunArgs {
    /// Which run: PIPELINE-NUMBER
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// From which stage on, by its name or id
    #[arg(long, value_name = "STAGE")]
    pub(crate) from: String,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
    /// How it is run
    #[command(flatten)]
    pub(crate) runner: RunnerArgs,
}

/// Arguments of commands on a stage.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct StageArgs {
    /// Which run: PIPELINE-NUMBER
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Which stage, by its name or id
    #[arg(value_name = "STAGE")]
    pub(crate) stage: String,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
}

/// Arguments of `weir pipeline judge`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct JudgeStageArgs {
    /// Which
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    /// The run goes on
    #[arg(long, required_unless_present = "stop")]
    pub(crate) go_on: bool,
    /// The stage fails
    #[arg(long, conflicts_with = "go_on")]
    pub(crate) stop: bool,
    /// What is chosen, of the stage's inputs
    #[arg(long, value_name = "TEXT")]
    pub(crate) input: Option<String>,
}

/// Arguments of `weir pipeline lint`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LintArgs {
    /// Files with pipelines, templates and freezes
    #[arg(value_name = "FILE", default_value = ".weir/pipeline.yaml")]
    pub(crate) files: Vec<PathBuf>,
}

/// Arguments of `weir pipeline render`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RenderArgs {
    /// File with the pipeline, and with the templates that it needs
    #[arg(value_name = "FILE", default_value = ".weir/pipeline.yaml")]
    pub(crate) file: PathBuf,
    /// Which pipeline of the file, where it has several
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
}

/// Arguments of `weir pipeline import spinnaker`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir pipeline import spinnaker pipeline.json --out .weir/pipeline.yaml
  weir pipeline import spinnaker pipeline.json --all > pipeline.yaml          what became of every field, too
  cat pipelines.json | weir pipeline import spinnaker - > pipelines.yaml      a list of pipelines, as the API gives those of an application

FILE is what Spinnaker shows as the pipeline's JSON. The document has nothing to mend for `weir pipeline lint`; what has no form in it is listed on stderr, with what to do
by hand. In the place of a stage that could not be imported there is one that fails: what comes after it does not run before somebody has replaced it.
Values of secrets are not taken over.

Exit codes: 0 nothing is to be done by hand, 1 the document is written and something is, 64 the file cannot be imported.")]
pub(crate) struct ImportSpinnakerArgs {
    /// File with the JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// File that the document is written to, over what is there. Default: standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// File with a canary config that stages name, as Spinnaker shows its JSON: it is written into them. May be given several times
    #[arg(long = "canary-config", value_name = "FILE")]
    pub(crate) canary_configs: Vec<PathBuf>,
    /// Also list what is mapped, and what needs no mapping
    #[arg(long)]
    pub(crate) all: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("is no NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
