//! What is sent to a runner.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weir_pipeline::event::Ask;

/// A run that somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartRun {
    /// A file with the pipeline, and the template that it is made of.
    pub file: String,
    /// Which pipeline of the file; not needed where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// Values of its parameters.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// What expressions see as `trigger`.
    #[serde(default)]
    pub trigger: Map<String, Value>,
    /// What tells it from another one: asked again, it is the same run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// The run that there is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// Its id.
    pub run: String,
}

/// Something that somebody wants of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskRun {
    /// Who.
    pub by: String,
    /// The life of the run that he saw. Default: the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life: Option<u32>,
    /// What.
    pub ask: Wanted,
}

/// What can be asked for; see [`Ask`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "they are those of `Ask`")]
pub enum Wanted {
    Cancel {
        reason: String,
        force: bool,
    },
    Pause,
    Resume,
    Skip {
        stage: String,
    },
    SkipWait {
        stage: String,
    },
    Judge {
        stage: String,
        go_on: bool,
        input: Option<String>,
        #[serde(default)]
        reason: Option<String>,
        #[serde(default)]
        roles: Vec<String>,
    },
    Thaw {
        stage: String,
        reason: String,
    },
    Restart {
        stage: String,
    },
}

impl From<Wanted> for Ask {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Cancel { reason, force } => Self::Cancel { reason, force },
            Wanted::Pause => Self::Pause,
            Wanted::Resume => Self::Resume,
            Wanted::Skip { stage } => Self::Skip { stage },
            Wanted::SkipWait { stage } => Self::SkipWait { stage },
            // Whoever may open the socket may write the run, too: what he says of himself is kept, and believed.
            Wanted::Judge { stage, go_on, input, reason, roles } => {
                Self::Judge { stage, go_on, input, reason, roles }
            }
            Wanted::Thaw { stage, reason } => Self::Thaw { stage, reason },
            Wanted::Restart { stage } => Self::Restart { stage },
        }
    }
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// For people; a line each.
    pub error: String,
}
