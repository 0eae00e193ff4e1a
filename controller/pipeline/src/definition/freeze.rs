//! A time in which nothing that runs is to be changed, as its user writes it.

use serde::{Deserialize, Serialize};

use super::window::Window;

/// Why, whose, and when.
///
/// Without `from`, `until` and `windows` it is in force for as long as it is there; with windows, while one of them is open between the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Freeze {
    /// Why, for people.
    pub reason: String,
    /// Whose it is: who can be asked about it.
    pub owner: String,
    /// Its begin: `2026-12-18T18:00` on a clock of the zone, or with an offset. Default: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its end, which is no part of it. Default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// IANA name of the zone of all times. Default: UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Times of the week. Default: always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
}
