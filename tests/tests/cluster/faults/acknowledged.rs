//! How long a weight takes until every proxy serves it and the status says so; and a proxy that does not answer.

use std::pin::pin;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use kube::Api;
use kube::api::{WatchEvent, WatchParams};
use serde_json::{Value, json};
use weir_api::Canary;
use weir_api::status::Phase;

use super::beside::Beside;
use crate::case::Case;
use crate::delay::{client, quantile};
use crate::installed::{DEADLINE, runtime, until};
use crate::load::{Load, RATE};
use crate::releases::{Releases, image};

/// Weights that are set, one after the other.
const CHANGES: u64 = 60;
/// On any machine a release does not stand for longer than this with nothing to wait for.
const SANE: Duration = Duration::from_secs(5);

/// When each epoch was stored, until somebody is waited for. What follows an epoch is stored when every proxy has acknowledged it.
async fn epochs(case: &Case, begun: impl FnOnce()) -> Vec<Instant> {
    let canaries = Api::<Canary>::namespaced(client(case.installed).await, &case.namespace);
    let mut events = pin!(canaries.watch(&WatchParams::default(), "0").await.unwrap());
    begun();
    let (mut epoch, mut times) = (0, Vec::new());
    while let Some(event) = events.next().await {
        let (WatchEvent::Added(canary) | WatchEvent::Modified(canary)) = event.unwrap() else { continue };
        let status = canary.status.unwrap_or_default();
        if status.epoch > epoch || status.phase == Phase::Paused {
            epoch = status.epoch;
            times.push(Instant::now());
        }
        if status.phase == Phase::Paused {
            break;
        }
    }
    times
}

/// Releases an image by these steps, of which the last one is a pause, and does something else meanwhile; when each epoch was stored.
pub(super) fn times(
    case: &Case,
    releases: &Releases<'_>,
    steps: Vec<Value>,
    image: &str,
    meanwhile: impl FnOnce(),
) -> Vec<Instant> {
    let (begun, begins) = channel();
    std::thread::scope(|scope| {
        let watching = scope.spawn(move || {
            let watch = || {
                runtime().block_on(async {
                    let all = epochs(case, || begun.send(()).unwrap());
                    tokio::time::timeout(DEADLINE, all).await.unwrap()
                })
            };
            case.installed.cluster.thread(watch).unwrap()
        });
        begins.recv().unwrap();
        releases.release(&Value::from(steps), image);
        meanwhile();
        watching.join().unwrap()
    })
}

#[test]
fn a_weight_is_acknowledged_by_every_proxy_at_once_and_a_silent_proxy_is_named() {
    let Some(case) = Case::begin("acknowledged") else { return };
    let releases = Releases::without_controller(&case);
    let beside = Beside::start(&case);
    releases.until_followed();
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let next = image(&case, "v2", "0%");
    // Never more than half, so that the pods stay the same.
    let weights = (1..=CHANGES).map(|n| json!({"setWeight": 1 + n % 50}));
    let steps: Vec<Value> = weights.chain([json!({"pause": {}})]).collect();
    let times = times(&case, &releases, steps, &next, || {});
    let mut took: Vec<Duration> = times.windows(2).map(|two| two[1] - two[0]).collect();
    assert_eq!(u64::try_from(took.len()).unwrap(), CHANGES, "every weight was stored by itself");
    let (p50, p99) = (quantile(&mut took, 50), quantile(&mut took, 99));
    case.say(&format!(
        "{CHANGES} weights, each until all of {} proxies served it: p50 {p50:.0?}, p99 {p99:.0?}",
        case.proxies().len()
    ));
    assert!(p99 < SANE, "{p99:?}");
    load.stop(&case, "many weights");

    let proxies = case.proxies();
    let silent = proxies.first().unwrap();
    let said = |is_said: bool| {
        until(&format!("that {} does not answer is said: {is_said}", silent.name), || {
            let status = releases.status();
            let message = status["message"].as_str().unwrap_or_default();
            let named = message.contains(&format!("proxy {} does not answer", silent.name));
            if named == is_said { Ok(()) } else { Err(message.to_owned()) }
        });
    };
    silent.signal(case.installed, "STOP");
    said(true);
    let acknowledged = releases.status()["acknowledged"].clone();
    silent.signal(case.installed, "CONT");
    assert_eq!(acknowledged, json!({"proxies": proxies.len() - 1, "of": proxies.len()}));
    said(false);
    drop(beside);
}
