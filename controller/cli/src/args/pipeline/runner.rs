//! What the runner of a command is started with.

use std::path::PathBuf;

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
