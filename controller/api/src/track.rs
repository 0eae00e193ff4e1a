//! One side of a split.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One side of a split. Its text form is the value of the label [`crate::names::TRACK_LABEL`] and of every `track` metric label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Track {
    /// What production runs.
    Stable,
    /// Fresh pods of the version that production runs, for a fair comparison.
    Baseline,
    /// The version being released.
    Canary,
    /// Mirrored copies, whose answers nobody sees.
    Shadow,
}

impl Track {
    /// Every track, stable first.
    pub const ALL: [Self; 4] = [Self::Stable, Self::Baseline, Self::Canary, Self::Shadow];

    /// The lower-case name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Baseline => "baseline",
            Self::Canary => "canary",
            Self::Shadow => "shadow",
        }
    }
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no track.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a track: one of stable, baseline, canary, shadow")]
pub struct UnknownTrack(pub String);

impl FromStr for Track {
    type Err = UnknownTrack;

    fn from_str(text: &str) -> Result<Self, UnknownTrack> {
        Self::ALL.into_iter().find(|t| t.as_str() == text).ok_or_else(|| UnknownTrack(text.to_owned()))
    }
}
