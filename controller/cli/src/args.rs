//! The command line, as typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use self::explain::{ExplainArgs, Request};

mod explain;

/// Shifts traffic from one version of a service to the next, measures both, and decides.
#[derive(Debug, Parser)]
#[command(name = "weir", version, propagate_version = true, max_term_width = 110)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play three releases on this machine: a healthy one, one with a slow tail, one that fails
    Demo(DemoArgs),
    /// Serve a directory of manifests on this machine: proxy, controller and the Deployments as local processes
    Run(RunArgs),
    /// Show how releases stand
    Status(StatusArgs),
    /// Let a paused release go on
    Promote(TargetArgs),
    /// Give a release up: all requests go back to stable
    Abort(TargetArgs),
    /// Say what becomes of Ingresses here: annotations honoured, changed and refused, and where a request goes
    Explain(ExplainArgs),
    /// Print a completion script for a shell
    #[command(
        after_help = "Examples:\n  weir completions bash > /etc/bash_completion.d/weir\n  weir completions zsh > ~/.zfunc/_weir"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Where the programs listen and keep their files.
#[derive(Clone, Debug, clap::Args)]
pub struct PlaceArgs {
    /// Address that users' requests come to
    #[arg(long, env = "WEIR_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Address of the proxy's admin port (metrics, reports, explanations)
    #[arg(long, env = "WEIR_ADMIN", default_value = "127.0.0.1:9901", value_name = "ADDR")]
    pub admin: SocketAddr,
    /// Address of the controller's admin port (releases)
    #[arg(long, env = "WEIR_CONTROLLER", default_value = "127.0.0.1:9902", value_name = "ADDR")]
    pub controller: SocketAddr,
}

/// Arguments of `weir demo`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir demo                                  all three releases, about two minutes
  weir demo --release slow --rate 400        one of them, with more traffic
  weir demo --json | jq .                    one JSON object per event
  weir demo --keep                           stay up afterwards, to play with it

The example's manifests are copied to <STATE>/manifests; edit them there while it runs, it notices.")]
pub struct DemoArgs {
    /// Play only this release; may be given several times
    #[arg(long, value_enum, value_name = "RELEASE")]
    pub release: Vec<Sample>,
    /// Requests per second that simulated users send
    #[arg(long, default_value_t = 200, value_name = "PER_SECOND", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub rate: u32,
    /// Give a release up as undecided after this many seconds
    #[arg(long, default_value_t = 90, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub duration: u32,
    /// One JSON object per event on standard output, and nothing else
    #[arg(long)]
    pub json: bool,
    /// Stay up when the releases are done, and print the addresses to play with
    #[arg(long)]
    pub keep: bool,
    /// Folder for manifests, logs, reports and state; an earlier demo's is replaced
    #[arg(long, default_value = ".weir/demo", value_name = "DIR")]
    pub state: PathBuf,
    /// Addresses.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// A release of the sample service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sample {
    /// As fast and as sound as stable: ends promoted
    Good,
    /// Twice stable's 99th percentile at almost the same mean: ends aborted
    Slow,
    /// One request in five fails: ends aborted
    Failing,
}

/// Arguments of `weir run`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir run manifests/examples/featureflag
  weir run ./shop --listen 0.0.0.0:80 --state /var/lib/weir

A release starts when `spec.release` of a Canary in DIR changes.")]
pub struct RunArgs {
    /// Directory of Kubernetes manifests (YAML or JSON), watched while it runs
    #[arg(value_name = "DIR")]
    pub manifests: PathBuf,
    /// Folder for logs, reports and state; kept between runs, so that a release goes on where it was
    #[arg(long, default_value = ".weir/run", value_name = "DIR")]
    pub state: PathBuf,
    /// One JSON object per event on standard output, and nothing else
    #[arg(long)]
    pub json: bool,
    /// Addresses.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Arguments of `weir status`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir status
  weir status production/featureflag --watch
  weir status -o json | jq '.[].phase'")]
pub struct StatusArgs {
    /// The Canary, as NAMESPACE/NAME or NAME; all of them if absent
    #[arg(value_name = "CANARY")]
    pub canary: Option<String>,
    /// Namespace for a NAME without one
    #[arg(short, long, default_value = "default")]
    pub namespace: String,
    /// Follow until interrupted
    #[arg(short, long)]
    pub watch: bool,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
    /// Address of the controller's admin port
    #[arg(long, env = "WEIR_CONTROLLER", default_value = "127.0.0.1:9902", value_name = "ADDR")]
    pub controller: SocketAddr,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Arguments of `weir promote` and `weir abort`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir promote production/featureflag
  weir abort -n production featureflag")]
pub struct TargetArgs {
    /// The Canary, as NAMESPACE/NAME or NAME
    #[arg(value_name = "CANARY")]
    pub canary: String,
    /// Namespace for a NAME without one
    #[arg(short, long, default_value = "default")]
    pub namespace: String,
    /// Address of the controller's admin port
    #[arg(long, env = "WEIR_CONTROLLER", default_value = "127.0.0.1:9902", value_name = "ADDR")]
    pub controller: SocketAddr,
}

/// `NAMESPACE/NAME` of a Canary given as such, or as a name in `namespace`.
#[must_use]
pub fn canary_key(canary: &str, namespace: &str) -> String {
    if canary.contains('/') { canary.to_owned() } else { format!("{namespace}/{canary}") }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Args, canary_key};

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_canary_is_named_with_or_without_its_namespace() {
        assert_eq!(canary_key("shop/api", "default"), "shop/api");
        assert_eq!(canary_key("api", "shop"), "shop/api");
    }
}
