//! Pipelines of other systems as files: the document on stdout or in a file, what became of its fields on stderr.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::Value;
use weir_spinnaker::Imported;

use crate::args::{ImportCommand, ImportSpinnakerArgs};
use crate::form::print;
use crate::{Misconfigured, REFUSED};

/// Makes a document of what a file has.
pub(super) fn import(command: &ImportCommand) -> Result<ExitCode> {
    match command {
        ImportCommand::Spinnaker(args) => spinnaker(args),
    }
}

fn spinnaker(args: &ImportSpinnakerArgs) -> Result<ExitCode> {
    let ImportSpinnakerArgs { file, out, canary_configs, all } = args;
    let json = read(file)?;
    let configs = canary_configs.iter().map(|path| config(path)).collect::<Result<Vec<_>>>()?;
    let Imported { documents: _, yaml, report } = weir_spinnaker::import_with(&json, &configs)
        .map_err(|error| Misconfigured(format!("{}: {error}", file.display())))?;
    match out {
        Some(path) => fs::write(path, &yaml)
            .map_err(|error| Misconfigured(format!("--out {}: {error}", path.display())))?,
        None => print(&yaml)?,
    }
    io::stderr().lock().write_all(report.text(*all).as_bytes()).context("cannot print")?;
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

fn config(path: &Path) -> Result<Value> {
    let wrong = |what: String| Misconfigured(format!("--canary-config {}: {what}", path.display()));
    let config: Value =
        serde_json::from_str(&read(path)?).map_err(|error| wrong(format!("it is no JSON: {error}")))?;
    if !config.is_object() {
        return Err(wrong("it is no canary config: give what Spinnaker shows as its JSON".to_owned()).into());
    }
    Ok(config)
}

fn read(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        return io::read_to_string(io::stdin().lock()).context("standard input cannot be read");
    }
    Ok(fs::read_to_string(path).map_err(|error| Misconfigured(format!("{}: {error}", path.display())))?)
}
