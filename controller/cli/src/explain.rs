//! `weir explain`: what becomes of Ingresses here, before they are: which annotations are honoured, which are not, and where a request goes.
//!
//! ```text
//! source   files, or the cluster -> objects
//! report   objects -> what becomes of each Ingress, and of a request      pure
//! text     that, for people
//! ```

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;

use self::report::Report;
use crate::args::{ExplainArgs, Output};

mod report;
mod source;
mod text;

/// Exit code where something is refused.
const REFUSED: u8 = 1;

/// Explains once.
pub async fn run(args: ExplainArgs) -> Result<ExitCode> {
    let request = args.request()?;
    let objects = source::read(&args).await?;
    let report = Report::new(&objects, &args.ingresses.options(), request.as_ref());
    let text = match args.output {
        Output::Json => serde_json::to_string_pretty(&report)? + "\n",
        Output::Text => text::of(&report),
    };
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()?;
    Ok(if report.refuses() { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS })
}
