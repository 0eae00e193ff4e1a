//! The command line of `weir judge replay`.

use std::path::PathBuf;

use super::Output;
use crate::end::EndArgs;

const SETTINGS: &str = "New settings";
const TRUTH: &str = "What the releases were worth";

/// Arguments of `weir judge replay`.
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "The report of a release has what the judge was given, second by second. Here it is given to the judge again, once with the settings that the release had and
once with new ones. A release that was promoted counts as good, and one that was aborted as bad: --good and --bad say it where that is not so. A good release
that fails is a false abort, and a bad one that does not fail is a missed regression. A record ends where its release did: a bad release that is undecided by then
might have failed later, and is counted apart.

Settings that have a say: falseAbortPercent, minRequests, and of errors and of latency each enabled, margin.relativePercent, margin.absolutePercent,
tolerance.relativePercent, tolerance.absolutePercent. They are those of a Canary's spec.analysis.

Without PATH and without --state, the reports are those of the releases that the controller remembers, as `weir report` finds them.

Examples:
  weir judge replay --state .weir/run                    how often the settings in force were wrong
  weir judge replay --state .weir/run --set falseAbortPercent=0.1 --set errors.margin.absolutePercent=1
  weir judge replay reports/ -f canary.yaml --bad v1.8.0
  kubectl get canary api -o yaml | weir judge replay -n shop -f - -o json | jq .new

Exit code: 0 told, 64 where settings or a report cannot be used or there is none, 69 where the reports cannot be fetched."
)]
pub(crate) struct ReplayArgs {
    /// Reports of releases, or directories of them
    #[arg(value_name = "PATH", conflicts_with_all = ["state", "context", "kubeconfig"])]
    pub(crate) paths: Vec<PathBuf>,
    /// Manifest with one Canary, whose spec.analysis is tried; - is standard input
    #[arg(short, long, value_name = "FILE", help_heading = SETTINGS)]
    pub(crate) file: Option<PathBuf>,
    /// One setting that is tried, on top of the others; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", help_heading = SETTINGS, value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// This release was good, however it ended: RELEASE, or NAMESPACE/CANARY/RELEASE; may be repeated
    #[arg(long, value_name = "NAME", help_heading = TRUTH)]
    pub(crate) good: Vec<String>,
    /// This release was bad, however it ended; may be repeated
    #[arg(long, value_name = "NAME", help_heading = TRUTH)]
    pub(crate) bad: Vec<String>,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// Whose releases.
    #[command(flatten)]
    pub(crate) end: EndArgs,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (path, value) =
        text.split_once('=').ok_or("is no setting: write PATH=VALUE, such as falseAbortPercent=0.1")?;
    Ok((path.to_owned(), value.to_owned()))
}
