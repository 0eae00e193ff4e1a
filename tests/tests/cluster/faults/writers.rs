//! Somebody else who writes the same objects all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use weir_api::Canary;

use super::beside::Beside;
use crate::case::Case;
use crate::delay::client;
use crate::installed::{runtime, until};
use crate::load::{Load, RATE, answered_by, burst};
use crate::releases::{Releases, image};

/// Between two of his writes.
const EVERY: Duration = Duration::from_millis(100);

/// Writes annotations, replicas and the message of the status, until he is told to end. How often.
fn write(case: &Case, end: &AtomicBool, written: &AtomicUsize) {
    runtime().block_on(async {
        let client = client(case.installed).await;
        let deployments = Api::<Deployment>::namespaced(client.clone(), &case.namespace);
        let canaries = Api::<Canary>::namespaced(client, &case.namespace);
        let by_him = PatchParams { field_manager: Some("somebody".to_owned()), ..PatchParams::default() };
        let mut number = 0_usize;
        while !end.load(Ordering::Acquire) {
            number += 1;
            let note = json!({"metadata": {"annotations": {"example.com/number": number.to_string()}}});
            let note: Patch<Value> = Patch::Merge(note);
            let scale: Patch<Value> = Patch::Merge(json!({"spec": {"replicas": 2 + number / 10 % 2}}));
            let says: Patch<Value> = Patch::Merge(json!({"status": {"message": format!("his {number}")}}));
            deployments.patch("shop", &by_him, &note).await.unwrap();
            deployments.patch("shop", &by_him, &scale).await.unwrap();
            canaries.patch("shop", &by_him, &note).await.unwrap();
            canaries.patch_status("shop", &by_him, &says).await.unwrap();
            written.fetch_add(4, Ordering::AcqRel);
            tokio::time::sleep(EVERY).await;
        }
        // As it was before.
        let scale: Patch<Value> = Patch::Merge(json!({"spec": {"replicas": 2}}));
        deployments.patch("shop", &by_him, &scale).await.unwrap();
    });
}

#[test]
fn a_release_comes_through_although_somebody_writes_the_same_objects_all_the_time() {
    let Some(case) = Case::begin("contested") else { return };
    let releases = Releases::without_controller(&case);
    let beside = Beside::start(&case);
    releases.until_followed();
    let next = image(&case, "v2", "0%");
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let (end, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    std::thread::scope(|scope| {
        // Whatever becomes of the case, he ends.
        struct Ends<'a>(&'a AtomicBool);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Release);
            }
        }
        let ends = Ends(&end);
        let (case, writer_end, written) = (&case, Arc::clone(&end), Arc::clone(&written));
        let writer = scope
            .spawn(move || case.installed.cluster.thread(|| write(case, &writer_end, &written)).unwrap());
        let before = beside.asked().len();
        let steps = json!([
            {"setWeight": 20},
            {"analysis": {"maxDuration": "60s", "onInsufficient": "abort"}},
            {"setWeight": 50},
            {"pause": {"duration": "1s"}},
        ]);
        releases.release(&steps, &next);
        let status = releases.until_over("Promoted", &next);
        assert_eq!(status["release"]["outcome"], "promoted", "{status}");
        let asked = beside.asked().len() - before;
        drop(ends);
        writer.join().unwrap();
        case.say(&format!("{asked} requests of the controller"));
    });
    case.say(&format!("he wrote {} times", written.load(Ordering::Acquire)));
    releases.until_clean();
    until("the status says again what the controller has to say, and stable has its size", || {
        let (status, stable) = (releases.status(), releases.stable());
        let message = status["message"].as_str().unwrap_or_default();
        if message.starts_with("promoted") && stable == (next.clone(), 2) {
            Ok(())
        } else {
            Err((status, stable))
        }
    });
    load.goes_on_for(RATE);
    load.stop(&case, "a release with somebody else at the same objects");
    assert_eq!(answered_by(&burst(&case, "/shop", 200), "v2"), 200);
}
