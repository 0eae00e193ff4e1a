//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::install::Wanted;
use crate::scenario::Scenario;

/// Weir beside other proxies, in one run on this machine.
#[derive(Debug, Parser)]
#[command(name = "weir-bench-peers", version, about, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Questions to answer [default: all].
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SCENARIO")]
    pub(crate) only: Vec<Scenario>,
    #[command(flatten)]
    pub(crate) programs: Wanted,
    /// Rounds that must count.
    #[arg(long, default_value = "5", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rounds: u16,
    /// Seconds of one measurement.
    #[arg(long, default_value = "3", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) seconds: u16,
    /// File that gets the report, which is also written to standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The gate, and parts that the bench starts itself.
    #[command(subcommand)]
    pub(crate) part: Option<Part>,
}

/// What this program is besides the comparison of peers.
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Part {
    /// A raw TCP relay from LISTEN to UPSTREAM.
    #[command(hide = true)]
    Relay {
        /// Where it listens.
        listen: SocketAddr,
        /// Where bytes go.
        upstream: SocketAddr,
    },
    /// An upstream on every address of LISTEN.
    #[command(hide = true)]
    Backend {
        /// Where it listens.
        listen: Vec<SocketAddr>,
    },
    /// Measures what weir-proxy does for a request, and fails when that has grown beyond the baseline.
    Gate(Gate),
}

/// How the gate is run.
#[derive(Debug, clap::Args)]
pub(crate) struct Gate {
    /// What was recorded.
    #[arg(long, value_name = "FILE", default_value = "benches/baseline/hot_path.json")]
    pub(crate) baseline: PathBuf,
    /// Records what is measured instead of comparing it.
    #[arg(long)]
    pub(crate) record: bool,
    /// Also lists so many functions that cost most.
    #[arg(long, value_name = "N", default_value = "0")]
    pub(crate) functions: usize,
}

const EXAMPLES: &str = "Examples:
  weir-bench-peers --only h1-small,tls-h1 --peers relay,nginx,haproxy,weir
  weir-bench-peers --rounds 10 --seconds 3 --out peers.md";
