//! What flags remember through releases, one after the other.

use weir_api::feature_flag::FollowedStatus;
use weir_api::status::{PastRelease, Phase, ReleaseOutcome, ReleaseStatus, Revision, Split};
use weir_api::{CanaryStatus, Timestamp};
use weir_flags::{Followed, ObjectName};

use super::follow;

fn revision(image: &str) -> Revision {
    Revision { image: format!("api:{image}"), revision: format!("r-{image}") }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(seconds * 1_000_000)
}

/// A Canary whose production runs `stable`, at rest.
fn rest(stable: &str) -> CanaryStatus {
    CanaryStatus { stable: Some(revision(stable)), ..CanaryStatus::default() }
}

/// The release of `to` from `from` that began then.
fn release(began: i64, from: &str, to: &str, outcome: Option<ReleaseOutcome>) -> ReleaseStatus {
    ReleaseStatus {
        name: to.to_owned(),
        revision: revision(to),
        from: Some(revision(from)),
        started_at: at(began),
        outcome,
        decided_at: None,
        finished_at: None,
        unproven: false,
        reason: String::new(),
    }
}

fn going(began: i64, from: &str, to: &str, percent: u16) -> CanaryStatus {
    let mut split = Split::default();
    split.canary.weight = weir_api::Share::from_basis_points(percent * 100).unwrap();
    CanaryStatus {
        phase: Phase::Progressing,
        release: Some(release(began, from, to, None)),
        split: Some(split),
        ..rest(from)
    }
}

fn promoted(began: i64, from: &str, to: &str) -> CanaryStatus {
    let release = release(began, from, to, Some(ReleaseOutcome::Promoted));
    CanaryStatus { phase: Phase::Promoted, release: Some(release), ..rest(to) }
}

fn aborted(began: i64, from: &str, to: &str) -> CanaryStatus {
    let release = release(began, from, to, Some(ReleaseOutcome::Aborted));
    CanaryStatus { phase: Phase::Aborted, release: Some(release), ..rest(from) }
}

fn past(began: i64, from: &str, to: &str, outcome: ReleaseOutcome) -> PastRelease {
    PastRelease {
        name: to.to_owned(),
        revision: revision(to),
        from: revision(from),
        outcome,
        reason: String::new(),
        started_at: at(began),
        finished_at: at(began + 1),
        unproven: false,
        requests: 0,
        failed_requests: 0,
    }
}

/// Whom a flag of these images is for while the Canary goes through this; percent of the users. What it remembers is stored and read in between.
fn through(images: Option<&str>, story: &[Option<CanaryStatus>]) -> Vec<Option<u16>> {
    let flag = ObjectName { namespace: "shop".to_owned(), name: "flag".to_owned() };
    let followed = Followed { flag, canary: "shop/api".to_owned(), images: images.map(str::to_owned) };
    let mut kept: Option<FollowedStatus> = None;
    let one = |status: &Option<CanaryStatus>| {
        let (memory, release) = follow(&followed, kept.as_ref(), status.as_ref());
        let stored = serde_json::to_string(&memory).unwrap();
        kept = Some(serde_json::from_str(&stored).unwrap());
        release.map(|release| release.share().basis_points() / 100)
    };
    story.iter().map(one).collect()
}

fn shares(images: Option<&str>, story: &[CanaryStatus]) -> Vec<u16> {
    let story: Vec<_> = story.iter().cloned().map(Some).collect();
    through(images, &story).into_iter().map(|share| share.expect("a Canary")).collect()
}

#[test]
fn what_came_to_everybody_stays_through_later_releases_however_they_end() {
    let story = [
        rest("1"),
        going(1, "1", "2", 10),
        going(1, "1", "2", 50),
        promoted(1, "1", "2"),
        going(5, "2", "3", 5),
        aborted(5, "2", "3"),
        going(7, "2", "4", 5),
        promoted(7, "2", "4"),
    ];
    assert_eq!(shares(None, &story), [0, 10, 50, 100, 100, 100, 100, 100]);
}

