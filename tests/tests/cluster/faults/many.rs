//! A thousand Canaries in one namespace, of which none is released: what they cost.

use std::time::Duration;

use serde_json::{Value, json};

use super::beside::Beside;
use crate::case::Case;
use crate::installed::{asked_for, until};
use crate::load::{Load, RATE};
use crate::objects;
use crate::releases::{Releases, image};

const CANARIES: usize = 1_000;
/// Objects in one kubectl.
const BATCH: usize = 250;
/// Seconds at rest.
const SECONDS: u64 = 60;

/// User and system time of a process so far.
fn cpu(process: i32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks = |index: usize| fields[index].parse::<u64>().unwrap();
    // Hundredths of a second, as everywhere.
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// What the kernel counts of a process's memory, in KiB.
fn memory(process: i32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap();
    let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap();
    pss.trim_end_matches("kB").trim().parse().unwrap()
}

fn objects_of(name: &str) -> [Value; 3] {
    let [deployment, service] = objects::versioned(name, 0, "weir.test/shop:v1", &[]);
    let canary = json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "Canary", "metadata": {"name": name},
        "spec": {
            "targetRef": {"name": name}, "service": name,
            "strategy": {"canary": {"steps": [{"setWeight": 5}, {"analysis": {}}, {"setWeight": 50}, {"analysis": {}}]}},
        },
    });
    [deployment, service, canary]
}

#[test]
fn a_thousand_canaries_at_rest_cost_next_to_nothing() {
    if !asked_for("WEIR_CLUSTER_SCALE") {
        return;
    }
    let Some(case) = Case::begin("thousand") else { return };
    let releases = Releases::without_controller(&case);
    let all: Vec<Value> = (0..CANARIES).flat_map(|n| objects_of(&format!("shop-{n}"))).collect();
    for batch in all.chunks(BATCH) {
        case.create(batch).unwrap();
    }
    case.say(&format!("{CANARIES} Canaries are made"));
    let beside = Beside::start(&case);
    releases.until_followed();
    until("every Canary is followed", || {
        let phases = case.kubectl(&["get", "canaries", "-o", "jsonpath={.items[*].status.phase}"]);
        let followed = phases.split(' ').filter(|phase| *phase == "Idle").count();
        if followed == CANARIES + 1 { Ok(()) } else { Err(followed) }
    });
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let (before, used) = (beside.asked().len(), cpu(beside.id()));
    load.goes_on_for_seconds(SECONDS);
    let (asked, at_rest) = (beside.asked().len() - before, cpu(beside.id()).checked_sub(used).unwrap());
    let per_second = |used: Duration, seconds: u64| used.as_millis() / u128::from(seconds);
    case.say(&format!(
        "{CANARIES} Canaries at rest: {} ms of CPU a second, {} KiB, {asked} requests to the API server in {SECONDS} s: {} an hour",
        per_second(at_rest, SECONDS),
        memory(beside.id()),
        u64::try_from(asked).unwrap() * 3_600 / SECONDS
    ));
    // Watches are renewed, and nothing else.
    assert!(asked < 12, "{:#?}", &beside.asked()[before..]);

    let (used, begun) = (cpu(beside.id()), std::time::Instant::now());
    let next = image(&case, "v2", "0%");
    releases.release(&json!([{"setWeight": 20}, {"pause": {"duration": "10s"}}, {"setWeight": 50}]), &next);
    releases.until_over("Promoted", &next);
    case.say(&format!(
        "one of them is released in {:.0?}: {} ms of CPU a second",
        begun.elapsed(),
        per_second(cpu(beside.id()).checked_sub(used).unwrap(), begun.elapsed().as_secs().max(1))
    ));
    load.stop(&case, "a thousand Canaries");
}
