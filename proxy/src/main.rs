//! `weir-proxy`: reads the configuration, runs the proxy, ends on a signal.

use std::process::ExitCode;

use clap::Parser;
use weir_process::Stop;
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
    let args = Args::parse();
    args.log.start();
    if args.exit_with_parent
        && let Err(error) = weir_process::exit_with_parent()
    {
        tracing::warn!(%error, "--exit-with-parent has no effect");
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
    app.run(stopped)?;
    Ok(())
}

/// Listens for the wish to stop from now on, not from when it is first polled.
fn stopped() -> impl Future<Output = ()> {
    let stop = Stop::listen();
    async {
        match stop {
            Ok(mut stop) => stop.requested().await,
            Err(error) => {
                tracing::warn!(%error, "no signal is listened for, so each ends the requests in flight");
                std::future::pending::<()>().await;
            }
        }
    }
}
