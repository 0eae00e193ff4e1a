//! What is asked of others.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use weir_pipeline::span::Span;

use super::step::SecretKey;

/// A call by HTTP, and then the wait for what it began. Each attempt carries `Idempotency-Key` with its run, stage and attempt, so whoever is called can
/// tell a repeated call from a new one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webhook {
    /// `http://` or `https://`.
    pub url: String,
    /// Default: POST.
    #[serde(default)]
    pub method: Method,
    /// Header fields.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Header fields from secrets. They are in no message, no log and no output, and go to no other server that an answer names.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretKey>,
    /// Sent as JSON.
    #[serde(default)]
    pub payload: Option<Value>,
    /// Statuses that are no success. Default: what is not 2xx or 3xx fails, 5xx and 429 after another five minutes of trying.
    #[serde(default)]
    pub fail_fast: Vec<u16>,
    /// How to wait for what it began. Default: the call is all.
    #[serde(default)]
    pub monitor: Option<Monitor>,
}

/// Methods that a call may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Begins something.
    #[default]
    Post,
    /// Puts something in its place.
    Put,
    /// Changes something.
    Patch,
    /// Removes something.
    Delete,
}

/// Asks until it is done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Monitor {
    /// Whom.
    pub url: StatusUrl,
    /// `JSONPath` (RFC 9535) of the status in the answer; without it the first good answer is success.
    #[serde(default)]
    pub status_path: Option<String>,
    /// `JSONPath` of where it stands, for people.
    #[serde(default)]
    pub progress_path: Option<String>,
    /// What the status means.
    #[serde(default)]
    pub statuses: StatusLists,
    /// How often it asks. Default: 5s.
    #[serde(default = "five_seconds")]
    pub every: Span,
}

/// Where the status is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum StatusUrl {
    /// Where the call went, by GET.
    Same,
    /// The answer's `Location`.
    Location,
    /// What stands at this `JSONPath` of the answer.
    Answer(String),
    /// Here.
    At(String),
}

/// Statuses, without regard to case; what is in no list goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct StatusLists {
    /// Done. Default: `SUCCEEDED`, `SUCCESS`, and the number 100.
    pub success: Vec<String>,
    /// Failed. Default: `FAILED`, `FAILURE`, `ERROR`, `TERMINAL`.
    pub failure: Vec<String>,
    /// Stopped by somebody. Default: `CANCELED`, `CANCELLED`.
    pub canceled: Vec<String>,
}

const fn five_seconds() -> Span {
    Span::seconds(5)
}

/// Another pipeline's run, which ends as that does.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunPipeline {
    /// Its name.
    pub name: String,
    /// What it is started with.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// Whether the stage waits for its end. Default: yes.
    #[serde(default = "yes")]
    pub wait: bool,
}

const fn yes() -> bool {
    true
}

/// What the forge shows beside the commit: that of the trigger, by its `forge` (`github`, `gitlab`, `gitea`, `bitbucket`), `repository` and `commit`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Status {
    /// `pending`, `success`, `failure` or `error`.
    pub state: String,
    /// What is told apart from other statuses of the commit. Default: `weir/PIPELINE`.
    #[serde(default)]
    pub context: Option<String>,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// Where more of it is told.
    #[serde(default)]
    pub url: Option<String>,
    /// The forge's API, where it is not the public one of the trigger's forge: `https://git.example.com/api/v1`.
    #[serde(default)]
    pub api: Option<String>,
    /// Secret with `token`.
    pub secret: String,
}

/// A comment beside the pull request of the trigger. The stage has one in each run: whoever repeats it writes over that.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Comment {
    /// What it says, in the forge's Markdown.
    pub text: String,
    /// The forge's API, where it is not the public one of the trigger's forge.
    #[serde(default)]
    pub api: Option<String>,
    /// Secret with `token`.
    pub secret: String,
}

