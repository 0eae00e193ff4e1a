//! The program `weir-controller`: command line, logging, run, exit code.

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use weir_controller::app::{self, Config, StartError};
use weir_controller::args::Args;
use weir_controller::local::surroundings;

/// Wrong configuration (sysexits.h).
const CONFIGURATION: u8 = 64;
/// An address that cannot be had (sysexits.h).
const UNAVAILABLE: u8 = 69;

fn main() -> ExitCode {
    let args = Args::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("WEIR_LOG").unwrap_or_else(|_| "info".into());
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(std::io::stderr).init();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            let taken = matches!(error.downcast_ref(), Some(StartError::Address(..)));
            ExitCode::from(if taken { UNAVAILABLE } else { CONFIGURATION })
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    if args.exit_with_parent {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async move {
        let announce = args.announce.clone();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        // A closed terminal is no reason to leave pods behind.
        let mut hangup = signal(SignalKind::hangup())?;
        let running = app::start(Config::from_args(args, surroundings())).await?;
        tracing::info!(admin = %running.admin, "ready");
        if let Some(file) = announce {
            let addresses = serde_json::json!({ "admin": running.admin, "ofrep": running.ofrep });
            // Beside it, then renamed: who waits for the file never reads half of it.
            let partial = file.with_extension("partial");
            let place = || format!("--announce {}", file.display());
            std::fs::write(&partial, format!("{addresses}\n")).with_context(place)?;
            std::fs::rename(&partial, &file).with_context(place)?;
        }
        running
            .until(async {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                    _ = hangup.recv() => {}
                }
            })
            .await;
        Ok(())
    })
}
