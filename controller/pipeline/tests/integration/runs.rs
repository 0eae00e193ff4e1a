//! Every state of a run with every command on it.
//!
//! `!` it is refused; otherwise how the run stands afterwards.

use weir_pipeline::event::{Ask, News};

use crate::fixture::{World, pipeline};

/// `halting` still has something to stop.
const STATES: [&str; 5] = ["queued", "running", "paused", "halting", "over"];

fn state(name: &str) -> World {
    let stages = pipeline(r#"{"name": "a", "step": "x"}, {"name": "b", "step": "y"}"#);
    if name == "queued" {
        return World::waiting(stages);
    }
    let mut world = World::begun(stages);
    match name {
        "paused" => world.ask(Ask::Pause),
        "halting" => world.cancel(false),
        "over" => world.fail("a"),
        _ => {}
    }
    world
}

fn cell(name: &str, command: &str) -> String {
    let mut world = state(name);
    let before = world.run.clone();
    let stage = || "a".to_owned();
    match command {
        "admit" => world.ask(Ask::Admit),
        "supersede" => world.ask(Ask::Supersede { newer: "run-2".to_owned() }),
        "lacks" => world.ask(Ask::Lacks { what: "an image".to_owned() }),
        "cancel" => world.cancel(false),
        "force" => world.cancel(true),
        "pause" => world.ask(Ask::Pause),
        "resume" => world.ask(Ask::Resume),
        "skip" => world.ask(Ask::Skip { stage: stage() }),
        "restart" => world.ask(Ask::Restart { stage: stage() }),
        "report" => world.report("a", News::Started { done_at: None }),
        _ => panic!("{command}"),
    }
    if world.refused.is_empty() {
        return world.run.status.to_string();
    }
    assert_eq!(world.run, before, "{name}, {command}: refused, and something changed");
    "!".to_owned()
}

#[test]
fn every_state_of_a_run_has_an_answer_to_every_command() {
    let mut lines = ANSWERS.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let commands = lines.next().unwrap();
    let rows: Vec<Vec<&str>> = lines.collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), STATES);
    for row in rows {
        let cells: Vec<String> = commands.iter().map(|command| cell(row[0], command)).collect();
        assert_eq!(cells, row[1..], "{}: {commands:?}", row[0]);
    }
}

#[rustfmt::skip]
const ANSWERS: &str = "\
            admit   supersede lacks    cancel   force    pause  resume  skip    restart report
    queued  Running Canceled  Terminal Canceled Canceled !      !       !       !       NotStarted
    running !       !         !        Running  Running  Paused !       Running !       Running
    paused  !       !         !        Running  Running  !      Running Paused  !       Paused
    halting !       !         !        !        Running  !      !       !       !       Running
    over    !       !         !        !        !        !      !       !       Running Terminal";
