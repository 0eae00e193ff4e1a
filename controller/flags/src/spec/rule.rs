//! One rule: for whom, and what they get.

use serde::{Deserialize, Serialize};

use super::Condition;
use crate::share::Share;

/// One rule. It has exactly one of `variant`, `rollout` and `follows`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// What it is called in answers. Default: its place, such as `rules[0]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What has to hold, all of it. Empty: always.
    #[serde(default, rename = "if", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// One variant for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Percentages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// The percentage that a Canary has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Follows>,
}

/// Variants by percentages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rollout {
    /// Shares, at most 100 % together. The first takes users from one end, the second from the other, the third after the first and so on: a share
    /// that grows takes users of the rest, and of shares that are listed after it, never of those before it.
    pub portions: Vec<Portion>,
    /// What the rest gets. Default: the flag's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
    /// The attribute that makes a user. Default: `targetingKey`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Flags with the same salt have the same users. Default: the flag's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}

/// A variant's share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Portion {
    /// The variant.
    pub variant: String,
    /// Its share, in percent.
    pub percent: Share,
}

/// A variant whose share is a Canary's weight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Follows {
    /// The Canary, `namespace/name`, or `name` in the flag's own namespace.
    pub canary: String,
    /// Which releases of it bring the variant: those whose image is like this, such as `*:2.*`, where `*` stands for anything. Default: the one
    /// that is under way when the flag comes, or else the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<String>,
    /// What as many users get as the canary has requests; all of them once it is promoted, nobody once it is aborted.
    pub variant: String,
    /// What the rest gets. Default: the flag's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
    /// The attribute that makes a user. Default: `targetingKey`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Flags with the same salt have the same users. Default: the flag's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}
