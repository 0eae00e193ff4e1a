//! `weir-load serve`: starts the sample upstream, announces its addresses, and stops on a signal.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;
use weir_process::{LogArgs, Stop, announce, exit_with_parent};

use super::{Exit, complain, runtime, tell};
use crate::{
    latency::Latency,
    serve::{Bound, Options, ServeError, Server, Settings, Stats},
    units::{Share, parse_duration},
};

/// What stands under the options.
const AFTER_HELP: &str = "\
Examples:
  weir-load serve --listen 127.0.0.1:9000 --latency 'lognormal(p50=12ms,p99=48ms)'
  weir-load serve --admin 127.0.0.1:9001 --error-share 20%
  curl -X PUT http://127.0.0.1:9001/__weir/settings -d '{\"errorShare\": \"0%\", \"latency\": \"50ms\"}'";

/// Serve as a sample upstream with a chosen latency distribution and chosen faults.
///
/// Settings can be changed while it runs: PUT /__weir/settings on the address of --admin, with any of the fields that GET shows.
/// GET /__weir/stats shows exact counts by path and status. /health answers at once and is counted apart.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Address to serve on, HTTP/1.1 and HTTP/2 (prior knowledge); port 0 takes a free one
    #[arg(long, env = "WEIR_LOAD_LISTEN", default_value = "127.0.0.1:0", value_name = "ADDR")]
    listen: SocketAddr,
    /// Address of settings and statistics; none without it
    #[arg(long, env = "WEIR_LOAD_ADMIN", value_name = "ADDR")]
    admin: Option<SocketAddr>,
    /// Write the bound addresses as JSON to this file instead of standard output
    #[arg(long, env = "WEIR_LOAD_ANNOUNCE", value_name = "FILE")]
    announce: Option<PathBuf>,
    /// Name sent as header x-version and in the body
    #[arg(long, env = "WEIR_LOAD_VERSION_NAME", default_value = "v1", value_name = "NAME")]
    version_name: String,
    /// 12ms, normal(12ms,2ms), lognormal(p50=12ms,p99=48ms), or a mixture: 95%:SPEC,5%:SPEC
    #[arg(long, env = "WEIR_LOAD_LATENCY", default_value = "0", value_name = "SPEC")]
    latency: Latency,
    /// Share of requests answered with status 500
    #[arg(long, env = "WEIR_LOAD_ERROR_SHARE", default_value = "0%", value_name = "SHARE")]
    error_share: Share,
    /// Share of answers cut in the middle of their body
    #[arg(long, env = "WEIR_LOAD_TRUNCATE_SHARE", default_value = "0%", value_name = "SHARE")]
    truncate_share: Share,
    /// Share of requests closed without an answer
    #[arg(long, env = "WEIR_LOAD_RESET_SHARE", default_value = "0%", value_name = "SHARE")]
    reset_share: Share,
    /// Size of the body, bytes
    #[arg(long, env = "WEIR_LOAD_BODY_BYTES", default_value_t = 0, value_name = "N")]
    body_bytes: usize,
    /// How long answers take longer at first, as in a cold program
    #[arg(long, env = "WEIR_LOAD_SLOW_START", default_value = "0", value_parser = parse_duration, value_name = "DURATION")]
    slow_start: Duration,
    /// How many times longer at the very start; falls to 1 over --slow-start
    #[arg(long, env = "WEIR_LOAD_SLOW_START_FACTOR", default_value_t = 5.0, value_name = "FACTOR")]
    slow_start_factor: f64,
    /// How long nothing listens yet
    #[arg(long, env = "WEIR_LOAD_START_AFTER", default_value = "0", value_parser = parse_duration, value_name = "DURATION")]
    start_after: Duration,
    /// How long a stop waits for requests in flight
    #[arg(long, env = "WEIR_LOAD_DRAIN_TIMEOUT", default_value = "30s", value_parser = parse_duration, value_name = "DURATION")]
    drain_timeout: Duration,
    /// Seed of latencies and faults
    #[arg(long, env = "WEIR_LOAD_SEED", default_value_t = 1)]
    seed: u64,
    /// Threads
    #[arg(long, env = "WEIR_LOAD_WORKERS", default_value_t = 1, value_name = "N")]
    workers: usize,
    /// Stop when the parent process ends
    #[arg(long, env = "WEIR_LOAD_EXIT_WITH_PARENT")]
    exit_with_parent: bool,
    #[command(flatten)]
    log: LogArgs,
}

impl Args {
    fn options(self) -> Options {
        Options {
            listen: self.listen,
            admin: self.admin,
            settings: Settings {
                version_name: self.version_name,
                latency: self.latency,
                error_share: self.error_share,
                truncate_share: self.truncate_share,
                reset_share: self.reset_share,
                body_bytes: self.body_bytes,
                slow_start: self.slow_start,
                slow_start_factor: self.slow_start_factor,
                healthy: true,
            },
            seed: self.seed,
            start_after: self.start_after,
            drain_timeout: self.drain_timeout,
        }
    }
}

/// Why serving ended other than by a signal.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("cannot announce the addresses in {path}")]
    Announce { path: String, source: io::Error },
    #[error("cannot start")]
    Start(#[from] io::Error),
}

impl Failure {
    fn exit(&self) -> Exit {
        match self {
            Self::Serve(ServeError::Settings(_)) => Exit::Configuration,
            Self::Serve(ServeError::Bind(..)) | Self::Announce { .. } | Self::Start(_) => Exit::Unavailable,
        }
    }
}

/// Serves until a signal.
pub(super) fn main(args: Args) -> Exit {
    match serve(args) {
        Ok(Some(stats)) => {
            complain(&format!(
                "weir-load: stopped after {} requests, {} answered, {} aborted by clients, {} cut off",
                stats.received, stats.answered, stats.aborted, stats.in_flight
            ));
            Exit::Done
        }
        Ok(None) => Exit::Done,
        Err(failure) => {
            tell(&failure);
            failure.exit()
        }
    }
}

/// The final counts, or `None` when it was stopped before it began.
fn serve(args: Args) -> Result<Option<Stats>, Failure> {
    args.log.start();
    if args.exit_with_parent {
        exit_with_parent()?;
    }
    let announce = args.announce.clone();
    let version_name = args.version_name.clone();
    runtime(args.workers)?.block_on(async {
        let mut stop = Stop::listen()?;
        let server = tokio::select! {
            server = Server::start(args.options()) => server?,
            () = stop.requested() => return Ok(None),
        };
        tell_addresses(server.bound(), &version_name, announce.as_deref())?;
        stop.requested().await;
        Ok(Some(server.shutdown().await))
    })
}

/// What is announced: one JSON object in one line.
#[derive(Serialize)]
struct Announcement<'a> {
    #[serde(flatten)]
    bound: Bound,
    version: &'a str,
    pid: u32,
}

fn tell_addresses(bound: Bound, version: &str, file: Option<&Path>) -> Result<(), Failure> {
    let announcement = Announcement { bound, version, pid: std::process::id() };
    if let Some(file) = file {
        let path = || file.display().to_string();
        return announce(file, &announcement).map_err(|source| Failure::Announce { path: path(), source });
    }
    let mut out = io::stdout();
    let line = serde_json::to_string(&announcement).map_err(io::Error::from)?;
    Ok(writeln!(out, "{line}").and_then(|()| out.flush())?)
}
