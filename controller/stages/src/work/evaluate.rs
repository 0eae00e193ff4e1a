//! What is only computed.

use serde::Deserialize;
use serde_json::Value;

/// A value for later stages.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Variable {
    /// By which expressions name it.
    pub key: String,
    /// It; those before it in the list can be used.
    pub value: Value,
}

/// What must hold; else the stage fails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Precondition {
    /// Said where it does not hold. Default: the expression.
    #[serde(default)]
    pub message: Option<String>,
    /// With or without `${` and `}`. A stage asks this, or for a stage's status.
    #[serde(default)]
    pub expression: Option<String>,
    /// Name or id of a stage, together with `status`.
    #[serde(default)]
    pub stage: Option<String>,
    /// What it has to be: `SUCCEEDED` or `Succeeded`.
    #[serde(default)]
    pub status: Option<String>,
}

pub(super) fn check(variables: &[Variable]) -> Result<(), (String, String)> {
    let twin =
        |(index, one): &(usize, &Variable)| variables.iter().take(*index).any(|other| other.key == one.key);
    match variables.iter().enumerate().find(twin) {
        Some((index, variable)) => {
            Err((format!("[{index}].key"), format!("{:?} is there already: name it otherwise", variable.key)))
        }
        None => Ok(()),
    }
}
