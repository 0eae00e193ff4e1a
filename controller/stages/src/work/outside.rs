//! What is asked of others.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use weir_notify::SecretKey;
use weir_pipeline::problem::did_you_mean;
use weir_pipeline::span::Span;

use super::finding::Finding;

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

/// What the forges know.
const STATES: [&str; 4] = ["pending", "success", "failure", "error"];

pub(super) fn is_address(field: &str, text: &str) -> Option<Finding> {
    let begins = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    (!begins)
        .then(|| Finding::new(field, format!("{text:?} is no address"), "begin it with http:// or https://"))
}

impl Webhook {
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> = is_address("url", &self.url).into_iter().collect();
        for (index, status) in self.fail_fast.iter().enumerate() {
            if !(100..600).contains(status) {
                let what = format!("{status} is no status of HTTP");
                found.push(Finding::new(format!("failFast[{index}]"), what, "give one from 100 to 599"));
            }
        }
        let twin = self
            .secrets
            .keys()
            .find(|name| self.headers.keys().any(|other| other.eq_ignore_ascii_case(name)));
        found.extend(twin.map(|name| {
            let what = "`headers` has it too";
            Finding::new(format!("secrets.{name}"), what, "leave it out in one of the two")
        }));
        let Some(monitor) = &self.monitor else { return found };
        match &monitor.url {
            StatusUrl::At(url) => found.extend(is_address("monitor.url.at", url)),
            StatusUrl::Answer(path) => found.extend(is_json_path("monitor.url.answer", path)),
            StatusUrl::Same | StatusUrl::Location => {}
        }
        let paths =
            [("monitor.statusPath", &monitor.status_path), ("monitor.progressPath", &monitor.progress_path)];
        found.extend(paths.iter().filter_map(|(field, path)| is_json_path(field, path.as_ref()?)));
        if monitor.every == Span::default() {
            found.push(Finding::new("monitor.every", "it would ask all the time", "give 1s or more"));
        }
        found
    }
}

impl RunPipeline {
    pub(super) fn check(&self) -> Vec<Finding> {
        let mend = "give the name of a pipeline: lower-case letters, digits and `-`";
        let wrong = Finding::new("name", format!("{:?} is no name", self.name), mend);
        Some(wrong).filter(|_| !crate::file::is_name(&self.name)).into_iter().collect()
    }
}

impl Status {
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> = self.api.iter().filter_map(|api| is_address("api", api)).collect();
        if !STATES.contains(&self.state.as_str()) {
            let what = format!("no forge knows {:?}", self.state);
            found.push(Finding::new("state", what, did_you_mean(&self.state, STATES)));
        }
        if self.secret.is_empty() {
            found.push(Finding::new("secret", "it is empty", "name the secret with the forge's token"));
        }
        found
    }
}

impl Comment {
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> = self.api.iter().filter_map(|api| is_address("api", api)).collect();
        if self.text.trim().is_empty() {
            found.push(Finding::new("text", "it says nothing", "give what the comment is to say"));
        }
        if self.secret.is_empty() {
            found.push(Finding::new("secret", "it is empty", "name the secret with the forge's token"));
        }
        found
    }
}

fn is_json_path(field: &str, path: &str) -> Option<Finding> {
    let is_one = jsonpath_rust::parser::parse_json_path(path).is_ok();
    (!is_one).then(|| {
        Finding::new(field, format!("{path:?} is no JSONPath"), "begin it with $, as in $.job.status")
    })
}
