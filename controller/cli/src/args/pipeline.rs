//! The command line of `weir pipeline`.

mod decide;
mod documents;
mod runner;
mod serve;
mod show;

use std::path::PathBuf;

use clap::Subcommand;

pub(crate) use decide::{ApproveArgs, DecideArgs, ThawArgs};
pub(crate) use documents::{ImportCommand, ImportSpinnakerArgs, LintArgs, RenderArgs};
pub(crate) use runner::{ArchiveArgs, NoticeArgs, RunnerArgs};
pub(crate) use serve::{PodArgs, ServePipelinesArgs};
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

/// Where runs are kept.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RunsArgs {
    /// Folder of all runs, their logs and what is kept between them
    #[arg(long, env = "WEIR_PIPELINE_STATE", value_name = "DIR", default_value = ".weir/pipelines")]
    pub(crate) state: PathBuf,
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

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("is no NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
