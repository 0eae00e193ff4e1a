//! Every (phase, command) pair has a row and an answer; a new phase or command does not compile until it has one.
#![expect(clippy::match_same_arms, reason = "a table: one row a phase")]

#[path = "fixture/world.rs"]
mod world;

use weir_api::status::{Phase, ReleaseOutcome};
use weir_judge::Decision;
use weir_rollout::desired::Pods;
use weir_rollout::state::{AtStep, Ended};
use weir_rollout::status::{read, write};
use weir_rollout::{Answer, Command, Observed, Policy, Stage, State, Transition, advance, answer, desired};
use world::{Shape, World, at, policy_of, policy_with, share, state_in, verdict};

/// The phase after a command, in a world where pods are not ready and nothing is decided, so that nothing else happens; and whether it was done.
/// The step at hand is the analysis, which is the last one.
fn row(phase: Phase, command: Command) -> (Phase, bool) {
    use Command::{Abort, Pause, Promote, PromoteFull, Resume, Retry, SetWeight, Undo};
    match (phase, command) {
        (Phase::Idle, Undo) => (Phase::Idle, true),
        (Phase::Idle, Promote | PromoteFull | Abort | Pause | Resume | Retry | SetWeight(_)) => {
            (Phase::Idle, false)
        }
        (Phase::Starting, Promote | Pause | Resume | Retry | SetWeight(_)) => (Phase::Starting, false),
        (Phase::Starting, PromoteFull) => (Phase::Promoting, true),
        // No request has got to it, so nothing has to be drained.
        (Phase::Starting, Abort | Undo) => (Phase::Aborted, true),
        (Phase::Progressing, Promote | PromoteFull) => (Phase::Promoting, true),
        (Phase::Progressing, Abort | Undo) => (Phase::Draining, true),
        (Phase::Progressing, Pause) => (Phase::Paused, true),
        (Phase::Progressing, Resume | Retry) => (Phase::Progressing, false),
        (Phase::Progressing, SetWeight(_)) => (Phase::Progressing, true),
        (Phase::Paused, Promote | PromoteFull) => (Phase::Promoting, true),
        (Phase::Paused, Abort | Undo) => (Phase::Draining, true),
        (Phase::Paused, Pause | Retry) => (Phase::Paused, false),
        (Phase::Paused, Resume | SetWeight(_)) => (Phase::Progressing, true),
        (Phase::Promoting, Abort | Undo) => (Phase::Draining, true),
        (Phase::Promoting, Promote | PromoteFull | Pause | Resume | Retry | SetWeight(_)) => {
            (Phase::Promoting, false)
        }
        (Phase::Watching, Promote | PromoteFull) => (Phase::Draining, true),
        (Phase::Watching, Abort | Undo) => (Phase::Returning, true),
        (Phase::Watching, Pause | Resume | Retry | SetWeight(_)) => (Phase::Watching, false),
        // It was aborted, and goes back.
        (Phase::Returning, Promote | PromoteFull | Abort | Pause | Resume | Retry | Undo | SetWeight(_)) => {
            (Phase::Returning, false)
        }
        // It was aborted, and is nearly done.
        (Phase::Draining, Promote | PromoteFull | Abort | Pause | Resume | Retry | Undo | SetWeight(_)) => {
            (Phase::Draining, false)
        }
        (Phase::Promoted, Undo) => (Phase::Aborted, true),
        (Phase::Promoted, Promote | PromoteFull | Abort | Pause | Resume | Retry | SetWeight(_)) => {
            (Phase::Promoted, false)
        }
        (Phase::Aborted, Retry) => (Phase::Starting, true),
        (Phase::Aborted, Promote | PromoteFull | Abort | Pause | Resume | Undo | SetWeight(_)) => {
            (Phase::Aborted, false)
        }
    }
}

