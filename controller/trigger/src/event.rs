//! What happened, in one form whoever tells it.
//!
//! An event is small whatever was sent, so that a storm of them is small: texts are cut, long lists are left out and said to be.

pub mod change;
mod json;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use change::{Change, PullRequest, Reference, Repository};

use crate::definition::RunStatus;
use crate::poll::jenkins::Build;
use crate::provider::Provider;

/// Something that may start a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Event {
    /// A branch, tag or pull request of a repository, told by a web hook.
    Forge {
        /// Who told it.
        provider: Provider,
        /// Names of the secrets that the call was signed with.
        signed_by: Vec<String>,
        /// What.
        change: Box<Change>,
        /// The body of the call; none where it was longer than [`crate::delivery::Limits::payload_bytes`].
        payload: Option<Arc<Value>>,
    },
    /// A call in our own form.
    Webhook {
        /// The last part of the address.
        source: String,
        /// Names of the secrets that the call was signed with.
        signed_by: Vec<String>,
        /// The body.
        payload: Arc<Value>,
    },
    /// A branch or tag of a remote that was asked.
    Git {
        /// The remote.
        url: String,
        /// What.
        change: Box<Change>,
    },
    /// A time of a schedule.
    Cron {
        /// The time that the schedule names.
        scheduled: Timestamp,
    },
    /// A tag of an image is new, or stands for something else now.
    Image {
        /// The image, without the tag.
        repository: String,
        /// The tag.
        tag: String,
        /// What it stands for: `sha256:..`.
        digest: Option<String>,
        /// What it stood for before.
        previous: Option<String>,
    },
    /// A build has ended.
    Jenkins {
        /// Name of the Jenkins.
        server: String,
        /// The job.
        job: String,
        /// The build.
        build: Build,
        /// The property file's values.
        properties: Map<String, Value>,
    },
    /// A run of another pipeline has ended.
    Pipeline {
        /// That pipeline.
        name: String,
        /// The run.
        run: String,
        /// How it ended.
        status: RunStatus,
        /// Its own `trigger`.
        trigger: Value,
    },
    /// Somebody wants it.
    Manual {
        /// Who.
        user: String,
        /// The `trigger` of an earlier run that is to be repeated, so that its properties are present.
        like: Option<Value>,
    },
}

impl Event {
    /// The `trigger` of expressions, with the parameters of the run.
    ///
    /// The names are Spinnaker's where it has one (`type`, `hash`, `branch`, `properties`, ..), and ours beside them (`commit`, `pullRequest`, ..).
    #[must_use]
    pub fn trigger(&self, parameters: &Map<String, Value>) -> Value {
        json::trigger(self, parameters)
    }
}
