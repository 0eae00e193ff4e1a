//! What a run found, for people, for machines, and as an exit code.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use http::HeaderName;

use super::{
    super::{Exit, complain, progress::Style},
    Failure,
};
use crate::{
    gate::Threshold,
    report::{Report, text},
};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// Also report by the values of this response header
    #[arg(long, env = "WEIR_LOAD_GROUP_BY", value_name = "HEADER")]
    pub(super) group_by: Option<HeaderName>,
    /// Write the report as JSON to this file, or - for standard output
    #[arg(long, env = "WEIR_LOAD_JSON", value_name = "FILE")]
    json: Option<PathBuf>,
    /// How progress is shown
    #[arg(long, env = "WEIR_LOAD_PROGRESS", default_value = "auto", value_name = "STYLE")]
    pub(super) progress: Style,
    /// Exit with 1 if this holds at the end: p99>250ms, service.p50>20ms, errors>0.1%, unsent>0, rate<190; may be repeated
    #[arg(long, value_name = "THRESHOLD")]
    fail_if: Vec<Threshold>,
}

impl OutputArgs {
    /// Text for people, JSON where it was asked for. Standard output carries one kind only: JSON moves the text to standard error.
    pub(super) fn write(&self, report: &Report) -> Result<(), Failure> {
        let to_stdout = self.json.as_deref() == Some(Path::new("-"));
        let text = text::report(report);
        let failed = |path: &str| {
            let path = path.to_owned();
            move |source| Failure::Report { path, source }
        };
        if to_stdout || self.progress == Style::Json {
            complain(text.trim_end());
        } else {
            write!(io::stdout(), "{text}").map_err(failed("standard output"))?;
        }
        let Some(path) = &self.json else { return Ok(()) };
        // A single line after lines of progress, so that standard output stays one object a line.
        let json = if to_stdout && self.progress == Style::Json {
            serde_json::to_string(report)
        } else {
            serde_json::to_string_pretty(report)
        };
        let json = json.map_err(|error| failed("JSON")(error.into()))? + "\n";
        if to_stdout {
            io::stdout().write_all(json.as_bytes()).map_err(failed("standard output"))
        } else {
            fs::write(path, json).map_err(failed(&path.display().to_string()))
        }
    }

    pub(super) fn check(&self, report: &Report) -> Exit {
        let mut exit = Exit::Done;
        for failure in self.fail_if.iter().filter_map(|threshold| threshold.check(report)) {
            complain(&format!("weir-load: {failure}"));
            exit = Exit::Failed;
        }
        exit
    }
}
