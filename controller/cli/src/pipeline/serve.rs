//! `weir pipeline serve`: a runner for others.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;

use super::hand::Hand;
use crate::Refused;
use crate::args::ServePipelinesArgs;
use crate::stop::Stop;

/// Runs what is not over, and what is asked for, until it is told to end.
pub(super) async fn run(args: ServePipelinesArgs, stop: &mut Stop) -> Result<ExitCode> {
    let hand = Hand::open(&args.runs, &args.runner).await?;
    let folder = args.runs.state.display();
    if hand.is_anothers() {
        return Err(Refused(format!("another program runs the pipelines of {folder} already")).into());
    }
    writeln!(io::stdout().lock(), "weir pipeline serve: runs of {folder}")?;
    stop.requested().await;
    hand.close().await?;
    Ok(ExitCode::SUCCESS)
}
