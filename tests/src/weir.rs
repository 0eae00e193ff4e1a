//! The command `weir`, run to its end.

use std::process::{Command, Output, Stdio};

use anyhow::Result;

use crate::program::path_of;

/// What one command said, and its exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it said about mistakes.
    pub err: String,
}

/// Runs `weir` with `args` and more environment, without blocking what else the test does. The environment names no cluster, unless it is given here.
pub async fn weir(args: &[&str], env: &[(&str, &str)]) -> Result<Said> {
    let mut command = Command::new(path_of("weir")?);
    for variable in ["KUBECONFIG", "WEIR_CONTROLLER", "KUBERNETES_SERVICE_HOST"] {
        command.env_remove(variable);
    }
    command.args(args).stdin(Stdio::null()).env("NO_COLOR", "1").env("HOME", "/nonexistent");
    command.envs(env.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let Output { status, stdout, stderr } = output;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Said { code: status.code(), out: text(stdout), err: text(stderr) })
}
