//! The controller killed at the entry of every phase, once before that is stored and once after.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::beside::Beside;
use super::injector::{Asked, Fault};
use crate::case::Case;
use crate::load::{Load, RATE, answered_by, burst, failed_by};
use crate::releases::{Releases, image};

/// Phases at whose entry the controller was killed, and when.
type Killed = Arc<Mutex<BTreeSet<(String, &'static str)>>>;

/// Kills it at the entry of each phase: before that is stored, and when the next life has stored it. It begins in this phase.
fn plan(killed: &Killed, case: &Case, phase: &str) -> impl FnMut(&Asked) -> Option<Fault> + Send + use<> {
    let (killed, mut last) = (Arc::clone(killed), phase.to_owned());
    // The Canary of a case before may still be ending, with its namespace.
    let own = format!("/namespaces/{}/", case.namespace);
    move |asked| {
        let phase = asked.phase().filter(|phase| *phase != last && asked.target.contains(&own))?.to_owned();
        let mut killed = killed.lock().unwrap_or_else(PoisonError::into_inner);
        if killed.insert((phase.clone(), "before")) {
            return Some(Fault::KillsBefore);
        }
        last.clone_from(&phase);
        killed.insert((phase, "after")).then_some(Fault::KillsAfter)
    }
}

fn was_killed_in(killed: &Killed, phases: &[&str]) {
    let expected: BTreeSet<(String, &str)> =
        phases.iter().flat_map(|phase| ["before", "after"].map(|when| ((*phase).to_owned(), when))).collect();
    assert_eq!(*killed.lock().unwrap_or_else(PoisonError::into_inner), expected);
}

#[test]
fn a_controller_that_is_killed_in_every_phase_neither_loses_nor_repeats_a_step() {
    let Some(case) = Case::begin("phases") else { return };
    let releases = Releases::without_controller(&case);
    let beside = Beside::start(&case);
    releases.until_followed();
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);

    let killed = Killed::default();
    beside.plan(plan(&killed, &case, "Idle"));
    let next = image(&case, "v2", "0%");
    let steps = json!([
        {"setWeight": 20},
        {"analysis": {"maxDuration": "60s", "onInsufficient": "abort"}},
        {"setWeight": 50},
        {"pause": {}},
    ]);
    releases.release(&steps, &next);
    releases.until_in("Paused");
    beside.promote(&case);
    let status = releases.until_over("Promoted", &next);
    assert_eq!(status["release"]["outcome"], "promoted", "{status}");
    releases.until_clean();
    assert_eq!(releases.stable(), (next.clone(), 2));
    was_killed_in(&killed, &["Starting", "Progressing", "Paused", "Promoting", "Draining", "Promoted"]);
    let lives = beside.starts();
    assert_eq!(lives, 13, "one for each time that it was killed, and the first");

    let killed = Killed::default();
    beside.plan(plan(&killed, &case, "Promoted"));
    releases.release(&steps, &image(&case, "bad", "30%"));
    let status = releases.until_in("Aborted");
    assert_eq!(status["release"]["outcome"], "aborted", "{status}");
    releases.until_clean();
    assert_eq!(releases.stable(), (next, 2));
    was_killed_in(&killed, &["Starting", "Progressing", "Draining", "Aborted"]);

    load.goes_on_for(RATE);
    let report = load.stop_with_failures(&case, "two releases whose controller was killed 20 times");
    assert_eq!(report.results.errors, failed_by(&report, "bad"), "only the bad canary's own");
    assert_eq!(answered_by(&burst(&case, "/shop", 200), "v2"), 200);
}
