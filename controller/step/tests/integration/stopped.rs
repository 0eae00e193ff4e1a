//! Steps that are to end, and do not want to.

use weir_step::{End, stop};

use crate::step::{Step, runs};

#[test]
fn one_that_is_asked_to_end_may_tidy_up() {
    let step = Step::new("trap 'echo tidied; exit 0' TERM; echo ready >ready; while :; do sleep 0.05; done");
    step.start();
    step.written("ready");
    stop(&step.folder).unwrap();
    assert_eq!(step.end(), End::Stopped { killed: false });
    // Its child is told as well, of which the shell tells.
    assert!(step.log().ends_with("tidied\n"), "{}", step.log());
}

#[test]
fn one_that_ignores_it_is_killed_with_everything_that_it_hid() {
    let mut step = Step::new(
        "trap '' TERM\n(setsid sh -c 'trap \"\" TERM; echo $$ >hidden; while :; do sleep 1; done' &)\nsh -c 'trap \"\" TERM; while :; do sleep 1; done' &\n\
         echo $$ $! >pids; while :; do sleep 1; done",
    );
    step.order.limits.grace_millis = 200;
    step.start();
    let processes = [step.processes("pids"), step.processes("hidden")].concat();
    assert!(processes.len() == 3 && processes.iter().all(|pid| runs(*pid)), "{processes:?}");
    stop(&step.folder).unwrap();
    assert_eq!(step.end(), End::Stopped { killed: true });
    assert!(processes.iter().all(|pid| !runs(*pid)), "{processes:?}");
}

#[test]
fn what_a_step_leaves_in_the_background_goes_with_it() {
    let step = Step::new(
        "(setsid sh -c 'echo $$ >hidden; sleep 1000' &); while ! [ -s hidden ]; do sleep 0.01; done; exit 3",
    );
    assert_eq!(step.run(), End::Exited { code: 3 });
    let hidden = step.processes("hidden");
    assert!(hidden.iter().all(|pid| !runs(*pid)), "{hidden:?}");
}

/// Each process of it begins the next one and ends: whoever is found is gone when he is killed, and somebody else is there.
#[test]
fn one_that_flees_from_process_to_process_is_caught() {
    let step = Step::new(
        "flee() { [ -e enough ] || { echo up >up; flee & }; exit; }; for n in 1 2 3 4 5 6 7 8; do flee & done; sleep 1000",
    );
    step.start();
    step.written("up");
    stop(&step.folder).unwrap();
    let end = step.end();
    let left = step.everything_left();
    std::fs::write(step.file("enough"), "").unwrap();
    assert_eq!((end, left), (End::Stopped { killed: false }, Vec::new()));
}

#[test]
fn a_kill_from_elsewhere_is_told_apart() {
    let step = Step::new("kill -9 $$");
    let end = step.run();
    assert_eq!(end, End::Signalled { signal: 9 });
    assert!(end.to_string().contains("memory"), "{end}");
}

#[test]
fn one_that_is_stopped_before_it_starts_ends_at_once_and_after_its_end_nothing_happens() {
    let step = Step::new("sleep 1000");
    std::fs::create_dir_all(step.folder.path()).unwrap();
    stop(&step.folder).unwrap();
    assert_eq!(step.run(), End::Stopped { killed: false });
    let done = Step::new("exit 4");
    assert_eq!(done.run(), End::Exited { code: 4 });
    stop(&done.folder).unwrap();
    assert_eq!(done.end(), End::Exited { code: 4 });
}
