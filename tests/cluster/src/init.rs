//! The first process of the PID namespace. It starts the supervisor, reaps what others leave to it, and ends with the supervisor; the
//! kernel then kills every process inside, and the last of them takes the mounts and the network along.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use rustix::process::{WaitOptions, wait};

use crate::inside::Site;

/// Runs the supervisor, and lasts as long as it does.
pub fn run(site: &Site) -> Result<ExitCode> {
    let own = std::env::current_exe()?;
    let mut supervisor = Command::new(own);
    let supervisor = supervisor.arg("inside").args(site.arguments()).spawn();
    let supervisor = supervisor.context("cannot start the supervisor")?.id();
    loop {
        let ended = wait(WaitOptions::empty())?;
        if let Some((pid, status)) = ended
            && u32::try_from(pid.as_raw_nonzero().get()) == Ok(supervisor)
        {
            let code = status.exit_status().and_then(|code| u8::try_from(code).ok());
            return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
        }
    }
}