/// What others call a status by.
const STATES: [&str; 4] = ["pending", "success", "failure", "error"];

impl Webhook {
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        address("url", &self.url)?;
        let Some(Monitor { url, status_path, progress_path, statuses: _, every: _ }) = &self.monitor else {
            return Ok(());
        };
        match url {
            StatusUrl::At(url) => address("monitor.url.at", url)?,
            StatusUrl::Answer(path) => json_path("monitor.url.answer", path)?,
            StatusUrl::Same | StatusUrl::Location => {}
        }
        for (field, path) in [("monitor.statusPath", status_path), ("monitor.progressPath", progress_path)] {
            path.as_ref().map_or(Ok(()), |path| json_path(field, path))?;
        }
        Ok(())
    }
}

impl Status {
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        self.api.as_ref().map_or(Ok(()), |api| address("api", api))?;
        if STATES.contains(&self.state.as_str()) || self.state.contains("${") {
            return Ok(());
        }
        Err(("state".to_owned(), format!("{:?} is no state: it is one of {}", self.state, STATES.join(", "))))
    }
}

impl Comment {
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        self.api.as_ref().map_or(Ok(()), |api| address("api", api))?;
        if self.text.trim().is_empty() {
            return Err(("text".to_owned(), "it says nothing".to_owned()));
        }
        Ok(())
    }
}

/// An address of HTTP, or a text that becomes one.
pub(super) fn address(field: &str, url: &str) -> Result<(), (String, String)> {
    if url.starts_with("http://") || url.starts_with("https://") || url.contains("${") {
        return Ok(());
    }
    Err((field.to_owned(), format!("{url:?} is no address: it begins with http:// or https://")))
}

/// A `JSONPath`, or a text that becomes one.
fn json_path(field: &str, path: &str) -> Result<(), (String, String)> {
    if path.contains("${") {
        return Ok(());
    }
    let parsed = jsonpath_rust::parser::parse_json_path(path);
    parsed.map(|_| ()).map_err(|_| {
        (field.to_owned(), format!("{path:?} is no JSONPath: it begins with $, such as $.job.status"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::work::Work;

    #[test]
    fn what_is_asked_of_others_is_checked_when_it_is_saved() {
        let monitor = |monitor: Value| json!({"url": "http://a.test", "monitor": monitor});
        for (kind, fields, why) in [
            ("webhook", json!({"url": "a.test"}), "webhook.url: \"a.test\" is no address"),
            (
                "webhook",
                monitor(json!({"url": {"at": "a.test"}})),
                "webhook.monitor.url.at: \"a.test\" is no address",
            ),
            (
                "webhook",
                monitor(json!({"url": {"answer": "job["}})),
                "webhook.monitor.url.answer: \"job[\" is no JSONPath",
            ),
            (
                "webhook",
                monitor(json!({"url": "same", "statusPath": "state"})),
                "webhook.monitor.statusPath: \"state\" is no",
            ),
            ("status", json!({"state": "green", "secret": "forge"}), "status.state: \"green\" is no state"),
            ("status", json!({"state": "success", "secret": "forge", "api": "git.test"}), "status.api: "),
            ("comment", json!({"text": " ", "secret": "forge"}), "comment.text: it says nothing"),
            ("comment", json!({"text": "a"}), "comment: missing field `secret`"),
        ] {
            let problem = Work::new(kind, fields).unwrap_err().to_string();
            assert!(problem.starts_with(why), "{problem}");
        }
        for (kind, fields) in [
            (
                "webhook",
                monitor(json!({"url": "location", "statusPath": "$.job.state", "progressPath": "$['done']"})),
            ),
            ("status", json!({"state": "${ state }", "secret": "forge", "url": "http://a.test/1"})),
            ("comment", json!({"text": "${ verdict }", "secret": "forge", "api": "${ api }"})),
        ] {
            Work::new(kind, fields).unwrap();
        }
    }
}
