//! What we look at again and again: a git remote, a registry, a Jenkins, the clock.

use std::time::Duration;

use jiff::fmt::serde::unsigned_duration::friendly::compact;
use serde::{Deserialize, Serialize};

/// Branches and tags of a git remote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Git {
    /// As `git ls-remote` takes it: `https://`, `ssh://` or `user@host:path`.
    pub url: String,
    /// Globs. Default: all branches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<String>,
    /// Globs. Default: no tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// How often it is asked, 10s to 24h. Default: 1m.
    #[serde(default = "a_minute", with = "compact::required")]
    pub every: Duration,
    /// Name of the secret for the remote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
}

/// Times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cron {
    /// Five fields, or six or seven as Quartz has them; `H` is a value of the pipeline's own. See [`crate::cron`].
    pub schedule: String,
    /// IANA name. Default: UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// Tags of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    /// With its registry, without a tag: `ghcr.io/owner/name`.
    pub repository: String,
    /// Globs. Default: all but `latest`, which says nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Versions, as Cargo writes them: `>=1.2, <2`. Tags that are no versions do not count; a `v` before it may stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// How often it is asked, 10s to 24h. Default: 1m.
    #[serde(default = "a_minute", with = "compact::required")]
    pub every: Duration,
    /// Name of the secret for the registry: with `.dockerconfigjson` (Kubernetes' type `dockerconfigjson`), or with `username` and `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    /// Whether the registry is spoken to without TLS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
}

/// Builds of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Jenkins {
    /// Name of the Jenkins: of a secret with its `url`, and with `username` and `token` where it asks who we are.
    pub server: String,
    /// As its address has it, with folders: `tools-featureflag-api/job/master`.
    pub job: String,
    /// How a build has to end. Default: success.
    #[serde(default = "success")]
    pub results: Vec<JenkinsResult>,
    /// Name of an archived file whose values are `trigger.properties`; where it cannot be read the run fails at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_file: Option<String>,
    /// How often it is asked, 10s to 24h. Default: 1m.
    #[serde(default = "a_minute", with = "compact::required")]
    pub every: Duration,
}

/// How a build has ended, as Jenkins has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JenkinsResult {
    /// All is well.
    #[serde(alias = "SUCCESS")]
    Success,
    /// Tests failed.
    #[serde(alias = "UNSTABLE")]
    Unstable,
    /// It failed.
    #[serde(alias = "FAILURE")]
    Failure,
    /// A stage before it failed.
    #[serde(alias = "NOT_BUILT")]
    NotBuilt,
    /// Somebody stopped it.
    #[serde(alias = "ABORTED")]
    Aborted,
}

impl JenkinsResult {
    /// As Jenkins writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Unstable => "UNSTABLE",
            Self::Failure => "FAILURE",
            Self::NotBuilt => "NOT_BUILT",
            Self::Aborted => "ABORTED",
        }
    }
}

fn a_minute() -> Duration {
    Duration::from_mins(1)
}

fn success() -> Vec<JenkinsResult> {
    vec![JenkinsResult::Success]
}
