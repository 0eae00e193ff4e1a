//! The report of one proxy, version 1: JSON with camelCase names.
//!
//! Counts are cumulative since the process began, so a lost report loses nothing. A report lists every series that the instance has.
//! Compatible changes add optional fields, which older readers ignore; anything else (another bucket layout, a new outcome) is another
//! [`VERSION`], which they refuse by name. Reading takes any bytes and never panics.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::recorder::SeriesSnapshot;

/// The version of the wire form that this code writes and reads.
pub const VERSION: u32 = 1;

/// What one proxy has counted since it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Version of the wire form: [`VERSION`].
    pub version: u32,
    /// One process from start to end: a restarted proxy has another name here.
    pub instance: String,
    /// When the process began to count, in microseconds since 1970.
    pub started_at_unix_micros: i64,
    /// When this report was made, in microseconds since 1970: the start plus the elapsed monotonic time, so that it never goes back.
    pub generated_at_unix_micros: i64,
    /// The epoch that this proxy serves, by canary (`namespace/name`).
    #[serde(default)]
    pub epochs: BTreeMap<String, u64>,
    /// Canaries that this proxy took out by itself, by canary; absent where there is none, and from older proxies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub trips: BTreeMap<String, Trip>,
    /// Every series, merged over workers.
    #[serde(default)]
    pub series: Vec<SeriesReport>,
}

/// A canary that failed, and gets nothing more from one proxy until another release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trip {
    /// The first epoch of the release that it is about.
    pub since_epoch: u64,
    /// When, in microseconds since 1970.
    pub at_unix_micros: i64,
    /// [`BURST`] or [`BUDGET`]; later versions may know more.
    pub kind: String,
    /// Why, for people.
    pub reason: String,
}

/// [`Trip::kind`]: it failed in a burst that stable and baseline did not share.
pub const BURST: &str = "burst";
/// [`Trip::kind`]: as many requests of users failed as the proxy may let happen.
pub const BUDGET: &str = "budget";

/// What is counted apart from everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeriesKey {
    /// Route: `namespace/ingress/host-or-*path`.
    pub route: String,
    /// Service that the route names: `namespace/service`.
    pub service: String,
    /// Track: stable, baseline or canary; shadow: copies of requests, which are no requests of users.
    pub track: String,
    /// Revision of the pods behind the track.
    pub revision: String,
    /// [`MATCHED`], or empty: what is compared with nothing is counted apart. An older reader adds the two. Of shadow: the track that got the copies,
    /// canary or baseline, for their revisions may be the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
}

/// The group of requests that a header route of a release brought to its canary alone.
pub const MATCHED: &str = "matched";

/// One series of a report: its key and its counts side by side in one JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesReport {
    /// What was counted.
    #[serde(flatten)]
    pub key: SeriesKey,
    /// The counts.
    #[serde(flatten)]
    pub counts: SeriesSnapshot,
}

/// Bytes that are no report of this version.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// A report of another version.
    #[error(
        "report has version {0}, this program reads version {VERSION}: run the same release of proxy and controller"
    )]
    Version(u64),
    /// No report at all, or a damaged one.
    #[error("not a report of version {VERSION}")]
    Malformed(#[source] serde_json::Error),
}

impl Report {
    /// This report as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, WireError> {
        serde_json::to_vec(self).map_err(WireError::Malformed)
    }

    /// The report that `bytes` hold.
    pub fn from_json(bytes: &[u8]) -> Result<Self, WireError> {
        /// What every version of the report begins with.
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }

        match serde_json::from_slice::<Self>(bytes) {
            Ok(report) if report.version == VERSION => Ok(report),
            Ok(report) => Err(WireError::Version(report.version.into())),
            // Another version may look different everywhere else: its number explains more than the first difference.
            Err(error) => Err(match serde_json::from_slice::<Versioned>(bytes) {
                Ok(Versioned { version }) if version != u64::from(VERSION) => WireError::Version(version),
                Ok(_) | Err(_) => WireError::Malformed(error),
            }),
        }
    }
}
