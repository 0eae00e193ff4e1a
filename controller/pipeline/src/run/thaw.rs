//! That somebody let a stage through a freeze.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who did, when and why, as it is kept for whoever asks later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Thaw {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why it could not wait.
    pub reason: String,
    /// Names of the freezes that were in force.
    pub freezes: Vec<String>,
}
