//! The command line of looking at runs.

use super::{ArchiveArgs, RunsArgs};

/// Where runs are kept, also when they are over for long.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct KeptArgs {
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
    /// Where they are kept when they are no longer there
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
}

/// Arguments of `weir pipeline list`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ListRunsArgs {
    /// Only runs of this pipeline
    #[arg(value_name = "PIPELINE")]
    pub(crate) pipeline: Option<String>,
    /// How many
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pub(crate) limit: usize,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) kept: KeptArgs,
}

/// Arguments of `weir pipeline artifacts`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ListArtifactsArgs {
    /// Only those that runs of this pipeline have published or found
    #[arg(value_name = "PIPELINE")]
    pub(crate) pipeline: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) kept: KeptArgs,
}

/// Arguments of `weir pipeline get`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GetRunArgs {
    /// Which run: PIPELINE-NUMBER
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Follow it until it is over
    #[arg(long)]
    pub(crate) watch: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "watch")]
    pub(crate) json: bool,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) kept: KeptArgs,
}

/// Arguments of `weir pipeline logs`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LogsArgs {
    /// Which run: PIPELINE-NUMBER
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Only this stage, by its name or id
    #[arg(value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Print what comes, too, until the run is over
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// What a service beside the stage printed
    #[arg(long, value_name = "NAME", requires = "stage")]
    pub(crate) service: Option<String>,
    /// Which attempt of the stage. Default: the last one
    #[arg(long, value_name = "NUMBER", requires = "stage")]
    pub(crate) attempt: Option<u32>,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) kept: KeptArgs,
}
