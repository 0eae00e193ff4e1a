//! Every (phase, decision) pair has a row; a new phase or decision does not compile until it has one.
#![expect(clippy::match_same_arms, reason = "a table: one row a phase")]

#[path = "fixture/world.rs"]
mod world;

use weir_api::Share;
use weir_api::status::Phase;
use weir_api::strategy::OnInsufficient;
use weir_judge::Decision;
use weir_rollout::status::{read, write};
use weir_rollout::{Command, Event, Observed, Stage, State, advance, desired};
use world::{Shape, World, at, policy_of, policy_with, share, state_in, verdict};

const ASKED: [Asked; 3] = [Asked::Nothing, Asked::Promote, Asked::Abort];
const DECISIONS: [Decision; 4] = [Decision::Pass, Decision::Fail, Decision::Insufficient, Decision::NoData];

/// The commands that end waits; the others are in the table of commands.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Nothing,
    Promote,
    Abort,
}

/// The phase after one look at a world in which all pods are ready, every proxy has acknowledged, nothing is in flight and the analysis step
/// is the last one. Production is watched after a promotion.
fn row(phase: Phase, asked: Asked, decision: Decision) -> Phase {
    use Asked::{Abort, Nothing, Promote};
    use Decision::{Fail, Insufficient, NoData, Pass};
    match (phase, asked, decision) {
        (Phase::Idle, Nothing | Promote | Abort, Pass | Fail | Insufficient | NoData) => Phase::Starting,
        // No split yet, so a verdict cannot be about this release, and nothing has to be drained.
        (Phase::Starting, Abort, Pass | Fail | Insufficient | NoData) => Phase::Aborted,
        (Phase::Starting, Nothing | Promote, Pass | Fail | Insufficient | NoData) => Phase::Progressing,
        (Phase::Progressing | Phase::Paused, _, Fail) => Phase::Draining,
        (Phase::Progressing | Phase::Paused, Abort, Pass | Insufficient | NoData) => Phase::Draining,
        (Phase::Progressing | Phase::Paused, Promote, Pass | Insufficient | NoData) => Phase::Promoting,
        (Phase::Progressing, Nothing, Pass) => Phase::Promoting,
        (Phase::Progressing, Nothing, Insufficient | NoData) => Phase::Progressing,
        (Phase::Paused, Nothing, Pass | Insufficient | NoData) => Phase::Paused,
        // Pods of the old version are ready to serve everything.
        (Phase::Promoting | Phase::Watching, _, Fail) => Phase::Returning,
        (Phase::Promoting | Phase::Watching, Abort, Pass | Insufficient | NoData) => Phase::Returning,
        (Phase::Promoting, Nothing | Promote, Pass | Insufficient | NoData) => Phase::Watching,
        (Phase::Watching, Nothing, Pass | Insufficient | NoData) => Phase::Watching,
        (Phase::Watching, Promote, Pass | Insufficient | NoData) => Phase::Draining,
        // What is decided is decided.
        (Phase::Returning, Nothing | Promote | Abort, Pass | Fail | Insufficient | NoData) => Phase::Draining,
        (Phase::Draining, Nothing | Promote | Abort, Pass | Fail | Insufficient | NoData) => Phase::Aborted,
        (Phase::Promoted, Nothing | Promote | Abort, Pass | Fail | Insufficient | NoData) => Phase::Promoted,
        (Phase::Aborted, Nothing | Promote | Abort, Pass | Fail | Insufficient | NoData) => Phase::Aborted,
    }
}

type Row = fn(Phase, Asked, Decision) -> Phase;

/// The same where nothing is watched after the promotion: the ways that lead elsewhere.
fn row_without_watch(phase: Phase, asked: Asked, decision: Decision) -> Phase {
    if matches!(phase, Phase::Promoting | Phase::Watching) {
        return Phase::Draining;
    }
    row(phase, asked, decision)
}

#[test]
fn every_pair_of_phase_and_decision_has_its_row() {
    let watched = policy_of(
        r#"{"canary": {"steps": [{"setWeight": 5}, {"analysis": {}}], "afterPromotion": {"duration": "1m"}}}"#,
        "{}",
    );
    let tables: [(_, Row); 2] = [(watched, row), (World::policy(), row_without_watch)];
    for (policy, row) in tables {
        for phase in Phase::ALL {
            for (asked, decision) in ASKED.into_iter().flat_map(|asked| DECISIONS.map(|d| (asked, d))) {
                let command = match asked {
                    Asked::Nothing => None,
                    Asked::Promote => Some(Command::Promote),
                    Asked::Abort => Some(Command::Abort),
                };
                let state = state_in(phase);
                assert_eq!(state.stage.phase(), phase);
                let seen = Observed { command, ..World::healthy() };
                let next = advance(&policy, &state, &seen, &verdict(decision), at(30)).state;
                let expected = row(phase, asked, decision);
                assert_eq!(next.stage.phase(), expected, "{phase:?}, {command:?} and {decision:?}");
                assert!(next.epoch >= state.epoch);
            }
        }
    }
}

