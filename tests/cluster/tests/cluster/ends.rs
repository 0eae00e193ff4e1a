//! Every end of a cluster, and that nothing stays after it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use weir_cluster::guard::leftovers;
use weir_cluster::program;

use crate::faults::{fresh, possible};
use crate::sample;
use crate::traces::Traces;

#[test]
fn nothing_stays_of_a_cluster_that_is_dropped() {
    let Some(cluster) = fresh() else { return };
    let own = cluster.own().unwrap();
    let sample = sample::deploy(&cluster, cluster.node().unwrap(), "ends");
    let traces = Traces::of(own.guard());
    // Its pods shall run when the end comes.
    std::mem::forget(sample);
    drop(cluster);
    traces.assert_gone(|_| false);
}

#[test]
fn nothing_stays_when_the_starter_is_killed() {
    if !possible() {
        return;
    }
    let (mut starter, guard) = up();
    let traces = Traces::of(guard);
    starter.kill().unwrap();
    starter.wait().unwrap();
    traces.assert_gone(|_| false);
}

#[test]
fn nothing_runs_when_the_guard_is_killed_and_the_rest_is_swept() {
    let Some(cluster) = fresh() else { return };
    let own = cluster.own().unwrap();
    let _sample = sample::deploy(&cluster, cluster.node().unwrap(), "ends");
    let traces = Traces::of(own.guard());
    signal(own.guard(), Signal::KILL);
    traces.assert_gone(|trace| trace.starts_with("control group") || trace.starts_with("folder"));
    leftovers::sweep().unwrap();
    traces.assert_gone(|_| false);
}

#[test]
fn nothing_stays_of_a_cluster_that_is_interrupted() {
    if !possible() {
        return;
    }
    let (mut starter, guard) = up();
    let traces = Traces::of(guard);
    signal(starter.id(), Signal::INT);
    assert!(starter.wait().unwrap().success());
    traces.assert_gone(|_| false);
}

/// A starter of its own, and its cluster's guard.
fn up() -> (Child, u32) {
    let mut starter = Command::new(program::built("weir-cluster").unwrap());
    let mut starter = starter.arg("up").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(starter.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let guard = line.split(' ').nth(2).unwrap_or_else(|| panic!("it says {line:?}"));
    (starter, guard.parse().unwrap())
}

fn signal(process: u32, signal: Signal) {
    let process = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    kill_process(process, signal).unwrap();
}
