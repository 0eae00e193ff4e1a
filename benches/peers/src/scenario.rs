//! The questions: each has a name on the command line, and each writes its own table.

use std::io::Write;

use anyhow::Result;
use clap::ValueEnum;

use crate::bench::Bench;
use crate::peer::Peer;

mod churn;
mod compare;
pub(crate) mod instruments;
mod memory;
mod pairs;
mod reload;
mod traffic;

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// HTTP/1.1 keep-alive, 64 connections, 128 bytes.
    H1Small,
    /// The same with 10 KiB.
    #[value(name = "h1-10k")]
    H1Medium,
    /// 1 MiB, 16 connections.
    #[value(name = "h1-1m")]
    H1Large,
    /// A connection for each request.
    H1Close,
    /// TLS, HTTP/1.1 keep-alive.
    TlsH1,
    /// A full TLS handshake for each request.
    TlsFull,
    /// A TLS connection for each request, sessions resumed.
    TlsResumed,
    /// TLS, HTTP/2.
    TlsH2,
    /// Unary gRPC in clear text.
    Grpc,
    /// A 90/10 split beside none.
    Split,
    /// 10, 1,000 and 10,000 hosts.
    Hosts,
    /// 10, 1,000 and 10,000 path prefixes.
    Paths,
    /// Latency at fixed rates.
    Rate,
    /// Memory of idle connections.
    Memory,
    /// Configuration changes under load.
    Reload,
    /// Weir's configuration changing 110 times a second under load.
    Churn,
    /// Two workers beside one.
    Workers,
    /// User instructions per request (valgrind).
    Instructions,
    /// System calls per request (strace).
    Syscalls,
}

impl Scenario {
    /// Every question, in the order of the report.
    pub(crate) fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }

    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Measures `peers`, as far as they can do what is asked; the answer in Markdown.
    pub(crate) fn run(self, bench: &Bench, peers: &[Peer], progress: &mut impl Write) -> Result<String> {
        match self {
            Self::Memory => memory::run(bench, peers, progress),
            Self::Churn => churn::run(bench, peers, progress),
            Self::Reload => reload::run(bench, peers, progress),
            Self::Instructions => instruments::instructions(bench, peers, progress),
            Self::Syscalls => instruments::syscalls(bench, peers, progress),
            Self::H1Small
            | Self::H1Medium
            | Self::H1Large
            | Self::H1Close
            | Self::TlsH1
            | Self::TlsFull
            | Self::TlsResumed
            | Self::TlsH2
            | Self::Grpc
            | Self::Split
            | Self::Hosts
            | Self::Paths
            | Self::Rate
            | Self::Workers => traffic::run(bench, &traffic::plan(self), peers, progress),
        }
    }
}

/// What went wrong, so that nobody overlooks it.
fn told(faults: &[String]) -> String {
    faults.iter().fold(String::new(), |text, fault| {
        let fault = fault.trim().replace('\n', " / ");
        text + &format!("\n**FAILED: {fault}**\n")
    })
}