#[test]
fn a_release_that_is_given_up_takes_it_back_and_the_next_one_may_bring_it() {
    let story = [
        rest("1"),
        going(1, "1", "2", 10),
        aborted(1, "1", "2"),
        going(3, "1", "2.1", 5),
        promoted(3, "1", "2.1"),
    ];
    assert_eq!(shares(None, &story), [0, 10, 0, 5, 100]);
}

#[test]
fn production_that_is_watched_may_go_back_by_itself() {
    let watching = CanaryStatus { phase: Phase::Watching, ..going(1, "1", "2", 0) };
    let returning = CanaryStatus { phase: Phase::Returning, ..aborted(1, "1", "2") };
    assert_eq!(shares(None, &[going(1, "1", "2", 50), watching, returning]), [50, 100, 0]);
}

#[test]
fn an_undo_takes_it_back_and_the_next_release_may_bring_it_again() {
    let done = [going(1, "1", "2", 10), promoted(1, "1", "2")];
    let undone = aborted(1, "1", "2");
    let mut idle = rest("1");
    idle.history =
        vec![past(1, "1", "2", ReleaseOutcome::Aborted), past(1, "1", "2", ReleaseOutcome::Promoted)];
    for undone in [undone, idle] {
        let story = [done[0].clone(), done[1].clone(), undone, going(9, "1", "2.1", 20)];
        assert_eq!(shares(None, &story), [10, 100, 0, 20]);
    }
    // Of a later release it does not.
    let mut later = aborted(5, "2", "3");
    later.history =
        vec![past(5, "2", "3", ReleaseOutcome::Aborted), past(1, "1", "2", ReleaseOutcome::Promoted)];
    assert_eq!(shares(None, &[done[1].clone(), later.clone()]), [0, 0], "over before it was there");
    assert_eq!(shares(None, &[done[0].clone(), done[1].clone(), later]), [10, 100, 100]);
}

#[test]
fn a_release_of_what_ran_before_takes_it_back_by_its_own_steps() {
    let story = [
        going(1, "1", "2", 10),
        promoted(1, "1", "2"),
        going(5, "2", "1", 30),
        aborted(5, "2", "1"),
        going(6, "2", "1", 60),
        promoted(6, "2", "1"),
        going(8, "1", "3", 5),
    ];
    assert_eq!(shares(None, &story), [10, 100, 70, 100, 40, 0, 5]);
    let by_hand = [going(1, "1", "2", 10), promoted(1, "1", "2"), rest("1"), going(8, "1", "3", 5)];
    assert_eq!(shares(None, &by_hand), [10, 100, 0, 5]);
}

#[test]
fn a_release_that_was_over_before_the_flag_was_there_is_not_its_own() {
    let story = [promoted(1, "1", "2"), going(5, "2", "3", 5), promoted(5, "2", "3")];
    assert_eq!(shares(None, &story), [0, 5, 100]);
    assert_eq!(shares(None, &[aborted(1, "1", "2"), promoted(1, "1", "2")]), [0, 0]);
}

#[test]
fn images_say_which_release_brings_it_and_need_no_memory() {
    let story = [
        going(1, "1", "1.5", 10),
        promoted(1, "1", "1.5"),
        going(5, "1.5", "2.0", 20),
        promoted(5, "1.5", "2.0"),
        going(7, "2.0", "3", 30),
        promoted(7, "2.0", "3"),
    ];
    assert_eq!(shares(Some("*:2.*"), &story), [0, 0, 20, 100, 100, 100]);
    let mut known = going(7, "2.0", "2.1", 30);
    known.history = vec![past(5, "1.5", "2.0", ReleaseOutcome::Promoted)];
    let back = [known.clone(), going(9, "2.0", "1.5", 40), promoted(9, "2.0", "1.5")];
    assert_eq!(shares(Some("*:2.*"), &back), [100, 60, 0], "its history says what ran before");
    assert_eq!(shares(Some("*:2.*"), &[rest("2.0"), promoted(7, "2.0", "3")]), [100, 100], "no history");
}

#[test]
fn without_its_canary_only_what_came_to_everybody_stays() {
    let story = [None, Some(going(1, "1", "2", 10)), None, Some(promoted(1, "1", "2")), None];
    assert_eq!(through(None, &story), [None, Some(10), None, Some(100), Some(100)]);
}
