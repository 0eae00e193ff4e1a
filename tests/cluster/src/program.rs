//! Programs of this workspace, as they were built.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// The program `name`: beside this one, or beside the folder of the test that runs.
pub fn built(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folders = own.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    found.with_context(|| format!("there is no {name} beside {}: make build", own.display()))
}
