//! What a look leaves behind beside its decision: what a dry run would have done, and how releases ended.

use weir_api::status::{PastRelease, ReleaseOutcome};

use super::{Look, fails};
use crate::transition::{Event, Transition};

/// Releases that are remembered.
const MOST_RELEASES: usize = 10;
/// Characters of a reason that are remembered.
const MOST_OF_A_REASON: usize = 300;

impl Look<'_> {
    /// In a dry run the judge's `Fail` is told, once a release, and leaves a mark.
    pub(super) fn mute(&self, transition: &mut Transition) {
        let fails = self.state.is_guarded() && fails(self.verdict.decision) && self.policy.is_dry_run();
        if let Some(release) = transition.state.release_mut().filter(|release| fails && !release.unproven) {
            release.unproven = true;
            let reason = format!("this is a dry run; the judge would abort: {}", self.verdict.reason);
            transition.events.push(Event::Unproven(reason));
        }
    }

    /// A release that has ended in this look is remembered, and one that is undone after its end a second time.
    pub(super) fn remember(&self, transition: &mut Transition) {
        let (before, after) = (&self.state.stage, &transition.state.stage);
        let Some((ended, outcome)) = after.ended().zip(after.outcome()) else { return };
        let is_known = before.outcome() == Some(outcome)
            && before.ended().is_some_and(|before| before.release.started_at == ended.release.started_at);
        if is_known {
            return;
        }
        let past = PastRelease {
            name: ended.release.name.clone(),
            revision: ended.release.revision.clone(),
            from: ended.release.from.clone(),
            outcome,
            reason: remembered(&ended.reason),
            started_at: ended.release.started_at,
            finished_at: ended.finished_at,
            unproven: ended.release.unproven,
            requests: self.observed.answered,
            failed_requests: self.observed.users_hit,
        };
        add(&mut transition.state.history, past);
    }

    /// The history where the release that production runs is undone although the Canary names none any more.
    pub(super) fn history_undone(&self, reason: &str) -> Vec<PastRelease> {
        let mut history = self.state.history.clone();
        let promoted = history.iter().find(|past| past.outcome == ReleaseOutcome::Promoted);
        if let Some(promoted) = promoted.filter(|past| past.revision == self.state.stable.revision).cloned() {
            let (outcome, reason) = (ReleaseOutcome::Aborted, remembered(reason));
            add(&mut history, PastRelease { outcome, reason, finished_at: self.now, ..promoted });
        }
        history
    }
}

fn remembered(reason: &str) -> String {
    reason.chars().take(MOST_OF_A_REASON).collect()
}

fn add(history: &mut Vec<PastRelease>, past: PastRelease) {
    history.insert(0, past);
    history.truncate(MOST_RELEASES);
}
