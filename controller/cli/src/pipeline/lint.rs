//! What is wrong with files, and what they stand for.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use weir_runner::{request, triggers};
use weir_stages::{File, render};

use crate::args::{LintArgs, RenderArgs};
use crate::form::print;
use crate::{Misconfigured, REFUSED};

/// Says of each file what is wrong with it, or what is in it.
pub(super) fn lint(args: &LintArgs) -> Result<ExitCode> {
    let mut text = String::new();
    let mut is_good = true;
    for path in &args.files {
        let shown = path.display();
        let written = read(path)?;
        match triggers::read(&written) {
            Ok(_) => writeln!(text, "{shown}: {}", contents(&weir_stages::read(&written).0))?,
            Err(problems) => {
                is_good = false;
                for problem in problems {
                    writeln!(text, "{shown}: {problem}")?;
                }
            }
        }
    }
    print(&text)?;
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

fn contents(file: &File) -> String {
    let pipelines = file.pipelines.iter().map(|one| format!("pipeline {}", one.name));
    let templates = file.templates.iter().map(|one| format!("template {}", one.name));
    let freezes = file.freezes.iter().map(|one| format!("freeze {}", one.name()));
    let all: Vec<String> = pipelines.chain(templates).chain(freezes).collect();
    if all.is_empty() {
        "nothing is in it".to_owned()
    } else {
        format!("{}: nothing to mend", all.join(", "))
    }
}

/// Shows what a pipeline does, with its template filled in.
pub(super) fn render(args: &RenderArgs) -> Result<ExitCode> {
    let text = read(&args.file)?;
    let (written, pipeline) = request::rendered(&text, args.pipeline.as_deref())
        .map_err(|error| Misconfigured(format!("{}: {error}", args.file.display())))?;
    print(&render::document(&written.name, &written.triggers, &pipeline))?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<String> {
    Ok(fs::read_to_string(path).map_err(|error| Misconfigured(format!("{}: {error}", path.display())))?)
}
