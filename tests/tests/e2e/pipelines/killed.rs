//! Whoever runs pipelines is killed in each kind of stage: nothing is done twice, nothing is left out, and no line of a log is lost.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::fixture::{Shop, until};

/// Kills a program so that it can do nothing about it.
pub(super) fn kill(mut child: std::process::Child) {
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
}

#[test]
fn a_step_goes_on_without_its_runner_and_its_log_has_no_gap() {
    let shop = Shop::new(
        "stages:\n- name: Count\n  step:\n    run: |\n      echo begun >> ../../../../../begun\n      n=0\n      while [ $n -lt 400 ]; do n=$((n + 1)); echo line $n; [ -e ../../../../../go ] || sleep 0.01; done\n- {name: After, step: {run: 'true'}}\n",
    );
    let mut runner = shop.start(&["run"]);
    for life in 0..4 {
        let lines = |at_least: usize| {
            let log = shop.read(".weir/pipelines/runs/shop-1/stages/count.1/step/log");
            (log.lines().count() >= at_least).then_some(())
        };
        until("it prints", || lines(20 * (life + 1)));
        kill(runner);
        until("it prints on while nobody runs it", || lines(20 * (life + 1) + 5));
        runner = shop.start(&["serve"]);
    }
    shop.write("go", "");
    let view = shop.over("shop-1");
    assert_eq!(view["status"], "Succeeded", "{view:#}");
    assert_eq!(shop.read("begun"), "begun\n", "it was started once");
    let expected: String =
        (1..=400).flat_map(|n: u32| ["line ".to_owned(), n.to_string(), "\n".to_owned()]).collect();
    assert_eq!(shop.read(".weir/pipelines/runs/shop-1/stages/count.1/step/log"), expected);
    kill(runner);
}

#[test]
fn stages_of_every_kind_are_done_once_whenever_their_runner_is_killed() {
    // Each leaves a line behind, takes a while, and is killed in the middle of it; services, waits, conditions and computed stages too.
    let (address, heard) = called();
    let spec = r#"
concurrency: {limit: 0}
stages:
- name: Step
  step:
    run: |
      echo step >> ../../../../../done
      sleep 0.4
      echo '<testsuite tests="1"><testcase name="a" classname="b"/></testsuite>' > junit.xml
    services: [{name: beside, run: "echo service >> ../../../../../done; exec sleep 60"}]
    reports: {junit: [junit.xml]}
- {name: Wait, when: 1 < 2, wait: 400ms}
- {name: Values, variables: [{key: drawn, value: "${ new java.util.Random().nextInt() }"}]}
- {name: Check, preconditions: [{stage: Wait, status: Succeeded}]}
- {name: Gate, gate: {conditions: [{metric: tests, op: lessThan, error: 1}]}}
- {name: Job, job: {run: 'echo job >> ../../../../../../../done; sleep 0.4; echo SPINNAKER_PROPERTY_ROWS=17'}}
- {name: Load, load: {url: 'http://ADDRESS/', rate: 10, duration: 1s}}
- {name: Last, step: {run: 'echo "last $DRAWN $ROWS" >> ../../../../../done; sleep 0.4', env: {DRAWN: "${ drawn }", ROWS: "${ rows }"}}}
"#;
    let shop = Shop::new(&spec.replace("ADDRESS", &address.to_string()));
    let mut runner = shop.start(&["run"]);
    until("it has begun", || shop.read("done").contains("step").then_some(()));
    let mut lives = 0;
    let view = loop {
        std::thread::sleep(Duration::from_millis(90));
        kill(runner);
        lives += 1;
        runner = shop.start(&["serve"]);
        let view = shop.get("shop-1");
        if view["ended"].is_string() {
            break view;
        }
        assert!(lives < 200, "{view:#}");
    };
    kill(runner);
    assert!(lives > 5, "{lives}");
    assert_eq!(view["status"], "Succeeded", "{view:#}");
    let drawn = &view["stages"][2]["outputs"]["drawn"];
    // A service that nothing is asked of before the step begins may be later than it.
    let mut done: Vec<String> = shop.read("done").lines().map(str::to_owned).collect();
    done.sort();
    assert_eq!(done, ["job".to_owned(), format!("last {drawn} 17"), "service".to_owned(), "step".to_owned()]);
    let answered = heard.lock().unwrap().len();
    assert_eq!(view["stages"][6]["outputs"]["requests"], answered, "{view:#}");
    let attempts = view["stages"].as_array().unwrap().iter().map(|stage| stage["attempt"].as_u64().unwrap());
    assert_eq!(attempts.collect::<Vec<_>>(), [1; 8], "{view:#}");
    let left = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let line = fs::read_to_string(entry.ok()?.path().join("environ")).ok()?;
        line.contains(&shop.path().display().to_string()).then_some(line)
    });
    assert_eq!(left.count(), 0, "a service is left");
}

