//! `weir demo` from outside: it ends by itself, says what it did, and leaves nothing behind.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;
use weir_tests::processes;
use weir_tests::program::{path_of, signal};

fn demo(state: &Path, more: &[&str]) -> Child {
    let mut command = Command::new(path_of("weir").unwrap());
    command.args(["demo", "--json", "--state"]).arg(state);
    for flag in ["--listen", "--admin", "--controller"] {
        command.args([flag, "127.0.0.1:0"]);
    }
    command.args(more).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test]
async fn the_demo_of_a_failing_release_ends_by_itself_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let child = demo(&folder.path().join("demo"), &["--release", "failing"]);
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
    let took = began.elapsed();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {}{text}", output.status, String::from_utf8_lossy(&output.stderr));
    processes::gone(folder.path()).await;

    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let named = |name: &str| events.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();
    assert_eq!(events.first().map(|event| event["event"].clone()), Some("started".into()));
    assert_eq!(events.last().map(|event| event["event"].clone()), Some("done".into()));
    let [result] = named("result")[..] else { panic!("one result: {text}") };
    assert_eq!(
        (&result["release"], &result["outcome"]),
        (&"v4-failing".into(), &"aborted".into()),
        "{result}"
    );
    let report: Value =
        serde_json::from_slice(&std::fs::read(result["report"].as_str().unwrap()).unwrap()).unwrap();
    let page = std::fs::read_to_string(result["page"].as_str().unwrap()).unwrap();
    let drawn = |what: &str| page.matches(what).count();
    // The evidence and its line, the weights; the distributions where new pods have lived long enough to be measured. Nothing is fetched.
    assert!((2..=3).contains(&drawn("<svg")) && drawn("<line class=\"limit") == 1, "{page}");
    assert!(page.contains("ABORTED") && page.contains("errors"), "{page}");
    assert_eq!(drawn("src=") + drawn("href=") + drawn("<script"), 0, "{page}");
    assert_eq!(report["outcome"], "aborted");
    println!(
        "demo: {:.1} s, {} events; aborted after {} ms: {}; {} user requests failed",
        took.as_secs_f64(),
        events.len(),
        result["afterMillis"],
        result["reason"],
        result["failedRequests"]
    );
}

#[tokio::test]
async fn an_interrupted_demo_ends_soon_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = demo(&folder.path().join("demo"), &["--release", "good"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // In the middle of the release: canary and baseline run as well.
    let progress = tokio::task::spawn_blocking(move || {
        lines
            .find_map(|line| line.ok().filter(|line| line.contains("\"WeightSet\"")))
            .map(|line| (line, lines))
    });
    let (_line, lines) = progress.await.unwrap().expect("a weight is set");
    let running = processes::of(folder.path()).len();
    let asked = Instant::now();
    signal(child.id(), Signal::INT).unwrap();
    let rest = tokio::task::spawn_blocking(move || lines.map_while(Result::ok).count());
    let status = tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
    let took = asked.elapsed();
    processes::gone(folder.path()).await;
    let _ = rest.await;
    println!(
        "demo interrupted: {running} processes ran; ended with {status} after {:.2} s",
        took.as_secs_f64()
    );
    assert_eq!(status.code(), Some(130));
    assert!(running >= 5, "{running}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}
