//! The program `weir-controller`: command line, logging, run, exit code.

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use weir_controller::app::{self, Config, StartError};
use weir_controller::args::Args;
use weir_controller::local::surroundings;
use weir_process::Stop;

/// Wrong configuration (sysexits.h).
const CONFIGURATION: u8 = 64;
/// An address that cannot be had (sysexits.h).
const UNAVAILABLE: u8 = 69;

fn main() -> ExitCode {
    let args = Args::parse();
    args.log.start();
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
        weir_process::exit_with_parent()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async move {
        let announce = args.announce.clone();
        let mut stop = Stop::listen()?;
        let running = app::start(Config::from_args(args, surroundings())).await?;
        tracing::info!(admin = %running.admin, "ready");
        if let Some(file) = announce {
            let addresses = serde_json::json!({ "admin": running.admin, "ofrep": running.ofrep });
            weir_process::announce(&file, &addresses)
                .with_context(|| format!("--announce {}", file.display()))?;
        }
        running.until(stop.requested()).await;
        Ok(())
    })
}
