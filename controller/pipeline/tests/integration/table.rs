//! Every standing with every event: a row and a cell each.
//!
//! `.` nothing changes; `!` it is refused; otherwise where the stage stands afterwards: `>Canceled` is being stopped to end so, `~Terminal` recovers
//! and ends so.

use weir_pipeline::event::{Ask, Blame, News};
use weir_pipeline::run::{Standing, Then};

use weir_pipeline::Hold;

use crate::fixture::{World, failed, monday, whole};

const STANDINGS: [&str; 16] = [
    "waiting",
    "asking",
    "ready",
    "window",
    "frozen",
    "before",
    "starting",
    "running",
    "timed",
    "backingOff",
    "after",
    "stopping",
    "stoppingIn",
    "recovering",
    "ended",
    "over",
];

/// A run whose stage `a` stands so. `stopping` waits for its own work, `stoppingIn` for what is in it, `timed` for the time; `over` is a run that has ended.
fn standing(name: &str) -> World {
    let group = r#"{"name": "a", "group": {"acts": true, "before": [{"name": "p", "step": "x"}], "after": [{"name": "q", "step": "x"}],
        "recover": [{"name": "r", "step": "x"}]}}"#;
    let stage = match name {
        "waiting" => r#"{"name": "first", "step": "x"}, {"name": "a", "step": "x"}"#,
        "asking" | "ready" => r#"{"name": "a", "when": "c", "step": "x"}"#,
        "window" => r#"{"name": "a", "window": "w", "step": "x"}"#,
        "frozen" => r#"{"name": "a", "deploy": "x"}"#,
        "before" | "after" | "stoppingIn" | "recovering" => group,
        _ => r#"{"name": "a", "timeout": "1h", "judge": {}}"#,
    };
    let windows = r#""windows": {"w": {"hours": ["20:00-21:00"]}}"#;
    let mut world = World::waiting(whole(&format!(
        r#"{{{windows}, "stages": [{stage}, {{"name": "last", "needs": ["a"], "step": "x"}}]}}"#
    )));
    // One that nobody knows the end of.
    let hold = |name: &str| Hold {
        freeze: name.to_owned(),
        reason: "books".to_owned(),
        owner: "finance".to_owned(),
        until: None,
    };
    world.holds = vec![hold("year-end")];
    world.ask(Ask::Admit);
    let done_at = (name == "timed").then(|| monday("08:30"));
    match name {
        "ready" => {
            world.ask(Ask::Pause);
            world.report("a", News::Evaluated(Ok(true)));
        }
        "running" | "timed" | "stopping" => world.report("a", News::Started { done_at }),
        "backingOff" => world.lose("a"),
        "after" => {
            world.succeed("a.p");
            world.succeed("a");
        }
        "recovering" => world.fail("a.p"),
        "ended" => world.succeed("a"),
        "over" => world.fail("a"),
        _ => {}
    }
    if name.starts_with("stopping") {
        world.ask(Ask::Skip { stage: "a".to_owned() });
    }
    world
}

fn happen(world: &mut World, event: &str) {
    let stage = || "a".to_owned();
    match event {
        "started" => world.report("a", News::Started { done_at: None }),
        "progress" => world.report("a", News::Progress("so far".to_owned())),
        "succeeded" => world.succeed("a"),
        "failed" => world.fail("a"),
        "lost" => world.report("a", failed(Blame::Infrastructure)),
        "stopped" => world.report("a", News::Stopped),
        "true" => world.report("a", News::Evaluated(Ok(true))),
        "false" => world.report("a", News::Evaluated(Ok(false))),
        "broken" => world.report("a", News::Evaluated(Err("no such name".to_owned()))),
        "cancel" => world.cancel(false),
        "force" => world.cancel(true),
        "pause" => world.ask(Ask::Pause),
        "resume" => world.ask(Ask::Resume),
        "skip" => world.ask(Ask::Skip { stage: stage() }),
        "skipWait" => world.ask(Ask::SkipWait { stage: stage() }),
        "judge" => world.ask(Ask::Judge {
            stage: stage(),
            go_on: true,
            input: None,
            reason: None,
            roles: Vec::new(),
        }),
        "thaw" => world.ask(Ask::Thaw { stage: stage(), reason: "it is down".to_owned() }),
        "melt" => {
            world.holds.clear();
            world.look(&[]);
        }
        "restart" => world.ask(Ask::Restart { stage: stage() }),
        "time" => world.after(86_400),
        _ => panic!("{event}"),
    }
}

