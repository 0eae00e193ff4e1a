//! `weir explain`: what becomes of Ingresses here, before they are: which annotations are honoured, which are not, and where a request goes.
//!
//! ```text
//! source   files, or the cluster -> objects; what names elsewhere, which only the proxy looks up, are taken for
//! report   objects -> what becomes of each Ingress, and of a request      pure
//! text     that, for people
//! ```

use std::process::ExitCode;

use anyhow::Result;

use self::report::Report;
use crate::args::{ExplainArgs, Output};
use crate::form::print;

mod report;
mod source;
mod text;

/// Explains once.
pub(crate) async fn run(args: ExplainArgs) -> Result<ExitCode> {
    let request = args.request()?;
    let objects = source::read(&args).await?;
    let report = Report::new(&objects, &args.ingresses.options(), request.as_ref());
    let text = match args.output {
        Output::Json => serde_json::to_string_pretty(&report)? + "\n",
        Output::Text => text::of(&report),
    };
    print(&text)?;
    Ok(if report.refuses() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
