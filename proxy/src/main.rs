//! `weir-proxy`: reads the configuration, runs the proxy, ends on SIGTERM or SIGINT.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use weir_proxy::feed::{DirectoryFeed, Feed, KubernetesFeed};
use weir_proxy::{App, Args, Config};

/// Wrong configuration (`EX_USAGE` of sysexits).
const WRONG_CONFIGURATION: u8 = 64;
/// An address or file that is needed cannot be had.
const NOT_AVAILABLE: u8 = 69;

/// HTTP/2 and TLS allocate for each request; measured, this one makes that cheapest, and gives memory back best.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colour = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(std::io::stderr).init();
    let args = Args::parse();
    if args.exit_with_parent {
        let signal = Some(rustix::process::Signal::TERM);
        if let Err(error) = rustix::process::set_parent_process_death_signal(signal) {
            tracing::warn!(%error, "--exit-with-parent has no effect");
        }
    }
    let config = match Config::try_from(args) {
        Ok(config) => config,
        Err(error) => {
            error.faults.iter().for_each(|fault| tracing::error!("{fault}"));
            return ExitCode::from(WRONG_CONFIGURATION);
        }
    };
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::from(NOT_AVAILABLE)
        }
    }
}

fn run(config: Config) -> anyhow::Result<()> {
    if config.kubernetes.kubernetes {
        let feed = KubernetesFeed::open(config.kubernetes.clone(), config.tls.is_some())?;
        let duties = feed.duties();
        return serve(App::build(config, feed)?.with_duties(duties));
    }
    let feed = DirectoryFeed::open(&config.objects)?;
    serve(App::build(config, feed)?)
}

fn serve(app: App<impl Feed>) -> anyhow::Result<()> {
    app.run(async {
        let terminate = async {
            match signal(SignalKind::terminate()) {
                Ok(mut signal) => drop(signal.recv().await),
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = terminate => {}
            // Without the handler a SIGINT ends the process anyway.
            Ok(()) = tokio::signal::ctrl_c() => {}
        }
    })?;
    Ok(())
}
