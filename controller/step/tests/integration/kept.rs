//! A step is started once, and outlives whoever started it.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use weir_step::end::Blame;
use weir_step::{End, Standing, StartError, look, start};

use crate::step::{Step, keeper, runs};

#[test]
fn a_step_gets_its_environment_and_its_directory_and_nothing_else() {
    let mut step = Step::new("echo \"$GREETING from ${PWD##*/}\"; env | cut -d= -f1 | sort >names; exit 7");
    step.order.environment.insert("GREETING".to_owned(), "good morning".to_owned());
    let end = step.run();
    assert_eq!((end.clone(), end.blame()), (End::Exited { code: 7 }, Blame::Work));
    assert_eq!(step.log(), "good morning from workspace\n");
    let names = step.written("names");
    let own = |name: &&str| !matches!(*name, "PWD" | "OLDPWD" | "SHLVL" | "_");
    assert_eq!(names.lines().filter(own).collect::<Vec<_>>(), ["GREETING", "PATH", "WEIR_STEP"]);
}

#[test]
fn whoever_starts_it_how_often_it_runs_once() {
    let step = Step::new("echo one more >>ran; read line <go || sleep 0.2");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| step.start());
        }
    });
    assert_eq!(step.end(), End::Exited { code: 0 });
    step.start();
    // A second keeper, which was on its way when the first one began.
    let mut second = Command::new(keeper());
    second.arg(step.folder.path()).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut second = second.spawn().unwrap();
    second.stdin.take().unwrap().write_all(&serde_json::to_vec(&step.order).unwrap()).unwrap();
    assert!(second.wait().unwrap().success());
    assert_eq!(fs::read_to_string(step.file("ran")).unwrap(), "one more\n");
    assert_eq!(step.end(), End::Exited { code: 0 });
}

#[test]
fn it_lives_on_where_its_starter_is_killed() {
    let step = Step::new("echo begun; mkfifo go; echo ready >ready; cat go; echo over");
    fs::create_dir_all(step.folder.path()).unwrap();
    let order = step.file("order.json");
    fs::write(&order, serde_json::to_vec(&step.order).unwrap()).unwrap();
    // A shell starts the keeper, and is gone by SIGKILL before the step has done anything.
    let script = "\"$0\" \"$1\" <\"$2\" >/dev/null & kill -9 $$";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(keeper()).arg(step.folder.path()).arg(&order);
    assert!(!shell.stdin(Stdio::null()).status().unwrap().success());
    step.written("ready");
    assert_eq!(look(&step.folder).unwrap(), Standing::Running);
    fs::write(step.file("go"), "middle\n").unwrap();
    assert_eq!(step.end(), End::Exited { code: 0 });
    assert_eq!(step.log(), "begun\nmiddle\nover\n", "the log has no gap");
}

#[test]
fn one_whose_keeper_is_killed_is_lost_leaves_nothing_and_is_not_repeated() {
    let step = Step::new("echo one more >>ran; (setsid sleep 1000 & echo $$ $! >pid); sleep 1000");
    step.start();
    let command = step.processes("pid");
    let kept: serde_json::Value =
        serde_json::from_slice(&fs::read(step.folder.path().join("kept.json")).unwrap()).unwrap();
    let keeper = kept["pid"].to_string();
    assert!(Command::new("kill").args(["-9", &keeper]).status().unwrap().success());
    let end = step.end();
    assert_eq!((end.clone(), end.blame()), (End::Lost, Blame::Infrastructure));
    assert!(command.iter().all(|pid| !runs(*pid)), "{command:?}");
    step.start();
    assert_eq!(step.end(), End::Lost);
    assert_eq!(fs::read_to_string(step.file("ran")).unwrap(), "one more\n");
}

#[test]
fn what_cannot_be_started_says_why() {
    let mut step = Step::new("");
    step.order.command = vec!["no-such-program".to_owned()];
    let end = step.run();
    assert_eq!(end.to_string(), "not started: there is no program \"no-such-program\" on the PATH");
    assert_eq!(end.blame(), Blame::Work);
    let mut step = Step::new("true");
    step.order.directory.push("gone");
    assert!(step.run().to_string().contains("there is no directory /"));
    let mut step = Step::new("");
    step.order.command.clear();
    assert!(step.run().to_string().contains("the command is empty"));
}

#[test]
fn a_keeper_that_cannot_begin_leaves_the_step_as_it_was() {
    let step = Step::new("echo one more >>ran");
    let missing = start(step.file("weir-step").as_path(), &step.folder, &step.order);
    assert!(matches!(missing, Err(StartError::Program { .. })), "{missing:?}");
    let garbage = Command::new(keeper()).arg(step.folder.path()).stdin(Stdio::null()).output().unwrap();
    assert!(!garbage.status.success());
    let said = String::from_utf8(garbage.stdout).unwrap();
    assert!(said.contains("EOF while parsing"), "{said}");
    assert_eq!(look(&step.folder).unwrap(), Standing::NotStarted);
    assert_eq!(step.run(), End::Exited { code: 0 });
    assert_eq!(fs::read_to_string(step.file("ran")).unwrap(), "one more\n");
}
