//! `weir doctor`: what is wrong with an installation, and how to mend it.
//!
//! ```text
//! seen      one look at everything
//!   ask       one question, and its answer
//!   rights    what the manifests let the programs do       pure
//! checks    what is right and wrong in it                  pure
//! finding   what one check found, as text and as JSON      pure
//! ```

use std::process::ExitCode;

use anyhow::Result;

use crate::args::Output;
use crate::args::install::{DoctorArgs, namespace};
use crate::form::print;
use crate::install::manifests::{self, Wanted};

pub(crate) mod ask;
pub(crate) mod checks;
pub(crate) mod finding;
pub(crate) mod rights;
pub(crate) mod seen;

use finding::{Finding, State, Verdict};
use seen::Seen;

/// Looks at an installation and says what is wrong.
pub(crate) async fn doctor(args: DoctorArgs) -> Result<ExitCode> {
    let access = args.cluster.connect().await?;
    let namespace = namespace(&args.cluster);
    let version = access.client.apiserver_version().await;
    let version = version.map_err(|error| access.problem("ask the API server for its version", error))?;
    let answers = Verdict::ok(format!("{} of {} answers", version.git_version, access.place));
    let mut findings = vec![Finding::of("API server", Ok(answers))];
    let wanted = Wanted { namespace: namespace.clone(), ..Wanted::default() };
    let seen = Seen::look(&access, &namespace, manifests::objects(&wanted)?).await;
    findings.extend(checks::all(&seen));
    let broken = findings.iter().filter(|finding| finding.verdict.state == State::Fail).count();
    let warnings = findings.iter().filter(|finding| finding.verdict.state == State::Warn).count();
    let text = match args.output {
        Output::Json => serde_json::to_string_pretty(&findings)? + "\n",
        Output::Text => {
            let said = match (broken, warnings) {
                (0, 0) => "nothing is wrong".to_owned(),
                (broken, warnings) => format!("{broken} broken, {warnings} to look at"),
            };
            let each: String = findings.iter().map(|finding| finding.text() + "\n").collect();
            format!("{each}\n{} checks: {said}\n", findings.len())
        }
    };
    print(&text)?;
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
