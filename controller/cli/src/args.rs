//! The command line, as typed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use weir_controller::args::{NotifyArgs, OfrepArgs};

use crate::end::address;

pub(crate) use self::collect::CollectArgs;
pub(crate) use self::explain::ExplainArgs;
pub(crate) use self::judge::{JudgeArgs, JudgeCommand, Judged, SourceArgs};
pub(crate) use self::kayenta::KayentaArgs;
pub(crate) use self::pipeline::{
    ApproveArgs, ArchiveArgs, CancelRunArgs, DecideArgs, GetRunArgs, ImportCommand, ImportSpinnakerArgs,
    JudgeStageArgs, KeptArgs, LintArgs, ListArtifactsArgs, ListRunsArgs, LogsArgs, NoticeArgs,
    PipelineCommand, PodArgs, RenderArgs, RestartRunArgs, RunPipelineArgs, RunnerArgs, RunsArgs,
    ServePipelinesArgs, StageArgs, ThawArgs,
};
pub(crate) use self::plan::PlanArgs;
pub(crate) use self::release::ReleaseArgs;
pub(crate) use self::releases::{
    Form, HistoryArgs, ListArgs, PromoteArgs, ReportArgs, SetWeightArgs, StatusArgs, TargetArgs,
};
pub(crate) use self::replay::ReplayArgs;

mod collect;
mod explain;
pub(crate) mod install;
mod judge;
mod kayenta;
mod pipeline;
mod plan;
mod release;
mod releases;
mod replay;

/// Shifts traffic from one version of a service to the next, measures both, and decides.
#[derive(Debug, Parser)]
#[command(
    name = "weir",
    version,
    propagate_version = true,
    max_term_width = 110,
    after_help = "Examples:
  weir demo                                         see it: three releases on this machine
  weir install                                      Weir into the cluster of the kubeconfig
  weir release shop/api --image api:1.8.0 --watch   release, and say how it ended
  weir doctor                                       what is wrong, and how to mend it

Commands on releases mean the cluster of the kubeconfig, or those of `weir run` by --state or --controller.

Exit codes: 0 done, 1 refused or ended badly, 2 wrong usage, 64 wrong configuration or rights, 69 something needed is not reachable, 130 interrupted."
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play three releases on this machine: a healthy one, one with a slow tail, one that fails
    Demo(DemoArgs),
    /// Serve a directory of manifests on this machine: proxy, controller and the Deployments as local processes
    Run(RunArgs),
    /// Release an image by canary: to a Service of a cluster, with no YAML written
    Release(ReleaseArgs),
    /// Show how releases stand
    Status(StatusArgs),
    /// List releases, a line each
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// List how the last releases ended
    History(HistoryArgs),
    /// Show the report of a release: what was compared, and why it ended so
    Report(ReportArgs),
    /// End the wait of a release and let it go on
    Promote(PromoteArgs),
    /// Give a release up: all requests go back to stable
    Abort(TargetArgs),
    /// Hold a release at its weight; the guard watches on
    Pause(TargetArgs),
    /// Let a paused release go on
    Resume(TargetArgs),
    /// Release what was aborted again, from the start
    Retry(TargetArgs),
    /// Go back to the version before, at once and without analysis
    Undo(TargetArgs),
    /// Give the canary a share of the requests, and hold the release there
    SetWeight(SetWeightArgs),
    /// Say what becomes of Ingresses here: annotations honoured, changed and refused, and where a request goes
    Explain(ExplainArgs),
    /// Tell what the steps of a Canary can show at a rate of requests, before a release begins
    Plan(PlanArgs),
    /// Judge series of files or of metric stores by a canary config, as Kayenta does; or releases of before by other settings
    Judge(Box<JudgeCommand>),
    /// Take in the metrics that programs push (OTLP, StatsD, JSON), for releases to be judged by
    Collect(CollectArgs),
    /// Answer as Kayenta does: for programs that call its REST interface
    Kayenta(KayentaArgs),
    /// Run pipelines on this machine: from a checkout to an image in a registry
    #[command(subcommand)]
    Pipeline(PipelineCommand),
    /// Install Weir in a cluster, or change what is installed
    Install(install::InstallArgs),
    /// Remove Weir from a cluster
    Uninstall(install::UninstallArgs),
    /// Say what is wrong with the Weir of a cluster, and how to mend it
    Doctor(install::DoctorArgs),
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
pub(crate) struct PlaceArgs {
    /// Address that users' requests come to
    #[arg(long, env = "WEIR_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Address of the proxy's admin port (metrics, reports, explanations)
    #[arg(long, env = "WEIR_ADMIN", default_value = "127.0.0.1:9901", value_name = "ADDR", value_parser = address)]
    pub(crate) admin: SocketAddr,
    /// Address of the controller's admin port (releases)
    #[arg(long, env = "WEIR_CONTROLLER", default_value = "127.0.0.1:9902", value_name = "ADDR", value_parser = address)]
    pub(crate) controller: SocketAddr,
}

