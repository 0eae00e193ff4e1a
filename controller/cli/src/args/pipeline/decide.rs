//! The command line of people's decisions.

use super::RunsArgs;

/// Arguments of `weir pipeline approve`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir pipeline approve shop-7                               the one stage that waits
  weir pipeline approve shop-7 promote --input green --role release --reason 'the graphs are flat'
  kubectl -n weir-pipelines exec deploy/weir-pipelines -- weir pipeline approve shop-7 --by ann --role release

Whoever may ask the runner (its own user; in a cluster whoever may `exec` into its pod) is believed who he is and which roles he has: a role keeps somebody from deciding
by mistake, and not from lying. What he says is kept in the run.")]
pub(crate) struct ApproveArgs {
    /// Which, and by whom
    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    /// What is chosen, of the stage's inputs
    #[arg(long, value_name = "TEXT")]
    pub(crate) input: Option<String>,
}

/// What a decision is about, and who takes it.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DecideArgs {
    /// Which run: PIPELINE-NUMBER
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Which stage, by its name or id. Default: the one that waits
    #[arg(value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Why, for whoever looks at it later
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Role of whoever decides; may be given several times
    #[arg(long = "role", env = "WEIR_PIPELINE_ROLES", value_name = "NAME", value_delimiter = ',')]
    pub(crate) roles: Vec<String>,
    /// Who decides. Default: the user of this command
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
}

/// Arguments of `weir pipeline thaw`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir pipeline thaw shop-7 --reason 'orders are lost: incident 4711'       the one stage that is held
  weir pipeline thaw shop-7 production --reason 'incident 4711'             before its turn, too

Who let it through, when and why is kept in the run, and `get` shows it. Stages that change what runs (deploy, release, scale, undo, delete, weights, job) are held;
clean-up (`always`) is not.")]
pub(crate) struct ThawArgs {
    /// Which run: PIPELINE-NUMBER
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Which stage, by its name or id. Default: the one that is held
    #[arg(value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Why it cannot wait
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who lets it through. Default: the user of this command
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Where runs are kept
    #[command(flatten)]
    pub(crate) runs: RunsArgs,
}