/// Production is watched after a promotion.
fn watched() -> Policy {
    policy_of(r#"{"canary": {"steps": [{"setWeight": 5}], "afterPromotion": {"duration": "1m"}}}"#, "{}")
}

/// A state with a version before, so that there is something to go back to.
fn promoted_before(phase: Phase) -> State {
    let mut state = state_in(phase);
    state.stable.before = Some(Shape::revision("shop:v0"));
    state
}

fn command(policy: &Policy, state: &State, command: Command, decision: Decision) -> (Transition, Answer) {
    let mut seen = World::healthy();
    seen.command = Some(command);
    (seen.canary.ready, seen.stable.ready, seen.in_flight) = (0, 0, Some(1));
    if state.stage.phase() == Phase::Idle {
        seen.wanted = None;
    }
    let transition = advance(policy, state, &seen, &verdict(decision), at(1));
    let answer = answer(command, policy, &transition);
    (transition, answer)
}

fn all() -> impl Iterator<Item = (Phase, Command)> {
    let commands = || {
        let with_share = |command: Command| match command.weight() {
            Some(_) => Command::SetWeight(share(25)),
            None => command,
        };
        Command::ALL.into_iter().map(with_share)
    };
    Phase::ALL.into_iter().flat_map(move |phase| commands().map(move |command| (phase, command)))
}

#[test]
fn every_pair_of_phase_and_command_has_its_row_and_an_answer() {
    for (phase, asked) in all() {
        let policy =
            if matches!(phase, Phase::Watching | Phase::Returning) { watched() } else { World::policy() };
        let (next, said) = command(&policy, &promoted_before(phase), asked, Decision::Insufficient);
        let seen = (next.state.stage.phase(), said.accepted);
        assert_eq!(seen, row(phase, asked), "{phase:?} with {asked:?}: {}", said.message);
        assert!(!said.message.is_empty(), "{phase:?} with {asked:?}");
        let status = write(&next.state, &weir_api::CanaryStatus::default());
        assert_eq!(read(&status).unwrap().unwrap(), next.state, "{phase:?} with {asked:?}");
    }
}

#[test]
fn the_guard_comes_before_every_command() {
    for (phase, asked) in all().filter(|(phase, _)| state_in(*phase).is_guarded()) {
        let (next, said) = command(&World::policy(), &promoted_before(phase), asked, Decision::Fail);
        assert_eq!(next.state.stage.phase(), Phase::Draining, "{phase:?} with {asked:?}: {}", said.message);
        assert!(said.message.contains("the judge said Fail"), "{phase:?} with {asked:?}: {}", said.message);
    }
}

#[test]
fn a_pause_stays_until_resume_which_gives_the_step_all_its_time() {
    let policy = World::policy();
    let (paused, said) = command(&policy, &World::at_step(1), Command::Pause, Decision::Insufficient);
    assert_eq!(said.message, "paused at weight 5 %; the guard watches on, resume goes on");
    let later = advance(&policy, &paused.state, &World::healthy(), &verdict(Decision::Pass), at(3_600));
    assert_eq!(later.state, paused.state, "whatever the judge would let pass");
    let mut seen = World::healthy();
    seen.command = Some(Command::Resume);
    let resumed = advance(&policy, &later.state, &seen, &verdict(Decision::Insufficient), at(3_600)).state;
    let Stage::Progressing(AtStep { step: 1, since, .. }) = resumed.stage else {
        panic!("{:?}", resumed.stage)
    };
    assert_eq!(since, at(3_600));
}

#[test]
fn resume_ends_a_pause_that_waits_for_somebody_and_promote_never_skips_a_weight() {
    let policy = policy_with(r#"[{"setWeight": 5}, {"pause": {}}, {"setWeight": 50}]"#);
    let waits = |step| {
        let Stage::Progressing(at) = World::at_step(step).stage else { panic!("at a step") };
        State { stage: Stage::Paused { at, reason: "it waits".to_owned() }, ..World::at_step(step) }
    };
    let (next, _) = command(&policy, &waits(1), Command::Resume, Decision::Insufficient);
    let Stage::Progressing(AtStep { step: 2, .. }) = next.state.stage else {
        panic!("{:?}", next.state.stage)
    };
    let (next, said) = command(&policy, &waits(2), Command::Promote, Decision::Insufficient);
    let Stage::Progressing(AtStep { step: 2, .. }) = next.state.stage else {
        panic!("{:?}", next.state.stage)
    };
    assert!(said.accepted, "{}", said.message);
}

#[test]
fn a_weight_by_hand_waits_for_pods_and_proxies_and_then_for_somebody() {
    let policy = policy_with(r#"[{"setWeight": 5}, {"analysis": {}}, {"setWeight": 50}]"#);
    let (asked, said) =
        command(&policy, &World::at_step(1), Command::SetWeight(share(25)), Decision::Insufficient);
    assert_eq!(said.message, "weight 25 % is being set; then the release waits for resume");
    assert_eq!(asked.state.canary_weight(), share(5), "its pods are not ready");
    let Pods::Run { share: sized_for, .. } = desired(&policy, &asked.state).canary else {
        panic!("no canary")
    };
    assert_eq!(sized_for, share(25));

    let judged = verdict(Decision::Pass);
    let set = advance(&policy, &asked.state, &World::healthy(), &judged, at(2)).state;
    assert_eq!((set.canary_weight(), set.epoch), (share(25), asked.state.epoch + 1));
    let mut one_is_silent = World::healthy();
    one_is_silent.acknowledged.proxies = 1;
    assert_eq!(advance(&policy, &set, &one_is_silent, &judged, at(3)).state, set);
    let paused = advance(&policy, &set, &World::healthy(), &judged, at(3)).state;
    let Stage::Paused { reason, .. } = &paused.stage else { panic!("{:?}", paused.stage) };
    assert_eq!(reason, "weight 25 % was set by hand; resume goes on with step 2");

    let (resumed, _) = command(&policy, &paused, Command::Resume, Decision::Insufficient);
    assert_eq!(resumed.state.canary_weight(), share(25), "until the next step sets another");
    let next = advance(&policy, &resumed.state, &World::healthy(), &judged, at(4)).state;
    assert_eq!(next.canary_weight(), share(50));
}

#[test]
fn a_weight_by_hand_that_cannot_be_had_asks_instead_of_aborting() {
    let policy = World::policy();
    let (asked, _) =
        command(&policy, &World::at_step(1), Command::SetWeight(share(90)), Decision::Insufficient);
    let mut seen = World::healthy();
    seen.canary.ready = 0;
    let late = advance(&policy, &asked.state, &seen, &verdict(Decision::Insufficient), at(601)).state;
    let Stage::Paused { at: AtStep { by_hand: None, .. }, reason } = &late.stage else {
        panic!("{:?}", late.stage)
    };
    assert!(
        reason.starts_with("weight 90 % could not be set by hand within 10m: canary has 0 of 1"),
        "{reason}"
    );
    assert_eq!(late.canary_weight(), share(5));
}

#[test]
fn undo_goes_back_to_what_ran_before_the_promotion_once() {
    let policy = World::policy();
    let mut seen = World::healthy();
    seen.in_flight = Some(1);
    let promoting = state_in(Phase::Promoting);
    let draining = advance(&policy, &promoting, &seen, &verdict(Decision::Pass), at(1)).state;
    assert_eq!(draining.stable.before, Some(Shape::revision("shop:v1")));
    let (undone, said) = command(&policy, &draining, Command::Undo, Decision::Pass);
    assert_eq!(said.message, "production goes back to shop:v1, without analysis");
    assert_eq!(undone.state.stable.revision.image, "shop:v1");
    let ended = advance(&policy, &undone.state, &World::healthy(), &verdict(Decision::Pass), at(2)).state;
    let Stage::Aborted(Ended { reason, .. }) = &ended.stage else { panic!("{:?}", ended.stage) };
    assert_eq!(reason, "undone: production goes back to shop:v1");
    assert_eq!(advance(&policy, &ended, &World::healthy(), &verdict(Decision::Pass), at(3)).state, ended);
    let (_, said) = command(&policy, &ended, Command::Undo, Decision::Pass);
    assert_eq!(
        said,
        Answer {
            accepted: false,
            message: "release v2 was aborted: production runs shop:v1 already".to_owned()
        }
    );
}

#[test]
fn a_release_that_is_undone_is_remembered_as_that_also_where_the_canary_names_none_any_more() {
    let policy = World::policy();
    let done = |state: &State, seen: &Observed, second| {
        advance(&policy, state, seen, &verdict(Decision::Pass), at(second)).state
    };
    let promoted = done(&done(&state_in(Phase::Promoting), &World::healthy(), 1), &World::healthy(), 2);
    assert_eq!(promoted.stage.phase(), Phase::Promoted);
    let mut seen = World::healthy();
    (seen.wanted, seen.manifest.with_stable_image) = (None, Shape::revision("shop:v2"));
    let idle = done(&promoted, &seen, 3);
    assert_eq!(idle.stage.phase(), Phase::Idle);
    for before in [promoted, idle] {
        let undone = done(&before, &Observed { command: Some(Command::Undo), ..seen.clone() }, 4);
        let told: Vec<_> = undone.history.iter().map(|past| (past.outcome, past.reason.as_str())).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(told[0], (ReleaseOutcome::Aborted, "undone: production goes back to shop:v1"));
        assert_eq!(told[1].0, ReleaseOutcome::Promoted);
        let [last, first] = [&undone.history[0], &undone.history[1]];
        assert_eq!((&last.name, &last.from, last.started_at), (&first.name, &first.from, first.started_at));
        assert_eq!(last.finished_at, at(4));
    }
}

#[test]
fn a_release_that_is_no_longer_named_is_not_tried_again() {
    let mut seen = World::healthy();
    (seen.command, seen.wanted) = (Some(Command::Retry), None);
    let next = advance(&World::policy(), &state_in(Phase::Aborted), &seen, &verdict(Decision::Pass), at(1));
    let said = answer(Command::Retry, &World::policy(), &next);
    assert_eq!(said.message, "the Canary no longer names a release: name an image to release");
    assert_eq!(next.state.stage.phase(), Phase::Idle);
}
