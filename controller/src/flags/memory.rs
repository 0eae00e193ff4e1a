//! What a flag remembers of a Canary's releases, and where the one is that it follows. Pure.
//!
//! ```text
//! undone   whether production goes back to what it ran before the variant came
//! ```
//! A flag follows one release at a time: the one that is under way when the flag comes, or else the next, or those of its images; where that is given up, the one after. Once
//! one is promoted the variant is everybody's and stays so, whatever is released afterwards, until production goes back to what it ran before.

use weir_api::CanaryStatus;
use weir_api::feature_flag::{FollowedStatus, PromotedBy};
use weir_api::status::{PastRelease, Phase, ReleaseOutcome, ReleaseStatus, Revision};
use weir_flags::{Followed, Release, Share};

use undone::{Since, since};

mod undone;

/// What a flag remembers now, and where the release is; `None`: there is no such Canary. `kept` is what it remembered before, if it was there.
pub(super) fn follow(
    followed: &Followed,
    kept: Option<&FollowedStatus>,
    canary: Option<&CanaryStatus>,
) -> (FollowedStatus, Option<Release>) {
    let mut memory = kept.cloned().unwrap_or_else(|| first(followed, canary));
    let Some(status) = canary else {
        // Production goes on running what it runs, although nobody releases it any more.
        let release = memory.promoted.as_ref().map(|_| Release::Promoted);
        return (memory, release);
    };
    if let Some(promoted) = &memory.promoted {
        match since(promoted, status) {
            Since::Stays => return (memory, Some(Release::Promoted)),
            Since::Goes(share) => return (memory, Some(Release::Weight(rest(share)))),
            Since::Gone(began) => {
                memory.after = began.or(memory.after);
                memory.promoted = None;
            }
        }
    }
    let release = look(&mut memory, followed, status);
    (memory, Some(release))
}

/// A flag that has just come to follow a Canary has no part in a release that is over by then, unless it names its images.
fn first(followed: &Followed, canary: Option<&CanaryStatus>) -> FollowedStatus {
    let over = canary.and_then(|status| status.release.as_ref()).filter(|release| release.outcome.is_some());
    let after = over.filter(|_| followed.images.is_none()).map(|release| release.started_at);
    FollowedStatus { canary: followed.canary.clone(), images: followed.images.clone(), after, promoted: None }
}

/// Where the release is that the variant may come with.
fn look(memory: &mut FollowedStatus, followed: &Followed, status: &CanaryStatus) -> Release {
    let own = own(memory, followed, status);
    if let Some(own) = own.filter(|own| own.outcome == Some(ReleaseOutcome::Promoted)) {
        memory.promoted = Some(promoted_by(own));
        return Release::Promoted;
    }
    let outcome = own.map(|own| own.outcome);
    if let Some((stable, images)) = status.stable.as_ref().zip(followed.matcher())
        && images.is_match(&stable.image)
    {
        memory.promoted = Some(known_by(stable, status));
        return Release::Promoted;
    }
    match outcome {
        None => Release::Weight(Share::ZERO),
        Some(Some(_)) => Release::Aborted,
        // Production runs it, and may still go back by itself: nothing to be remembered yet.
        Some(None) if status.phase == Phase::Watching => Release::Promoted,
        Some(None) => Release::Weight(weight(status)),
    }
}

/// The last release of the Canary, where the variant may come with it.
pub(super) fn own<'s>(
    memory: &FollowedStatus,
    followed: &Followed,
    status: &'s CanaryStatus,
) -> Option<&'s ReleaseStatus> {
    let last = status.release.as_ref()?;
    let is_later = memory.after.is_none_or(|after| last.started_at > after);
    let has_images = || followed.matcher().is_none_or(|images| images.is_match(&last.revision.image));
    (is_later && has_images()).then_some(last)
}

/// The share of requests that the canary has at this moment.
fn weight(status: &CanaryStatus) -> Share {
    let weight = status.split.as_ref().map(|split| split.canary.weight.basis_points());
    weight.and_then(Share::from_basis_points).unwrap_or(Share::ZERO)
}

fn rest(share: Share) -> Share {
    let rest = Share::FULL.basis_points().saturating_sub(share.basis_points());
    Share::from_basis_points(rest).unwrap_or(Share::ZERO)
}

fn promoted_by(release: &ReleaseStatus) -> PromotedBy {
    PromotedBy {
        release: Some(release.name.clone()),
        started_at: Some(release.started_at),
        revision: release.revision.clone(),
        from: release.from.clone(),
    }
}

/// Production runs such an image already: by a release of the Canary's history, or since before there was any.
fn known_by(stable: &Revision, status: &CanaryStatus) -> PromotedBy {
    let has_brought =
        |past: &&PastRelease| past.revision == *stable && past.outcome == ReleaseOutcome::Promoted;
    let past = status.history.iter().find(has_brought);
    PromotedBy {
        release: past.map(|past| past.name.clone()),
        started_at: past.map(|past| past.started_at),
        revision: stable.clone(),
        from: past.map(|past| past.from.clone()),
    }
}

#[cfg(test)]
mod tests;
