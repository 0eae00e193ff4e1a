//! `weir-load run`: makes a plan of the arguments, runs it, reports, and checks the thresholds.
//!
//! ```text
//! args     arguments -> plan
//! output   report -> text, JSON, exit code
//! ```

use std::io;

use tokio::sync::watch;
use weir_process::{Stop, exit_with_parent};

use super::{Exit, progress::Progress, runtime, tell};
use crate::{
    arrivals::StageError,
    drive::{self, RunError},
    plan::PlanError,
    report::Report,
};

mod args;
mod output;

pub(super) use args::Args;

/// Why there is nothing to exit with 0 or 1 about.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Stage(#[from] StageError),
    #[error("cannot read the body from {path}")]
    Body { path: String, source: io::Error },
    #[error("cannot write the report to {path}")]
    Report { path: String, source: io::Error },
    #[error("cannot start")]
    Start(#[from] io::Error),
}

impl Failure {
    fn exit(&self) -> Exit {
        match self {
            Self::Run(RunError::Plan(_)) | Self::Stage(_) | Self::Body { .. } => Exit::Configuration,
            Self::Run(
                RunError::Unreachable(_) | RunError::Stopped | RunError::Machine(_) | RunError::Worker,
            )
            | Self::Report { .. }
            | Self::Start(_) => Exit::Unavailable,
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self::Run(error.into())
    }
}

/// Runs to the end, or until a signal.
pub(super) fn main(args: Args) -> Exit {
    match run(args) {
        Ok(exit) => exit,
        Err(failure) => {
            tell(&failure);
            failure.exit()
        }
    }
}

fn run(args: Args) -> Result<Exit, Failure> {
    args.log.start();
    if args.exit_with_parent {
        exit_with_parent()?;
    }
    let (plan, output) = args.plan()?;
    let mut progress = Progress::new(output.progress);
    let report = runtime(1)?.block_on(async {
        let mut signals = Stop::listen()?;
        let (stop, stopped) = watch::channel(false);
        let mut running = std::pin::pin!(drive::run_observed(plan, stopped, |second| progress.show(second)));
        let ended = tokio::select! {
            ended = &mut running => Some(ended),
            () = signals.requested() => None,
        };
        if let Some(ended) = ended {
            return Ok::<Report, Failure>(ended?);
        }
        stop.send_replace(true);
        Ok(running.await?)
    })?;
    output.write(&report)?;
    Ok(output.check(&report))
}
