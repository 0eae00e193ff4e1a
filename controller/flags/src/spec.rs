//! A flag as its user writes it: the `spec` of a `FeatureFlag`.
//!
//! Nothing here is checked beyond its form; [`Flag::new`](crate::Flag::new) names every problem at once.

pub mod condition;
pub mod rule;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use condition::Condition;
pub use rule::{Follows, Portion, Rollout, Rule};

/// The `spec` of a `FeatureFlag`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlagSpec {
    /// What programs ask for. Default: the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Other keys of the same flag, such as its former one while programs are changed. They share its users: the salt is the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The type of all values. Default: the one that they have.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Whether rules are looked at. Default: enabled.
    #[serde(default)]
    pub state: State,
    /// Values by name, all of one type.
    pub variants: BTreeMap<String, Value>,
    /// What is served where no rule says anything, and while the flag is disabled. Absent: the program's own default, which not every provider can be
    /// told without an error in its statistics; so give one where you can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_variant: Option<String>,
    /// The first whose conditions hold decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Told with each answer: texts, numbers and booleans.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
}

/// Whether rules are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// They are.
    #[default]
    Enabled,
    /// Everybody gets the default.
    Disabled,
}

/// Types of values: those of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// True or false.
    Boolean,
    /// Text.
    String,
    /// Numbers without a fraction.
    Integer,
    /// Numbers.
    Float,
    /// Objects.
    Object,
}

impl Kind {
    /// The name, as `type` has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Object => "object",
        }
    }

    /// The type of a value; `None` for null and lists, which the protocol does not have.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(_) => Some(Self::Boolean),
            Value::String(_) => Some(Self::String),
            Value::Number(number) if number.is_f64() => Some(Self::Float),
            Value::Number(_) => Some(Self::Integer),
            Value::Object(_) => Some(Self::Object),
            Value::Null | Value::Array(_) => None,
        }
    }
}
