//! What there is to tell of a Canary as its status stands: whoever looks again finds the same.

use jiff::Timestamp;
use weir_api::CanaryStatus;
use weir_api::notification::ReleaseMoment;
use weir_api::status::{PastRelease, Phase, ReleaseOutcome, ReleaseStatus};
use weir_notify::What;

/// What happened longer ago is no news.
const NEWS: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) what: ReleaseMoment,
    pub(crate) at: Timestamp,
    pub(crate) began: Timestamp,
    /// Name of the release.
    pub(crate) release: String,
    pub(crate) image: String,
    pub(crate) reason: Option<String>,
    /// When this wait began, where it is one: a release may wait more than once.
    waits_since: Option<Timestamp>,
}

/// All of it, in its order.
pub(super) fn of(status: &CanaryStatus, now: Timestamp) -> Vec<Due> {
    let current = status.release.as_ref();
    // What another release has taken the place of has ended all the same.
    let past =
        status.history.iter().filter(|past| current.is_none_or(|one| one.started_at != past.started_at));
    let mut all: Vec<Due> = past.map(ended).collect();
    all.extend(current.into_iter().flat_map(|release| of_release(status, release)));
    all.retain(|due| now.duration_since(due.at) <= NEWS);
    all.sort_by_key(|due| (due.at, due.what));
    all
}

fn of_release(status: &CanaryStatus, release: &ReleaseStatus) -> Vec<Due> {
    let began = time(release.started_at);
    let due = |what, at, reason: &str| Due {
        what,
        at,
        began,
        release: release.name.clone(),
        image: release.revision.image.clone(),
        reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
        waits_since: None,
    };
    let mut all = vec![due(ReleaseMoment::Started, began, "")];
    if let (Phase::Paused, Some(since)) = (status.phase, status.since.map(time)) {
        all.push(Due { waits_since: Some(since), ..due(ReleaseMoment::Waiting, since, &release.reason) });
    }
    match release.outcome {
        // Users are safe from here on; that pods go is nobody's news.
        Some(ReleaseOutcome::Aborted) => {
            let at = release.decided_at.map_or(began, time);
            all.push(due(ReleaseMoment::Failed, at, &release.reason));
        }
        // Until nothing is left to do it may still return.
        Some(ReleaseOutcome::Promoted) if status.phase == Phase::Promoted => {
            let at = release.finished_at.map_or(began, time);
            all.push(due(ReleaseMoment::Succeeded, at, &release.reason));
        }
        Some(ReleaseOutcome::Promoted) | None => {}
    }
    all
}

fn ended(past: &PastRelease) -> Due {
    let what = match past.outcome {
        ReleaseOutcome::Promoted => ReleaseMoment::Succeeded,
        ReleaseOutcome::Aborted => ReleaseMoment::Failed,
    };
    Due {
        what,
        at: time(past.finished_at),
        began: time(past.started_at),
        release: past.name.clone(),
        image: past.revision.image.clone(),
        reason: Some(past.reason.clone()).filter(|reason| !reason.is_empty()),
        waits_since: None,
    }
}

impl Due {
    /// As messages have it.
    pub(super) const fn happened(&self) -> What {
        match self.what {
            ReleaseMoment::Started => What::Started,
            ReleaseMoment::Waiting => What::Waiting,
            ReleaseMoment::Succeeded => What::Succeeded,
            ReleaseMoment::Failed => What::Failed,
        }
    }

    /// By which it is known for ever, among all of its Canary.
    pub(super) fn id(&self) -> String {
        let what = self.happened().name();
        let waits = self.waits_since.map(|since| format!(".{}", since.as_microsecond())).unwrap_or_default();
        format!("{}.{what}{waits}", self.began.as_microsecond())
    }
}

fn time(at: weir_api::Timestamp) -> Timestamp {
    // Every one that is written was one of jiff's.
    Timestamp::from_microsecond(at.unix_micros()).unwrap_or_default()
}
