//! A command in the workspace, with what it needs beside it and what is read of it afterwards.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use weir_pipeline::span::Span;

/// A command. One of `run` and `command` is given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Step {
    /// Lines for `sh -e`: the first that fails ends it.
    pub run: Option<String>,
    /// A program with its arguments, without a shell.
    pub command: Vec<String>,
    /// Image that it runs in. Local processes use the machine's own programs.
    pub image: Option<String>,
    /// Environment. Numbers and booleans are taken as their texts.
    pub env: BTreeMap<String, Value>,
    /// Environment from secrets: they are hidden wherever the step prints them.
    pub secrets: BTreeMap<String, SecretKey>,
    /// Where in the workspace it runs. Default: the workspace itself.
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

/// A value of a secret: `name/key`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SecretKey {
    /// The secret.
    pub name: String,
    /// Which of its values.
    pub key: String,
}

impl TryFrom<String> for SecretKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        match text.split_once('/') {
            Some((name, key)) if plain(name) && plain(key) => {
                Ok(Self { name: name.to_owned(), key: key.to_owned() })
            }
            _ => Err(format!("{text:?} is no value of a secret: write NAME/KEY")),
        }
    }
}

/// A process, or container, beside a step. Both have the same localhost.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// For logs and messages.
    pub name: String,
    /// Image that it runs in, with its own command where `run` and `command` are not given.
    #[serde(default)]
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

/// A folder that is kept from run to run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cache {
    /// Of this pipeline's caches. Another name begins anew, so what decides about the contents belongs in it.
    pub name: String,
    /// Where in the workspace.
    pub path: String,
}

/// Globs of the files that a step writes about itself, by their formats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Reports {
    /// Tests, as `JUnit`'s XML.
    pub junit: Vec<String>,
    /// Tests, by the Test Anything Protocol.
    pub tap: Vec<String>,
    /// Lines and branches that tests reach.
    pub coverage: Coverage,
    /// What linters found.
    pub lint: Lint,
}

/// By the formats of coverage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Coverage {
    /// `lcov.info`.
    pub lcov: Vec<String>,
    /// Cobertura's XML.
    pub cobertura: Vec<String>,
    /// `JaCoCo`'s XML.
    pub jacoco: Vec<String>,
}

/// By the formats of linters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Lint {
    /// `ESLint`'s JSON.
    pub eslint: Vec<String>,
    /// Checkstyle's XML.
    pub checkstyle: Vec<String>,
}

impl Reports {
    /// Every glob.
    fn globs(&self) -> impl Iterator<Item = &String> {
        let Self { junit, tap, coverage, lint } = self;
        let Coverage { lcov, cobertura, jacoco } = coverage;
        let Lint { eslint, checkstyle } = lint;
        [junit, tap, lcov, cobertura, jacoco, eslint, checkstyle].into_iter().flatten()
    }

    /// Whether it writes none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.globs().next().is_none()
    }
}

impl Step {
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        one_command(self.run.as_ref(), &self.command, "").map_err(|why| (String::new(), why))?;
        for (index, service) in self.services.iter().enumerate() {
            let at = |field: &str| format!("services[{index}]{field}");
            let image = service.image.as_ref().map(|_| ()).filter(|()| service.run.is_none());
            if image.is_none() || !service.command.is_empty() {
                let rest = ", or an image that has one";
                one_command(service.run.as_ref(), &service.command, rest).map_err(|why| (at(""), why))?;
            }
            let ways = |ready: &Ready| usize::from(ready.tcp.is_some()) + usize::from(ready.run.is_some());
            if service.ready.as_ref().is_some_and(|ready| ways(ready) != 1) {
                return Err((at(".ready"), "one of `tcp` and `run` has to say how".to_owned()));
            }
        }
        let inside = self.directory.iter().map(|path| ("directory".to_owned(), path));
        let cached = self.cache.iter().enumerate();
        let cached = cached.map(|(index, cache)| (format!("cache[{index}].path"), &cache.path));
        for (field, path) in inside.chain(cached) {
            stays_inside(path).map_err(|why| (field, why))?;
        }
        let artifacts = self.artifacts.iter().map(|glob| ("artifacts", glob));
        for (field, glob) in artifacts.chain(self.reports.globs().map(|glob| ("reports", glob))) {
            stays_inside(glob).map_err(|why| (field.to_owned(), why))?;
            globset::Glob::new(glob).map_err(|error| (field.to_owned(), error.to_string()))?;
        }
        Ok(())
    }
}

fn one_command(run: Option<&String>, command: &[String], rest: &str) -> Result<(), String> {
    match (run, command) {
        (Some(_), []) | (None, [_, ..]) => Ok(()),
        (None, []) => {
            Err(format!("there is nothing to run: give `run` (lines of a shell) or `command` (a list){rest}"))
        }
        (Some(_), [_, ..]) => Err("`run` and `command` are both given: leave out one of them".to_owned()),
    }
}

/// A path of the workspace leads nowhere else.
pub(super) fn stays_inside(path: &str) -> Result<(), String> {
    let leaves = path.starts_with('/') || path.split('/').any(|part| part == "..");
    if leaves { Err(format!("{path:?} leads out of the workspace: give a path inside it")) } else { Ok(()) }
}
