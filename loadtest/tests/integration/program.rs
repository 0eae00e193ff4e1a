//! The program as people and scripts use it: exit codes, output, signals.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use rustix::process::Signal;
use serde_json::Value;
use weir_load::{
    report::{Report, Second},
    serve::Stats,
};

use crate::programs::{Program, run};

/// A sample upstream as a program, and its URL.
fn upstream(arguments: &[&str]) -> (Program, String) {
    let mut program = Program::start(&[&["serve"], arguments].concat());
    let url = format!("http://{}/", program.json()["listen"].as_str().unwrap());
    (program, url)
}

#[test]
fn thresholds_decide_the_exit_code_and_the_failed_one_is_named() {
    let (_upstream, url) = upstream(&["--error-share", "50%"]);
    let base = ["run", &url, "--closed-loop", "2", "--requests", "200", "--progress", "none"];
    let (code, out, _) = run(&[&base[..], &["--fail-if", "errors>90%", "--fail-if", "unsent>0"]].concat());
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("200 of 200 requests completed"), "{out}");
    let (code, _, err) =
        run(&[&base[..], &["--fail-if", "errors>10%", "--fail-if", "max<=1us", "--fail-if", "rate<0.001"]]
            .concat());
    assert_eq!(code, Some(1));
    assert!(err.contains("weir-load: failed: errors>10% ("), "{err}");
    assert_eq!(err.matches("failed:").count(), 1, "{err}");
}

#[test]
fn nothing_measured_is_no_proof() {
    let (_upstream, url) = upstream(&["--reset-share", "100%"]);
    let arguments =
        ["run", &url, "--closed-loop", "1", "--requests", "3", "--progress", "none", "--fail-if", "p99>1h"];
    let (code, _, err) = run(&arguments);
    assert_eq!(code, Some(1));
    assert!(err.contains("failed: p99>1h (nothing was measured)"), "{err}");
}

#[test]
fn usage_configuration_and_unreachable_have_their_own_exit_codes_and_say_what_to_write() {
    for (arguments, code, text) in [
        (&["run", "127.0.0.1:80"][..], 2, "is not a target: write http://HOST"),
        (&["run", "http://a/", "--fail-if", "p98>1s"], 2, "unknown metric \"p98\""),
        (&["run", "http://a/", "--fail-if", "p99>5%"], 2, "write a duration, such as 250ms"),
        (&["run", "http://a/", "--stage", "30s"], 2, "such as 30s:100..500"),
        (&["serve", "--latency", "95%:1ms,4%:2ms"], 2, "the shares add up to 99.0000 %, not 100 %"),
        (&["run", "http://a/", "http://b/"], 64, "give --connect HOST:PORT"),
        (&["run", "https://a/"], 64, "https needs --ca FILE, or --insecure"),
        (&["run", "http://a/", "--rate", "-5"], 2, "unexpected argument"),
        (&["run", "http://a/", "--rate=-5"], 64, "a rate of -5 requests per second is not possible"),
        (&["serve", "--error-share", "60%", "--reset-share", "60%"], 64, "add up to more than 100%"),
        (&["run", "http://127.0.0.1:1/"], 69, "nothing was sent: cannot connect to 127.0.0.1:1"),
        (&["serve", "--listen", "192.0.2.1:80"], 69, "cannot listen on 192.0.2.1:80"),
    ] {
        let (exit, _, err) = run(arguments);
        assert_eq!(exit, Some(code), "{arguments:?}: {err}");
        assert!(err.contains(text), "{arguments:?}: {err}");
    }
}

#[test]
fn machines_get_one_object_a_line_that_add_up_to_the_report() {
    let (_upstream, url) = upstream(&[]);
    let arguments =
        ["run", &url, "--rate", "300", "--duration", "1500ms", "--poisson", "--group-by", "x-version"];
    let (code, out, err) = run(&[&arguments[..], &["--progress", "json", "--json", "-"]].concat());
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<&str> = out.lines().collect();
    let (last, seconds) = lines.split_last().unwrap();
    let report: Report = serde_json::from_str(last).unwrap();
    let seconds: Vec<Second> = seconds.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(seconds.len() >= 2, "{out}");
    assert_eq!(seconds.iter().map(|second| second.scheduled).sum::<u64>(), report.scheduled);
    assert_eq!(seconds.iter().map(|second| second.sent).sum::<u64>(), report.sent);
    assert_eq!(seconds.iter().map(|second| second.results.completed).sum::<u64>(), report.results.completed);
    assert_eq!(seconds.last().unwrap().total.completed, report.groups["v1"].completed);
    assert!(err.contains("requests completed"), "people still get the text, on standard error: {err}");
}

#[test]
fn an_interrupt_ends_a_run_early_and_the_report_still_comes() {
    let (_upstream, url) = upstream(&["--latency", "20ms"]);
    let arguments = ["run", &url, "--rate", "200", "--duration", "1h", "--progress", "json", "--json", "-"];
    let mut running = Program::start(&arguments);
    running.json();
    running.signal(Signal::INT);
    let report = loop {
        let line = running.json();
        if line.get("endedEarly").is_some() {
            break line;
        }
    };
    assert_eq!(report["endedEarly"], true);
    let number = |value: &Value| value.as_u64().unwrap();
    let ended = number(&report["results"]["completed"])
        + number(&report["unsent"]["total"])
        + number(&report["unfinished"]);
    assert_eq!(number(&report["scheduled"]), ended);
    let (code, err) = running.wait();
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("ended early"), "{err}");
}

/// What the admin address tells about requests in flight.
fn in_flight(admin: &str) -> u64 {
    let mut stream = TcpStream::connect(admin).unwrap();
    stream.write_all(b"GET /__weir/stats HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, stats) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str::<Stats>(stats).unwrap().in_flight
}

#[test]
fn a_terminated_upstream_answers_what_it_has_and_closes_its_connections() {
    let mut upstream = Program::start(&["serve", "--admin", "127.0.0.1:0", "--latency", "500ms"]);
    let bound = upstream.json();
    let (address, admin) = (bound["listen"].as_str().unwrap(), bound["admin"].as_str().unwrap());
    let mut idle = TcpStream::connect(address).unwrap();
    let mut waiting = TcpStream::connect(address).unwrap();
    waiting.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").unwrap();
    while in_flight(admin) == 0 {
        std::thread::yield_now();
    }
    upstream.signal(Signal::TERM);
    let mut answer = String::new();
    // To the end of the connection, which the client keeps open.
    waiting.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with(r#"{"version":"v1"}"#), "{answer}");
    assert_eq!(idle.read(&mut [0; 1]).unwrap(), 0);
    let (code, err) = upstream.wait();
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("stopped after 1 requests, 1 answered, 0 aborted by clients, 0 cut off"), "{err}");
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn addresses_are_announced_in_a_file_that_is_whole_when_it_appears() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("announced.json");
    let _upstream =
        Program::start(&["serve", "--admin", "127.0.0.1:0", "--announce", file.to_str().unwrap()]);
    let announced = loop {
        match std::fs::read_to_string(&file) {
            Ok(text) => break text,
            Err(_) => std::thread::yield_now(),
        }
    };
    let announced: Value = serde_json::from_str(&announced).unwrap();
    for address in ["listen", "admin"] {
        TcpStream::connect(announced[address].as_str().unwrap()).unwrap();
    }
}