/// Arguments of `weir demo`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir demo                                  all three releases, one to two minutes
  weir demo --release slow --rate 400        one of them, with more traffic
  weir demo --json | jq .                    one JSON object per event
  weir demo --keep                           stay up afterwards, to play with it

The example's manifests are copied to <STATE>/manifests; edit them there while it runs, it notices.")]
pub(crate) struct DemoArgs {
    /// Play only this release; may be given several times
    #[arg(long, value_enum, value_name = "RELEASE")]
    pub(crate) release: Vec<Sample>,
    /// Requests per second that simulated users send
    #[arg(long, default_value_t = 200, value_name = "PER_SECOND", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) rate: u32,
    /// Give a release up as undecided after this many seconds
    #[arg(long, default_value_t = 90, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) duration: u32,
    /// One JSON object per event on standard output, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
    /// Stay up when the releases are done, and print the addresses to play with
    #[arg(long)]
    pub(crate) keep: bool,
    /// Folder for manifests, logs, reports and state; an earlier demo's is replaced
    #[arg(long, default_value = ".weir/demo", value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Addresses.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// A release of the sample service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sample {
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
  weir run ./shop --ofrep 127.0.0.1:9905            with feature flags for programs with OpenFeature

A release starts when `spec.release` of a Canary in DIR changes.")]
pub(crate) struct RunArgs {
    /// Directory of Kubernetes manifests (YAML or JSON), watched while it runs
    #[arg(value_name = "DIR")]
    pub(crate) manifests: PathBuf,
    /// Folder for logs, reports and state; kept between runs, so that a release goes on where it was
    #[arg(long, default_value = ".weir/run", value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// File that names the metric stores of Canaries with spec.analysis.metrics: see weir judge --help
    #[arg(long, value_name = "FILE")]
    pub(crate) sources: Option<PathBuf>,
    /// One JSON object per event on standard output, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
    /// Addresses.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Feature flags.
    #[command(flatten)]
    pub(crate) flags: OfrepArgs,
    /// Who is told of releases elsewhere.
    #[command(flatten)]
    pub(crate) notify: NotifyArgs,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Text,
    /// For programs
    Json,
}

/// The name that this program was called by: `weir`, or `kubectl-weir`, by which kubectl finds it as `kubectl weir`.
pub(crate) fn program() -> &'static str {
    let own = std::env::args_os().next().map(PathBuf::from);
    let is_plugin = own.as_deref().and_then(Path::file_stem).is_some_and(|name| name == "kubectl-weir");
    if is_plugin { "kubectl-weir" } else { "weir" }
}

/// The command line under the name that this program was called by.
#[must_use]
pub fn command_line() -> clap::Command {
    let mut command = Args::command();
    for own in ["install", "uninstall", "doctor"] {
        let help = format!("Weir's own namespace [default: {}]", crate::install::manifests::NAMESPACE);
        command = command.mut_subcommand(own, |own| own.mut_arg("namespace", |arg| arg.help(help)));
    }
    if program() == "kubectl-weir" { command.bin_name("kubectl weir") } else { command }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Args, Command};

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn series_and_releases_are_judged_by_one_command() {
        let judge = |line: &str| match Args::try_parse_from(line.split(' ')).map(|args| args.command) {
            Ok(Command::Judge(judge)) => (judge.series.is_some(), judge.other.is_some()),
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(judge("weir judge --config a --control b --experiment c"), (true, false));
        assert_eq!(judge("weir judge replay reports --set minRequests=9"), (false, true));
        for line in ["weir judge", "weir judge --config a", "weir judge --config a replay"] {
            assert!(Args::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
