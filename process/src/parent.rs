//! Ending with whoever started the program.

use std::io;

use rustix::process::{Signal, set_parent_process_death_signal};

/// Has the kernel send SIGTERM when the thread that started this process ends (`PR_SET_PDEATHSIG`).
///
/// # Errors
///
/// The kernel refuses it.
pub fn exit_with_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::TERM))?)
}