#[test]
fn every_state_comes_back_from_its_status() {
    for phase in Phase::ALL {
        let state = state_in(phase);
        let status = write(&state, &weir_api::CanaryStatus::default());
        let json = serde_json::to_string(&status).unwrap();
        let read = read(&serde_json::from_str(&json).unwrap()).unwrap().unwrap();
        assert_eq!(read, state, "{phase:?}");
    }
    assert_eq!(read(&weir_api::CanaryStatus::default()), Ok(None));
}

#[test]
fn a_failing_verdict_ends_a_split_whatever_else_was_seen() {
    for phase in Phase::ALL.into_iter().filter(|phase| state_in(*phase).is_guarded()) {
        for command in [None, Some(Command::Promote), Some(Command::Abort)] {
            for acknowledged in 0..=2 {
                let mut seen = World::healthy();
                seen.command = command;
                seen.acknowledged.proxies = acknowledged;
                seen.canary.ready = 0;
                seen.stable.ready = 0;
                seen.in_flight = None;
                let state = state_in(phase);
                let next = advance(&World::policy(), &state, &seen, &verdict(Decision::Fail), at(0)).state;
                let split = next.split().unwrap();
                // Where production is watched, nothing goes to the canary any more.
                let epoch = state.epoch + u64::from(phase != Phase::Watching);
                assert_eq!((split.canary.weight, split.epoch), (Share::ZERO, epoch), "{phase:?}");
                assert_eq!(split.baseline.as_ref().unwrap().weight, Share::ZERO);
                assert_eq!(next.stable, state.stable, "an abort leaves stable what it was");
            }
        }
    }
}

#[test]
fn abort_by_command_by_another_release_and_by_none_sets_the_weight_to_zero_first() {
    for phase in Phase::ALL.into_iter().filter(|phase| state_in(*phase).is_guarded()) {
        for reason in ["command", "another", "none"] {
            let mut seen = World::healthy();
            match reason {
                "command" => seen.command = Some(Command::Abort),
                "another" => seen.wanted.as_mut().unwrap().name = "v3".to_owned(),
                _ => seen.wanted = None,
            }
            let next =
                advance(&World::policy(), &state_in(phase), &seen, &verdict(Decision::Pass), at(30)).state;
            assert_eq!(next.stage.phase(), Phase::Draining, "{phase:?} {reason}");
            assert_eq!(next.canary_weight(), Share::ZERO);
        }
    }
}

#[test]
fn a_weight_is_left_only_when_every_proxy_has_acknowledged_it() {
    let policy = World::policy();
    let state = World::at_step(0);
    for (proxies, of, left) in [(0, 0, false), (0, 2, false), (1, 2, false), (2, 2, true)] {
        let mut seen = World::healthy();
        seen.acknowledged = weir_api::status::Acknowledged { proxies, of };
        let next = advance(&policy, &state, &seen, &verdict(Decision::Pass), at(30)).state;
        assert_eq!(next != state, left, "{proxies} of {of}");
    }
    let mut seen = World::healthy();
    seen.acknowledged.proxies = 1;
    let late = advance(&policy, &state, &seen, &verdict(Decision::Pass), at(600));
    let Stage::Draining { decision, .. } = late.state.stage else { panic!("still there: {:?}", late.state) };
    assert_eq!(decision.reason, "only 1 of 2 proxies acknowledged the weights within 10m");
}

