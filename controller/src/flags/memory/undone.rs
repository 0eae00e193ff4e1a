//! Whether production goes back to what it ran before a variant came to everybody. Pure.

use weir_api::feature_flag::PromotedBy;
use weir_api::status::{Phase, ReleaseOutcome, Revision};
use weir_api::{CanaryStatus, Timestamp};
use weir_flags::Share;

use super::weight;

/// What has become of what a variant came with.
pub(super) enum Since {
    /// Production runs it, or what was released after it.
    Stays,
    /// What production ran before is being released, and has this share.
    Goes(Share),
    /// Production runs what it ran before. The last release, which is none that the variant may come with, began then.
    Gone(Option<Timestamp>),
}

pub(super) fn since(promoted: &PromotedBy, status: &CanaryStatus) -> Since {
    if is_undone(promoted, status) {
        return Since::Gone(promoted.started_at);
    }
    let last = status.release.as_ref();
    if !status.phase.is_going_on() {
        // By a release, or by hand around the Canary.
        let is_back = status.stable.as_ref().is_some_and(|stable| is_before(stable, promoted));
        return if is_back { Since::Gone(last.map(|last| last.started_at)) } else { Since::Stays };
    }
    let is_other = |started_at: Timestamp| promoted.started_at != Some(started_at);
    let Some(back) = last.filter(|last| is_other(last.started_at) && is_before(&last.revision, promoted))
    else {
        return Since::Stays;
    };
    match back.outcome {
        Some(ReleaseOutcome::Promoted) => Since::Gone(Some(back.started_at)),
        Some(ReleaseOutcome::Aborted) => Since::Stays,
        None if status.phase == Phase::Watching => Since::Goes(Share::FULL),
        None => Since::Goes(weight(status)),
    }
}

/// Whether the very release was undone, which gives it another outcome.
fn is_undone(promoted: &PromotedBy, status: &CanaryStatus) -> bool {
    let is_own = |started_at: Timestamp| promoted.started_at == Some(started_at);
    let past = status.history.iter().find(|past| is_own(past.started_at)).map(|past| past.outcome);
    let now = status.release.as_ref().filter(|release| is_own(release.started_at));
    let now = now.and_then(|release| release.outcome);
    past == Some(ReleaseOutcome::Aborted) || now == Some(ReleaseOutcome::Aborted)
}

/// Whether this is what production ran before. Where the image was another one it says so, whatever else of a template has changed.
fn is_before(revision: &Revision, promoted: &PromotedBy) -> bool {
    promoted.from.as_ref().is_some_and(|from| {
        from.revision == revision.revision
            || (from.image == revision.image && from.image != promoted.revision.image)
    })
}
