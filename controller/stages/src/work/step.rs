//! A command in the workspace, with what it needs beside it and what is read of it afterwards.

use std::collections::BTreeMap;

use globset::{Glob, GlobBuilder};
use serde::Deserialize;
use serde_json::Value;
use weir_notify::SecretKey;

use super::finding::Finding;
use super::report::Reports;
use super::service::{self, Service};
use super::{environment, given};

/// A command. One of `run` and `command` is given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Step {
    /// Lines for `sh -e`: the first that fails ends it.
    pub run: Option<String>,
    /// A program with its arguments, without a shell.
    pub command: Vec<String>,
    /// Image that it runs in. Local processes use the machine's own programs.
    #[serde(deserialize_with = "given")]
    pub image: Option<String>,
    /// Environment. Numbers and booleans are taken as their texts.
    pub env: BTreeMap<String, Value>,
    /// Environment from secrets: they are hidden wherever the step prints them.
    pub secrets: BTreeMap<String, SecretKey>,
    /// Where in the workspace it runs. Default: the workspace itself.
    #[serde(deserialize_with = "given")]
    pub directory: Option<String>,
    /// What runs beside it, from before its begin until after its end.
    pub services: Vec<Service>,
    /// Folders of the workspace that are kept from run to run.
    pub cache: Vec<Cache>,
    /// What it tells about tests and sources, by files that it writes.
    pub reports: Reports,
    /// Globs of files of the workspace that are kept with the run, whether it succeeds or not.
    pub artifacts: Vec<String>,
    /// Requests and limits of its container, as in a pod. Local processes have the machine's.
    pub resources: Option<Value>,
}

/// A folder that is kept from run to run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cache {
    /// Of this pipeline's caches. Another name begins anew, so what decides about the contents belongs in it.
    pub name: String,
    /// Where in the workspace.
    pub path: String,
}

impl Step {
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Err((what, mend)) = one_command(self.run.as_ref(), &self.command, "") {
            found.push(Finding::new("", what, mend).about(&["run", "command"]));
        }
        found.extend(service::check(&self.services));
        let inside = self.directory.iter().map(|path| ("directory".to_owned(), path));
        found.extend(inside.filter_map(|(field, path)| stays_inside(field, path)));
        for (index, Cache { name, path }) in self.cache.iter().enumerate() {
            if name.is_empty() {
                found.push(Finding::new(format!("cache[{index}].name"), "it is empty", "name the cache"));
            }
            if matches!(path.as_str(), "" | "." | "./") {
                let what = "it is the whole workspace";
                found.push(Finding::new(format!("cache[{index}].path"), what, "give a folder inside it"));
            }
            found.extend(stays_inside(format!("cache[{index}].path"), path));
        }
        let artifacts = self.artifacts.iter().enumerate();
        let artifacts = artifacts.map(|(index, glob)| (format!("artifacts[{index}]"), glob));
        found.extend(artifacts.chain(self.reports.globs()).filter_map(|(field, glob)| is_glob(field, glob)));
        found.extend(environment::check("env", &self.env));
        found.extend(environment::check_names("secrets", self.secrets.keys()));
        let twin = self.secrets.keys().find(|name| self.env.contains_key(*name));
        found.extend(twin.map(|name| {
            Finding::new(format!("secrets.{name}"), "`env` has it too", "leave it out in one of the two")
        }));
        found
    }
}

/// What is run, by `run` or by `command`; else what is wrong, and how to mend it.
pub(super) fn one_command(
    run: Option<&String>,
    command: &[String],
    rest: &str,
) -> Result<(), (&'static str, String)> {
    match (run, command) {
        (Some(_), []) | (None, [_, ..]) => Ok(()),
        (None, []) => Err((
            "there is nothing to run",
            format!("give `run` (lines of a shell) or `command` (a list){rest}"),
        )),
        (Some(_), [_, ..]) => Err(("`run` and `command` are both given", "leave out one of them".to_owned())),
    }
}

/// A path of the workspace leads nowhere else.
pub(super) fn stays_inside(field: impl Into<String>, path: &str) -> Option<Finding> {
    let leaves = path.starts_with('/') || path.split('/').any(|part| part == "..");
    leaves
        .then(|| Finding::new(field, format!("{path:?} leads out of the workspace"), "give a path inside it"))
}

/// A glob of files of the workspace. As in a shell, `**` alone goes into folders.
///
/// # Errors
/// It is none.
pub fn glob(text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(text).literal_separator(true).build()
}

/// Why a text is no glob of files of the workspace.
pub(super) fn is_glob(field: String, glob: &str) -> Option<Finding> {
    stays_inside(field.as_str(), glob).or_else(|| {
        let error = self::glob(glob).err()?;
        Some(Finding::new(field, format!("{glob:?} is no glob"), error.kind().to_string()))
    })
}
