//! The command lines of what is done with releases that there are.

use std::path::PathBuf;

use clap::ValueEnum;
use weir_api::Share;

use crate::end::EndArgs;

/// Arguments of `weir status`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir status                                  every release of the namespace
  weir status shop/api --watch                 one, redrawn every second
  weir status -A -o json | jq '.items[].status.phase'
  weir status --state .weir/demo --watch       those of a `weir demo` on this machine

`weir release --watch` follows one release to its end, and its exit code is the verdict. In a cluster the figures are those of the Canary's status: of the \
last step, and at most ten seconds old while a release goes on.")]
pub(crate) struct StatusArgs {
    /// The Canary, as NAMESPACE/NAME or NAME; all of the namespace if absent
    #[arg(value_name = "CANARY")]
    pub(crate) canary: Option<String>,
    /// Of every namespace
    #[arg(short = 'A', long, conflicts_with = "canary")]
    pub(crate) all_namespaces: bool,
    /// Follow until interrupted: redrawn on a terminal, and where there is none a line, or with -o json an object, for each change
    #[arg(short, long)]
    pub(crate) watch: bool,
    /// Which releases, and how they are shown.
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// Arguments of `weir list`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir list
  weir list -A -o wide")]
pub(crate) struct ListArgs {
    /// Of every namespace
    #[arg(short = 'A', long)]
    pub(crate) all_namespaces: bool,
    /// Which releases, and how they are shown.
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// Arguments of `weir history`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir history shop/api
  weir history shop/api -o wide        the versions of its Deployment as well
  weir history shop/api -o json | jq '.releases[] | select(.outcome == \"aborted\").reason'")]
pub(crate) struct HistoryArgs {
    /// The Canary, as NAMESPACE/NAME or NAME
    #[arg(value_name = "CANARY")]
    pub(crate) canary: String,
    /// Which releases, and how they are shown.
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// Arguments of `weir report`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir report shop/api                 of the last release
  weir report shop/api v2              of one that `weir history shop/api` lists
  weir report shop/api --page v2.html  as a page to look at
  weir report shop/api -o json | jq .verdict")]
pub(crate) struct ReportArgs {
    /// The Canary, as NAMESPACE/NAME or NAME
    #[arg(value_name = "CANARY")]
    pub(crate) canary: String,
    /// Name of the release, as `weir history` lists it; the last one if absent
    #[arg(value_name = "RELEASE")]
    pub release: Option<String>,
    /// Write it as a page, with the evidence against its line and both distributions: one file that opens from disk
    #[arg(long, value_name = "FILE")]
    pub(crate) page: Option<PathBuf>,
    /// Which releases, and how they are shown.
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// Which releases are shown, and in which form.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ViewArgs {
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Form::Text)]
    pub(crate) output: Form,
    /// Which releases.
    #[command(flatten)]
    pub(crate) end: EndArgs,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people
    Text,
    /// For people with a wide window
    Wide,
    /// For programs
    Json,
    /// For programs and files
    Yaml,
}

/// Arguments of commands that take no more than a Canary.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir abort shop/api
  weir pause -n shop api
  weir undo api --context production

In a cluster the command is an annotation on the Canary, so it needs the right to get and patch canaries.weir.dev and nothing else. The controller answers \
within a second; where it does not run, the command waits for it.

Exit codes: 0 done, 1 refused with the reason, 2 wrong usage, 64 wrong configuration or rights, 69 not reachable or no answer, 130 interrupted.")]
pub(crate) struct TargetArgs {
    /// The Canary, as NAMESPACE/NAME or NAME
    #[arg(value_name = "CANARY")]
    pub(crate) canary: String,
    /// Which releases.
    #[command(flatten)]
    pub(crate) end: EndArgs,
}

/// Arguments of `weir promote`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir promote shop/api             ends the pause or analysis at hand
  weir promote shop/api --full      skips every step that is left, and analysis too")]
pub(crate) struct PromoteArgs {
    /// Skip everything that is left: stable gets the new version now
    #[arg(long)]
    pub(crate) full: bool,
    /// The Canary.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// Arguments of `weir set-weight`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir set-weight shop/api 25
  weir set-weight shop/api 0.5      then `weir resume shop/api` goes on with the step at hand")]
pub(crate) struct SetWeightArgs {
    /// The Canary.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Share of the requests, in percent
    #[arg(value_name = "PERCENT")]
    pub(crate) weight: Share,
}
