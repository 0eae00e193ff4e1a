//! Asks a step to end.

use std::fs::File;
use std::io;

use crate::folder::Folder;

/// Asks a step to end: by SIGTERM, and by SIGKILL after its order's grace. Asked before it was started, it is started and ended at once; afterwards, nothing happens.
///
/// # Errors
/// The folder cannot be written.
pub fn stop(folder: &Folder) -> io::Result<()> {
    File::create(folder.stop()).map(drop)
}
