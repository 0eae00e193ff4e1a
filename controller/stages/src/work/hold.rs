//! Somebody's decision.

use serde::Deserialize;
use weir_pipeline::definition::Judgment;

/// Waits until somebody says whether to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Hold {
    /// For whoever decides.
    pub instructions: Option<String>,
    /// One of them has to be chosen; none: nothing has to.
    pub inputs: Vec<String>,
    /// Who decides needs one of them; none: everybody may.
    pub roles: Vec<String>,
}

impl From<Hold> for Judgment {
    fn from(hold: Hold) -> Self {
        Self { inputs: hold.inputs, roles: hold.roles }
    }
}