#[test]
fn a_weight_is_raised_only_when_enough_pods_are_ready_for_it() {
    let policy = policy_with(r#"[{"setWeight": 5}, {"setWeight": 60}]"#);
    let mut seen = World::healthy();
    seen.canary.enough_for = share(50);
    let waiting = advance(&policy, &World::at_step(0), &seen, &verdict(Decision::Pass), at(30)).state;
    assert_eq!(waiting.canary_weight(), share(5), "the old weight stays while pods start");
    let wanted = desired(&policy, &waiting).canary;
    assert!(
        matches!(wanted, weir_rollout::desired::Pods::Run { share: s, .. } if s == share(60)),
        "{wanted:?}"
    );
    seen.canary.enough_for = Share::FULL;
    let raised = advance(&policy, &waiting, &seen, &verdict(Decision::Pass), at(31)).state;
    assert_eq!((raised.canary_weight(), raised.epoch), (share(60), waiting.epoch + 1));
    assert_eq!(raised.split().unwrap().baseline.as_ref().unwrap().weight, share(40));
}

#[test]
fn too_little_data_does_what_the_policy_says() {
    for (choice, phase) in [
        (OnInsufficient::Ask, Phase::Paused),
        (OnInsufficient::Wait, Phase::Progressing),
        (OnInsufficient::Promote, Phase::Promoting),
        (OnInsufficient::Abort, Phase::Draining),
    ] {
        let json = serde_json::to_value(choice).unwrap();
        let steps = format!(
            r#"[{{"setWeight": 5}}, {{"analysis": {{"maxDuration": "60s", "onInsufficient": {json}}}}}]"#
        );
        let policy = policy_with(&steps);
        let look = |second| {
            advance(
                &policy,
                &World::at_step(1),
                &World::healthy(),
                &verdict(Decision::Insufficient),
                at(second),
            )
            .state
        };
        assert_eq!(look(59).stage.phase(), Phase::Progressing);
        let then = look(60);
        assert_eq!(then.stage.phase(), phase, "{choice:?}");
        assert_eq!(then.release().unwrap().unproven, choice == OnInsufficient::Promote);
    }
}

#[test]
fn a_verdict_from_earlier_weights_needs_requests_at_this_one() {
    let mut seen = World::healthy();
    seen.canary_requests = 49;
    let look = |seen: &_| {
        advance(&World::policy(), &World::at_step(1), seen, &verdict(Decision::Pass), at(30)).state
    };
    assert_eq!(look(&seen).stage.phase(), Phase::Progressing);
    seen.canary_requests = 50;
    assert_eq!(look(&seen).stage.phase(), Phase::Promoting);
}

#[test]
fn promote_ends_a_wait_and_skips_nothing_else() {
    let mut seen = World::healthy();
    seen.command = Some(Command::Promote);
    let look =
        |state: &State| advance(&World::policy(), state, &seen, &verdict(Decision::Insufficient), at(5));
    let paused = look(&state_in(Phase::Paused)).state;
    assert_eq!(paused.stage.phase(), Phase::Promoting);
    assert!(paused.release().unwrap().unproven, "nobody proved it");
    assert!(matches!(look(&state_in(Phase::Idle)).events.last(), Some(Event::Ignored(_))));
    assert!(matches!(look(&state_in(Phase::Starting)).events.last(), Some(Event::Ignored(_))));
    assert!(matches!(look(&World::at_step(0)).events.last(), Some(Event::Ignored(_))));
}

#[test]
fn pods_that_never_get_ready_end_the_release_with_what_was_missing() {
    let mut seen = World::healthy();
    seen.canary.ready = 0;
    seen.canary.problem = Some("exited with code 3".to_owned());
    let look = |second| {
        advance(&World::policy(), &state_in(Phase::Starting), &seen, &verdict(Decision::NoData), at(second))
            .state
    };
    assert_eq!(look(599).stage.phase(), Phase::Starting);
    let Stage::Aborted(ended) = look(600).stage else { panic!("not aborted") };
    assert_eq!(
        ended.reason,
        "pods were not ready within 10m: canary has 0 of 1 pods ready (exited with code 3)"
    );
}

#[test]
fn an_image_changed_by_hand_wins_only_while_nothing_is_being_released() {
    let mut seen = World::healthy();
    seen.manifest = Shape::manifest("shop:hotfix");
    let idle = advance(&World::policy(), &state_in(Phase::Aborted), &seen, &verdict(Decision::NoData), at(1));
    assert_eq!(idle.state.stable.revision.image, "shop:hotfix");
    assert!(matches!(idle.events[..], [Event::StableChanged(_)]));
    seen.manifest.with_stable_image = idle.state.stable.revision.clone();
    let again = advance(&World::policy(), &idle.state, &seen, &verdict(Decision::NoData), at(2));
    assert_eq!((again.state, again.events), (idle.state, vec![]), "the second look changes nothing");
    for phase in Phase::ALL.into_iter().filter(|phase| state_in(*phase).is_guarded()) {
        let next =
            advance(&World::policy(), &state_in(phase), &seen, &verdict(Decision::Insufficient), at(1)).state;
        assert_ne!(next.stable.revision.image, "shop:hotfix", "{phase:?}");
    }
}

#[test]
fn a_release_of_what_runs_already_is_done_at_once() {
    let mut seen = World::healthy();
    seen.wanted.as_mut().unwrap().revision = Shape::revision("shop:v1");
    let next =
        advance(&World::policy(), &state_in(Phase::Idle), &seen, &verdict(Decision::NoData), at(1)).state;
    assert_eq!((next.stage.phase(), next.epoch), (Phase::Promoted, state_in(Phase::Idle).epoch));
}

#[test]
fn draining_waits_for_every_proxy_and_the_last_request_but_not_for_ever() {
    let look = |proxies, in_flight, second| {
        let mut seen = World::healthy();
        seen.acknowledged.proxies = proxies;
        seen.in_flight = in_flight;
        let state = state_in(Phase::Draining);
        advance(&World::policy(), &state, &seen, &verdict(Decision::NoData), at(second)).state.stage.phase()
    };
    assert_eq!(look(2, Some(0), 0), Phase::Aborted);
    assert_eq!(look(2, Some(1), 29), Phase::Draining);
    assert_eq!(look(2, None, 29), Phase::Draining);
    assert_eq!(look(2, Some(1), 30), Phase::Aborted);
    assert_eq!(look(1, Some(0), 599), Phase::Draining);
    assert_eq!(look(1, None, 600), Phase::Aborted);
}

#[test]
fn steps_that_were_edited_away_ask_somebody() {
    let policy = policy_with(r#"[{"setWeight": 5}]"#);
    let next = advance(&policy, &World::at_step(3), &World::healthy(), &verdict(Decision::Pass), at(1)).state;
    let Stage::Paused { reason, .. } = next.stage else { panic!("not paused") };
    assert!(reason.starts_with("the steps were edited"), "{reason}");
}
