//! Ctrl-C and SIGTERM: everything that was started is killed, the folder of the run removed, and the exit code says so.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use tokio::signal::unix::{SignalKind, signal};

use crate::process;

/// 128 + SIGINT, as shells have it.
const INTERRUPTED: i32 = 130;
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Waits for a signal on a thread of its own, for as long as the process lives.
pub(crate) fn watch(folder: PathBuf) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        // What is dying, and the measurement that was under way, may still write into the folder or start something: again then.
        for _ in 0..TRIES {
            process::kill_all();
            let gone = std::fs::remove_dir_all(&folder).is_ok();
            std::thread::sleep(BETWEEN_TRIES);
            if gone && !folder.exists() {
                break;
            }
        }
        std::process::exit(INTERRUPTED);
    });
    Ok(())
}
