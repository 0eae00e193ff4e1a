//! A quarter of what the controller asks of the API server goes wrong on the way, in all ways, by a plan that is the same in every run.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::json;

use super::beside::Beside;
use super::injector::{Asked, Fault};
use crate::case::Case;
use crate::load::{Load, RATE, answered_by, burst};
use crate::releases::{Releases, image};

const SEED: u64 = 6;
/// Longer than the controller waits for an answer.
const TOO_LATE: Duration = Duration::from_millis(2_500);
/// What can go wrong; a conflict only with what is written.
const FAULTS: [Fault; 8] = [
    Fault::Refused(StatusCode::CONFLICT),
    Fault::Refused(StatusCode::TOO_MANY_REQUESTS),
    Fault::Refused(StatusCode::INTERNAL_SERVER_ERROR),
    Fault::Refused(StatusCode::SERVICE_UNAVAILABLE),
    Fault::Unsent,
    Fault::Unanswered,
    Fault::Late(Duration::from_millis(200)),
    Fault::Late(TOO_LATE),
];

fn plan() -> impl FnMut(&Asked) -> Option<Fault> + Send {
    let mut number = 0_u64;
    move |asked| {
        number += 1;
        let mut hasher = DefaultHasher::new();
        (SEED, number).hash(&mut hasher);
        let drawn = hasher.finish();
        if !drawn.is_multiple_of(4) {
            return None;
        }
        let faults = if asked.is_write() { &FAULTS[..] } else { &FAULTS[1..] };
        let index = usize::try_from(drawn / 4).unwrap() % faults.len();
        // The head of a watch's answer is what begins it, and a late one is another one than is meant here.
        Some(faults[index]).filter(|fault| !(asked.is_watch() && matches!(fault, Fault::Late(_))))
    }
}

#[test]
fn a_release_comes_through_although_a_quarter_of_its_requests_fails() {
    let Some(case) = Case::begin("injected") else { return };
    let releases = Releases::without_controller(&case);
    let beside = Beside::start_with(&case, Box::new(plan()));
    releases.until_followed();
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let (begun, before) = (Instant::now(), beside.asked().len());
    let next = image(&case, "v2", "0%");
    let steps = json!([
        {"setWeight": 10}, {"setWeight": 20}, {"pause": {"duration": "1s"}}, {"setWeight": 30},
        {"analysis": {"maxDuration": "60s", "onInsufficient": "abort"}},
        {"setWeight": 50}, {"pause": {"duration": "1s"}}, {"setWeight": 20}, {"setWeight": 50},
    ]);
    releases.release(&steps, &next);
    let status = releases.until_over("Promoted", &next);
    assert_eq!(status["release"]["outcome"], "promoted", "{status}");
    releases.until_clean();
    let seconds = begun.elapsed().as_secs() + 1;
    assert_eq!(releases.stable(), (next, 2));
    load.goes_on_for(RATE);
    load.stop(&case, "a release with faults");
    assert_eq!(answered_by(&burst(&case, "/shop", 200), "v2"), 200);
    assert_eq!(beside.starts(), 1, "the controller ended");

    let asked = &beside.asked()[before..];
    let mut faults = BTreeMap::new();
    for (_, fault) in asked {
        *faults.entry(format!("{fault:?}")).or_insert(0_u64) += 1;
    }
    let count = u64::try_from(asked.len()).unwrap();
    case.say(&format!("{count} requests in {seconds} s: {faults:?}"));
    assert!(faults.len() > FAULTS.len() / 2, "{faults:?}");
    assert!(count < 20 + 10 * seconds, "a hot loop: {count} requests in {seconds} s");
}