/// Answers each call after a while; the keys by which calls can be told apart, in their order. Of one without a key it is empty.
fn called() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, keys) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let heard = Arc::clone(&keys);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let heard = Arc::clone(&heard);
            std::thread::spawn(move || {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                if lines.next().is_none() {
                    // A connection that nothing is asked on.
                    return;
                }
                let mut fields = lines.by_ref().take_while(|line| !line.is_empty());
                let key = fields.find_map(|line| {
                    line.to_lowercase().strip_prefix("idempotency-key: ").map(str::to_owned)
                });
                heard.lock().unwrap().push(key.unwrap_or_default());
                std::thread::sleep(Duration::from_millis(400));
                // Whoever called may be dead.
                let _gone = (&stream)
                    .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
            });
        }
    });
    (address, keys)
}

#[test]
fn a_call_that_is_made_again_has_the_same_key_and_another_pipeline_is_run_once() {
    let (address, keys) = called();
    let shop = Shop::new(&format!(
        "stages:\n- {{name: Call, webhook: {{url: 'http://{address}/'}}}}\n- {{name: Other, pipeline: {{name: other}}}}\n- {{name: Call again, webhook: {{url: 'http://{address}/'}}}}\n"
    ));
    shop.write(
        "pipelines/other.yaml",
        "apiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: other}\nspec:\n  stages:\n  - {name: A, step: {run: echo other >> ../../../../../done; sleep 0.5}}\n",
    );
    let serve = ["serve", "--pipelines", "pipelines"];
    let mut runner = shop.start(&serve);
    until("it serves", || shop.path().join(".weir/pipelines/socket").exists().then_some(()));
    let mut asked = shop.start(&["run"]);
    until("it has called", || (!keys.lock().unwrap().is_empty()).then_some(()));
    let mut lives = 0;
    let view = loop {
        std::thread::sleep(Duration::from_millis(130));
        kill(runner);
        lives += 1;
        runner = shop.start(&serve);
        // Every second life is long enough to hear an answer.
        std::thread::sleep(Duration::from_millis(if lives % 2 == 0 { 900 } else { 0 }));
        let view = shop.get("shop-1");
        if view["ended"].is_string() {
            break view;
        }
        assert!(lives < 200, "{view:#}");
    };
    kill(runner);
    asked.wait().unwrap();
    assert_eq!(view["status"], "Succeeded", "{view:#}");
    assert_eq!(shop.read("done"), "other\n");
    let mut keys = keys.lock().unwrap().clone();
    assert!(keys.len() > 2, "no call was made again in {lives} lives: {keys:?}");
    keys.dedup();
    assert_eq!(keys, ["shop-1.call.1", "shop-1.call-again.1"]);
}

#[test]
fn a_judgment_waits_however_often_its_runner_is_killed_and_is_judged_once() {
    let shop = Shop::new(
        "stages:\n- {name: Go on, judgment: {instructions: 'well?'}}\n- {name: After, step: {run: echo after >> ../../../../../done}}\n",
    );
    let mut runner = shop.start(&["run"]);
    for _ in 0..3 {
        until("it waits", || shop.get("shop-1")["stages"][0]["began"].is_string().then_some(()));
        kill(runner);
        runner = shop.start(&["serve"]);
    }
    until("somebody is there to tell it", || {
        shop.weir(&["judge", "shop-1", "go-on", "--go-on"]).status.success().then_some(())
    });
    kill(runner);
    runner = shop.start(&["serve"]);
    let view = shop.over("shop-1");
    kill(runner);
    assert_eq!(Shop::stages(&view), "go-on Succeeded, after Succeeded", "{view:#}");
    assert_eq!((&view["stages"][0]["attempt"], shop.read("done").as_str()), (&1.into(), "after\n"));
}
