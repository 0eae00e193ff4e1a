//! Builds of a Jenkins job.
//!
//! `GET job/<job>/api/json?tree=nextBuildNumber,builds[number,result,building,url,..]{0,100}`: the newest first. A build is news when it has ended, once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::definition::JenkinsResult;

/// A job as Jenkins tells it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Of the build that comes next: above all that were ever there.
    pub next_build_number: u64,
    /// The newest builds.
    #[serde(default)]
    pub builds: Vec<Build>,
}

/// A build as Jenkins tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Build {
    /// From 1.
    pub number: u64,
    /// How it ended; none while it goes on.
    #[serde(default)]
    pub result: Option<JenkinsResult>,
    /// Whether it goes on. A result may be there before all is done.
    #[serde(default)]
    pub building: bool,
    /// Its page.
    #[serde(default)]
    pub url: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_display_name: Option<String>,
    /// Files that it archived.
    #[serde(default)]
    pub artifacts: Vec<Artifact>,
}

/// A file that a build archived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// Without its folder.
    pub file_name: String,
    /// With it.
    pub relative_path: String,
}

/// What was there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Known {
    /// The next build's number: what is below it and not open has been told.
    pub next: u64,
    /// Builds below it that were still going on.
    pub open: BTreeSet<u64>,
}

/// What is news of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Builds that have ended, whatever their result, the oldest first.
    pub ended: Vec<Build>,
    /// What to remember.
    pub known: Known,
    /// Builds that cannot be told: they are older than what was listed, so more came between two looks than a page has, or they were deleted.
    pub missed: Vec<u64>,
}

/// What is news of a job, and what to remember.
///
/// The first look remembers which builds go on; they are news when they end. A job whose numbers begin anew was made anew, and it is a first look again.
#[must_use]
pub fn look(known: Option<&Known>, job: &Job) -> News {
    let next = job
        .next_build_number
        .max(job.builds.iter().map(|build| build.number.saturating_add(1)).max().unwrap_or(0));
    let goes_on = |build: &&Build| build.building || build.result.is_none();
    let open: BTreeSet<u64> = job.builds.iter().filter(goes_on).map(|build| build.number).collect();
    let Some(known) = known.filter(|known| known.next <= next) else {
        return News { known: Known { next, open }, ..News::default() };
    };
    let is_new = |number: u64| number >= known.next || known.open.contains(&number);
    let mut ended: Vec<Build> =
        job.builds.iter().filter(|build| is_new(build.number) && !goes_on(build)).cloned().collect();
    ended.sort_by_key(|build| build.number);
    ended.dedup_by_key(|build| build.number);
    let oldest = job.builds.iter().map(|build| build.number).min().unwrap_or(next);
    let missed = (known.next..oldest).take(MOST_MISSED);
    let missed = known.open.range(..oldest).copied().chain(missed).collect();
    let open = open.into_iter().filter(|number| is_new(*number)).collect();
    News { ended, known: Known { next, open }, missed }
}

/// More numbers in a message help nobody.
const MOST_MISSED: usize = 1_000;

#[cfg(test)]
mod tests;
