//! One thing that a rule asks of the context.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that has to hold. It has exactly one of `equals`, `in`, `prefix`, `suffix`, `semver` and `present`.
///
/// Of an attribute that is not there, or null, only `present` says anything: nothing else holds of it, with `not` or without. A list holds where one
/// of its elements does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Condition {
    /// The attribute; with a `/` at its beginning a JSON Pointer (RFC 6901) into one that is an object.
    pub attribute: String,
    /// It is this. Numbers are equal as numbers are: 1 and 1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Value>,
    /// It is one of these.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Value>>,
    /// It begins with one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Vec<String>>,
    /// It ends with one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<Vec<String>>,
    /// It is a version of this range, by the precedence of Semantic Versioning: `>=2.1.0, <3.0.0`, `^2.1.0`, `~2.1.0`, `=2.1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semver: Option<String>,
    /// It is there, or with `false` it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
    /// The contrary.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
}