fn word(standing: &Standing) -> String {
    match standing {
        Standing::Waiting => "waiting".to_owned(),
        Standing::Asking => "asking".to_owned(),
        Standing::Ready => "ready".to_owned(),
        Standing::Window { .. } => "window".to_owned(),
        Standing::Frozen { .. } => "frozen".to_owned(),
        Standing::Before => "before".to_owned(),
        Standing::Starting => "starting".to_owned(),
        Standing::Running { .. } => "running".to_owned(),
        Standing::BackingOff { .. } => "backingOff".to_owned(),
        Standing::After => "after".to_owned(),
        Standing::Stopping { then: Then::End(end), .. } => format!(">{}", end.status),
        Standing::Stopping { then: Then::Fail(_), .. } => ">fail".to_owned(),
        Standing::Recovering { end } => format!("~{}", end.status),
        Standing::Ended(end) => end.status.to_string(),
    }
}

fn cell(name: &str, event: &str) -> String {
    let mut world = standing(name);
    let before = world.run.clone();
    happen(&mut world, event);
    let refused = !world.refused.is_empty();
    match world.run == before {
        true if refused => "!".to_owned(),
        true => ".".to_owned(),
        false => {
            assert!(!refused, "{name}, {event}: refused, and something changed");
            word(&world.stage("a").standing)
        }
    }
}

/// Compares a table, whose head names the events, with what happens.
fn check(table: &str) {
    let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let events = lines.next().unwrap();
    let rows: Vec<Vec<&str>> = lines.collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), STANDINGS);
    for row in rows {
        let cells: Vec<String> = events.iter().map(|event| cell(row[0], event)).collect();
        let told: Vec<String> =
            events.iter().zip(&cells).map(|(event, cell)| format!("{event}={cell}")).collect();
        assert_eq!(cells, row[1..], "{}: {}", row[0], told.join(" "));
    }
}

#[test]
fn every_standing_has_an_answer_to_every_report() {
    check(REPORTS);
}

/// The last columns: a day without an event; the end of a freeze that was in force from the beginning.
#[test]
fn every_standing_has_an_answer_to_every_command_and_to_time() {
    check(COMMANDS);
}

#[rustfmt::skip]
const REPORTS: &str = "\
               started progress succeeded failed   lost       stopped    true     false   broken
    waiting    .       .        .         .        .          .          .        .       .
    asking     .       .        .         .        .          .          starting Skipped Terminal
    ready      .       .        .         .        .          .          .        .       .
    window     .       .        .         .        .          .          .        .       .
    frozen     .       .        .         .        .          .          .        .       .
    before     .       .        .         .        .          .          .        .       .
    starting   running starting Succeeded Terminal backingOff backingOff .        .       .
    running    .       running  Succeeded Terminal backingOff backingOff .        .       .
    timed      .       running  Succeeded Terminal backingOff backingOff .        .       .
    backingOff .       .        .         .        .          .          .        .       .
    after      .       .        .         .        .          .          .        .       .
    stopping   .       .        Skipped   Skipped  Skipped    Skipped    .        .       .
    stoppingIn .       .        .         .        .          .          .        .       .
    recovering .       .        .         .        .          .          .        .       .
    ended      .       .        .         .        .          .          .        .       .
    over       .       .        .         .        .          .          .        .       .";

#[rustfmt::skip]
const COMMANDS: &str = "\
               cancel    force     pause      resume   skip     skipWait  judge     restart  thaw     time        melt
    waiting    NotRun    NotRun    waiting    !        waiting  !         !         !        !        .           .
    asking     NotRun    NotRun    asking     !        Skipped  !         !         !        !        .           .
    ready      NotRun    NotRun    !          starting Skipped  !         !         !        !        .           .
    window     NotRun    NotRun    window     !        Skipped  starting  !         !        !        window      .
    frozen     NotRun    NotRun    frozen     !        Skipped  !         !         !        starting .           starting
    before     >Canceled >Canceled before     !        >Skipped !         !         !        !        .           .
    starting   >Canceled >Canceled starting   !        >Skipped !         Succeeded !        !        >fail       .
    running    >Canceled >Canceled running    !        >Skipped !         Succeeded !        !        >fail       .
    timed      >Canceled >Canceled running    !        >Skipped Succeeded Succeeded !        !        Succeeded   .
    backingOff Canceled  Canceled  backingOff !        Skipped  starting  !         !        !        starting    .
    after      >Canceled >Canceled after      !        >Skipped !         !         !        !        .           .
    stopping   >Skipped  >Skipped  >Skipped   !        !        !         !         !        !        Skipped     .
    stoppingIn >Skipped  >Skipped  >Skipped   !        !        !         !         !        !        Skipped     .
    recovering ~Terminal >Terminal ~Terminal  !        !        !         !         !        !        .           .
    ended      Succeeded Succeeded Succeeded  !        !        !         !         !        !        .           .
    over       !         !         !          !        !        !         !         starting !        .           .";
