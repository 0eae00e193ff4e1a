//! What every program that serves has in common: how much it tells and in which form, and what ends it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;
use weir_tests::client;
use weir_tests::program::{Program, path_of, signal};

/// Those programs, with the least that they serve with.
fn programs(folder: &Path) -> Vec<(&'static str, Vec<String>)> {
    let objects = folder.join("objects");
    fs::create_dir_all(&objects).unwrap();
    let (objects, state) = (objects.display().to_string(), folder.join("state").display().to_string());
    let served = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
    let anywhere = "127.0.0.1:0";
    vec![
        ("weir-proxy", served(&["--objects", &objects, "--listen", anywhere, "--admin", anywhere])),
        (
            "weir-controller",
            served(&[
                "--objects",
                &objects,
                "--state",
                &state,
                "--proxy",
                "http://127.0.0.1:1",
                "--admin",
                anywhere,
            ]),
        ),
        ("weir-load", served(&["serve"])),
        ("weir", served(&["pipeline", "serve", "--state", &state])),
        (
            "weir",
            served(&[
                "kayenta",
                "--prometheus",
                "http://127.0.0.1:1",
                "--listen",
                anywhere,
                "--state",
                &state,
            ]),
        ),
        ("weir", served(&["collect", "--listen", anywhere])),
    ]
}

#[test]
fn a_level_that_is_none_is_refused_by_each_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    for (program, args) in programs(folder.path()) {
        for by_environment in [false, true] {
            let mut command = Command::new(path_of(program).unwrap());
            command.args(&args).stdin(Stdio::null());
            if by_environment {
                command.env("WEIR_LOG", "verbose")
            } else {
                command.args(["--log", "verbose"])
            };
            let said = command.output().unwrap();
            let err = String::from_utf8_lossy(&said.stderr);
            assert_eq!(said.status.code(), Some(2), "{program} {args:?}: {err}");
            let expected = "\"verbose\" is no level: write off, error, warn, info or debug";
            assert!(err.contains(expected), "{program} {args:?}: {err}");
        }
    }
    assert!(!folder.path().join("state").exists(), "nothing was begun");
}

/// What a program told until it was asked to end.
async fn told(name: &'static str, args: &[String], log: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let args: Vec<String> = args.iter().cloned().chain(log.iter().map(|arg| (*arg).to_owned())).collect();
    let mut program = Program::start(name, &args, folder.path()).await.unwrap();
    assert!(program.terminate().unwrap().success(), "{name}: {}", program.log());
    program.log()
}

#[tokio::test]
async fn a_log_is_text_or_json_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (name, args) in programs(folder.path()) {
        let says = match name {
            "weir-proxy" => "listening",
            "weir-controller" => "ready",
            _ => continue,
        };
        let text = told(name, &args, &[]).await;
        assert!(text.contains(says) && !text.contains('\u{1b}'), "{name}: {text}");
        let lines = told(name, &args, &["--log-format", "json"]).await;
        let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let event = events.iter().find(|event| event["message"] == says);
        let event = event.unwrap_or_else(|| panic!("{name}: {lines}"));
        assert!(event["level"] == "INFO" && event["admin"].is_string(), "{event}");
        assert!(event["timestamp"].is_string() && event["target"].is_string(), "{event}");
        assert_eq!(told(name, &args, &["--log", "off"]).await, "", "{name}");
    }
}

/// A closed terminal ends what was started in it, but for what was started to outlive it (`nohup`).
#[tokio::test]
async fn a_hangup_ends_a_program_unless_it_was_started_to_ignore_it() {
    for (started, outlives) in [("--default-signal=HUP", false), ("--ignore-signal=HUP", true)] {
        let mut command = Command::new("env");
        command.arg(started).arg(path_of("weir-load").unwrap()).arg("serve").stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut announced = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut announced).unwrap();
        let announced: Value = serde_json::from_str(&announced).unwrap();
        signal(child.id(), Signal::HUP).unwrap();
        if outlives {
            let at = announced["listen"].as_str().unwrap().parse().unwrap();
            assert_eq!(client::once(at, "/", &[]).await.unwrap().status, 200);
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
            assert!(
                u64::from_str_radix(caught.trim(), 16).unwrap() & 1 == 0,
                "it listens for hangups: {status}"
            );
            signal(child.id(), Signal::TERM).unwrap();
        }
        let said = child.wait_with_output().unwrap();
        assert!(said.status.success(), "{started}: {said:?}");
        assert!(String::from_utf8_lossy(&said.stderr).contains("stopped after"), "{started}: {said:?}");
    }
}
