//! A container of its own, apart from the workspace.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use weir_notify::SecretKey;

use super::finding::Finding;
use super::step::one_command;
use super::{environment, given};

/// Runs an image to its end: a migration of the image that was just built, say. It sees nothing of the workspace. Lines of its log of the form `SPINNAKER_PROPERTY_NAME=VALUE` are its outputs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Job {
    /// What it runs in, with its own command where `run` and `command` are not given. Local processes use the machine's own programs, and need one of the two.
    #[serde(deserialize_with = "given")]
    pub image: Option<String>,
    /// Lines for `sh -e`.
    pub run: Option<String>,
    /// A program with its arguments.
    pub command: Vec<String>,
    /// Environment. Numbers and booleans are taken as their texts.
    pub env: BTreeMap<String, Value>,
    /// Environment from secrets.
    pub secrets: BTreeMap<String, SecretKey>,
    /// Requests and limits of its container, as in a pod. Local processes have the machine's.
    pub resources: Option<Value>,
}

impl Job {
    pub(super) fn check(&self) -> Vec<Finding> {
        let Self { image, run, command, env, secrets, resources: _ } = self;
        let mut found = Vec::new();
        let has_own = image.is_some() && run.is_none() && command.is_empty();
        let commands = one_command(run.as_ref(), command, ", or an `image` that has one");
        if let Err((what, mend)) = commands.or_else(|wrong| if has_own { Ok(()) } else { Err(wrong) }) {
            found.push(Finding::new("", what, mend).about(&["run", "command", "image"]));
        }
        found.extend(environment::check("env", env));
        found.extend(environment::check_names("secrets", secrets.keys()));
        let twin = secrets.keys().find(|name| env.contains_key(*name));
        found.extend(twin.map(|name| {
            Finding::new(format!("secrets.{name}"), "`env` has it too", "leave it out in one of the two")
        }));
        found
    }
}
