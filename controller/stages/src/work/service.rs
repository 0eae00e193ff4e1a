//! What runs beside a step: a database for its tests, a cache.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use weir_pipeline::span::Span;

use super::environment;
use super::finding::Finding;
use super::given;
use super::step::one_command;

/// A process, or container, beside a step. Both have the same localhost.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// For logs and messages.
    pub name: String,
    /// Image that it runs in, with its own command where `run` and `command` are not given.
    #[serde(default, deserialize_with = "given")]
    pub image: Option<String>,
    /// Lines for `sh -e`.
    #[serde(default)]
    pub run: Option<String>,
    /// A program with its arguments.
    #[serde(default)]
    pub command: Vec<String>,
    /// Environment.
    #[serde(default)]
    pub env: BTreeMap<String, Value>,
    /// When it can be used. Default: as soon as it runs.
    #[serde(default)]
    pub ready: Option<Ready>,
}

/// When a service can be used: one of these.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ready {
    /// It accepts connections on this port of localhost.
    #[serde(default)]
    pub tcp: Option<u16>,
    /// These lines of `sh -e` succeed.
    #[serde(default)]
    pub run: Option<String>,
    /// How long it may take. Default: one minute.
    #[serde(default = "one_minute")]
    pub within: Span,
}

const fn one_minute() -> Span {
    Span::minutes(1)
}

/// Whether folders and logs can be called like it.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=63).contains(&text.len()) && text.chars().all(plain)
}

pub(super) fn check(services: &[Service]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, service) in services.iter().enumerate() {
        let at = |field: &str| format!("services[{index}]{field}");
        let Service { name, image, run, command, env, ready } = service;
        if !is_name(name) {
            let mend = "give 1 to 63 letters, digits, `-` and `_`";
            found.push(Finding::new(at(".name"), format!("{name:?} is no name"), mend));
        } else if services.iter().take(index).any(|other| other.name == *name) {
            let mend = "name each service otherwise";
            found.push(Finding::new(at(".name"), format!("{name:?} is there already"), mend));
        }
        let has_own = image.is_some() && run.is_none() && command.is_empty();
        let commands = one_command(run.as_ref(), command, ", or an `image` that has one");
        if let Err((what, mend)) = commands.or_else(|wrong| if has_own { Ok(()) } else { Err(wrong) }) {
            found.push(Finding::new(at(""), what, mend).about(&["run", "command", "image"]));
        }
        found.extend(environment::check(&at(".env"), env));
        let Some(ready) = ready else { continue };
        if usize::from(ready.tcp.is_some()) + usize::from(ready.run.is_some()) != 1 {
            let wrong =
                Finding::new(at(".ready"), "nothing says how, or two things do", "give `tcp` or `run`");
            found.push(wrong.about(&["tcp", "run"]));
        }
        if ready.tcp == Some(0) {
            found.push(Finding::new(at(".ready.tcp"), "there is no port 0", "give the one it listens on"));
        }
    }
    found
}
