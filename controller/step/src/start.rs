//! Starts the keeper of a step.

use std::fs::DirBuilder;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::folder::Folder;
use crate::order::Order;

/// Why a step is not kept. Nothing of it was started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder cannot be made or read.
    #[error("{}: {error}", folder.path().display())]
    Folder {
        /// The folder.
        folder: Folder,
        /// What the system says.
        error: io::Error,
    },
    /// The keeper's program does not start.
    #[error("{program}: {error}")]
    Program {
        /// Its path.
        program: String,
        /// What the system says.
        error: io::Error,
    },
    /// The keeper says that it cannot.
    #[error("the step cannot be kept: {0}")]
    Refused(String),
}

/// Starts a step, and returns as soon as it has a keeper that lives on without this process. Where its folder has one already, nothing is done: a step is
/// started once, whoever asks how often. `keeper` is the program `weir-step`.
///
/// # Errors
/// It has no keeper; then nothing was started, and it may be asked again.
pub fn start(keeper: &Path, folder: &Folder, order: &Order) -> Result<(), StartError> {
    let at_folder = |error| StartError::Folder { folder: folder.clone(), error };
    DirBuilder::new().recursive(true).mode(0o700).create(folder.path()).map_err(at_folder)?;
    if folder.kept().map_err(at_folder)?.is_some() {
        return Ok(());
    }
    let program = |error| StartError::Program { program: keeper.display().to_string(), error };
    let mut child = Command::new(keeper)
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // A Ctrl-C is its starter's, not its own.
        .process_group(0)
        .spawn()
        .map_err(program)?;
    let order = serde_json::to_vec(order).map_err(|error| program(error.into()))?;
    let mut said = String::new();
    if let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) {
        // One that ended early says why.
        let _ended = input.write_all(&order);
        drop(input);
        BufReader::new(output).read_line(&mut said).map_err(program)?;
    }
    // It ends long after this, and somebody has to hear of it.
    std::thread::spawn(move || child.wait());
    if said.trim() == "kept" { Ok(()) } else { Err(StartError::Refused(said.trim().to_owned())) }
}
