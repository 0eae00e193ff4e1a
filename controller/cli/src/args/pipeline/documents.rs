//! The command line of what reads and writes files with pipelines, and runs nothing.

use std::path::PathBuf;

use clap::Subcommand;

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

/// Whose pipelines are imported.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Import a pipeline of Spinnaker, a template of its schema v2, or a call of one
    Spinnaker(ImportSpinnakerArgs),
}
