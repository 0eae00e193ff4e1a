//! Where Weir's other programs are: beside this one, else on PATH.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// Path of the program `name`.
pub fn find(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find out where this program lies")?;
    let beside = own.with_file_name(name);
    if beside.is_file() {
        return Ok(beside);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    match std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file()) {
        Some(found) => Ok(found),
        None => bail!(
            "{name} is neither beside {} nor on PATH: build it with `cargo build -p {name}`, or install Weir's programs together",
            own.display()
        ),
    }
}
