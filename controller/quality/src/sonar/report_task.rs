//! `report-task.txt`: the scanner's note of what it has sent, as lines `key=value` without escapes.

use crate::error::{Error, Fault};
use crate::excerpt::quoted;
use crate::source::{Limits, Source};

const EXPECTED: &str = "report-task.txt of a scanner: lines such as ceTaskId=...";

/// What a scanner has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportTask {
    /// The project's key.
    pub project_key: String,
    /// The server as the scanner sees it. The file is in the hands of the build: never send a token there, but to the server that is set up.
    pub server_url: String,
    /// The task that computes the gate.
    pub ce_task_id: String,
    /// A page for people.
    pub dashboard_url: Option<String>,
    /// The server's version.
    pub server_version: Option<String>,
    /// The branch, where it is not the main one.
    pub branch: Option<String>,
    /// The pull request.
    pub pull_request: Option<String>,
}

/// Reads the file.
///
/// # Errors
/// When a line is no property, or one that is needed is not there.
pub fn parse(source: Source<'_>, limits: &Limits) -> Result<ReportTask, Error> {
    let text = source.text(limits, EXPECTED)?;
    let mut properties = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = || source.error_in_line(number, Fault::Line { found: quoted(line), expected: EXPECTED });
        properties.push(line.split_once('=').ok_or_else(wrong)?);
    }
    let find = |key: &str| {
        let found = properties.iter().find(|(known, _)| known.trim() == key);
        found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let need = |key: &'static str| {
        let missing = Fault::Missing { element: "report-task.txt".to_owned(), attribute: key };
        find(key).ok_or_else(|| source.error(missing))
    };
    Ok(ReportTask {
        project_key: need("projectKey")?,
        server_url: need("serverUrl")?,
        ce_task_id: need("ceTaskId")?,
        dashboard_url: find("dashboardUrl"),
        server_version: find("serverVersion"),
        branch: find("branch"),
        pull_request: find("pullRequest"),
    })
}

impl ReportTask {
    /// Whether the scanner has sent it to this server.
    #[must_use]
    pub fn is_of(&self, server: &str) -> bool {
        self.server_url.trim_end_matches('/').eq_ignore_ascii_case(server.trim_end_matches('/'))
    }
}
