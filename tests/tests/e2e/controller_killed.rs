//! A controller that is killed at any moment goes on where the release was.

use std::collections::BTreeMap;

use weir_api::status::{Phase, ReleaseOutcome};
use weir_tests::eventually::eventually;
use weir_tests::load::Load;
use weir_tests::pods::Pod;
use weir_tests::sample::{self, NO_LATENCY};
use weir_tests::standalone::Standalone;
use weir_tests::story::Told;

const RATE: f64 = 150.0;
/// Requests of one track that one look can see at most: a second and a half at half the rate, on a busy machine.
const LAST_LOOK: u64 = 110;
const STEPS: [&str; 4] =
    ["setWeight: 10", "pause: {duration: 1s}", "setWeight: 50", "analysis: {maxDuration: 90s}"];

fn services() -> String {
    sample::deployment("shop", 2, "shop:v1")
        + &sample::local_image("shop:v1", &["--version-name=v1"])
        + &sample::local_image("shop:v2", &["--version-name=v2"])
        + &sample::local_image("shop:v2-failing", &["--version-name=v2-failing", "--error-share=30%"])
}

fn canary(image: Option<&str>) -> String {
    sample::canary_with("shop", &STEPS, image, &[], &[NO_LATENCY])
}

async fn start() -> (Standalone, Load) {
    let manifests = [("services.yaml", services()), ("canary.yaml", canary(None))];
    let weir = Standalone::start(&manifests, &[]).await.unwrap();
    let load = Load::users(&weir, &["shop"], RATE).await.unwrap();
    load.completes(200).await;
    (weir, load)
}

/// The states from the beginning of the release `name` on.
fn of_release(told: Vec<Told>, name: &str) -> Vec<Told> {
    told.into_iter().filter(|told| told.release.as_deref() == Some(name)).collect()
}

fn ended(told: &[Told]) -> bool {
    told.last().is_some_and(|last| matches!(last.phase, Phase::Promoted | Phase::Aborted))
}

/// Every pod has one process at most: what is written in the logs folder is by name of the pod.
fn assert_nothing_started_twice(weir: &Standalone) {
    let mut by_log: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for process in weir.pod_processes() {
        by_log.entry(process.output).or_default().push(process.pid);
    }
    let twice: Vec<_> = by_log.iter().filter(|(_, pids)| pids.len() > 1).collect();
    assert!(twice.is_empty(), "pods with several processes: {twice:?}");
}

/// Only the stable pods are left, and every process is one that is written down.
async fn assert_nothing_leaked(weir: &Standalone) {
    let look = || async {
        let pods = weir.pods();
        let mut written: Vec<u32> = pods.iter().filter_map(|pod| pod.pid).collect();
        let mut running: Vec<u32> = weir.pod_processes().iter().map(|process| process.pid).collect();
        written.sort_unstable();
        running.sort_unstable();
        let stable = pods.len() == 2 && pods.iter().all(|pod| pod.track == "stable" && !pod.leaves);
        if stable && written == running { Ok(()) } else { Err((pods, running)) }
    };
    eventually("two stable pods and nothing else", look).await;
}

/// Requests of canary and baseline, as the proxy counted them.
async fn counted_by_proxy(weir: &Standalone) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for series in weir.report().await.unwrap().series {
        if series.key.service == "test/shop" && series.key.track != "stable" {
            *counts.entry(series.key.track).or_default() += series.counts.outcomes.total();
        }
    }
    counts
}

/// Requests of canary and baseline, as the controller tells them.
async fn counted_by_controller(weir: &Standalone) -> BTreeMap<String, u64> {
    let tracks = weir.view("test/shop").await.unwrap().tracks;
    let compared = tracks.iter().filter(|track| track.track != weir_api::Track::Stable);
    compared.map(|track| (track.track.to_string(), track.requests)).collect()
}

async fn undisturbed() -> Vec<Told> {
    let (weir, load) = start().await;
    let story = weir.story("shop");
    weir.apply("canary.yaml", &canary(Some("shop:v2"))).unwrap();
    weir.wait_for("test/shop", "promoted", |view| view.phase == Phase::Promoted).await;
    assert_eq!(load.stop().await.unwrap().results.errors, 0);
    of_release(story.told(), "v2")
}

/// Kills the controller as soon as a state is stored that was not there before, and starts it again; until the release has ended.
async fn killed_at_every_state(weir: &mut Standalone) -> (Vec<Told>, usize) {
    let story = weir.story("shop");
    let mut kills = 0;
    loop {
        let next = || {
            let told = of_release(story.told(), "v2");
            std::future::ready(if told.len() > kills { Ok(told) } else { Err(story.last()) })
        };
        let told = eventually("the release goes on", next).await;
        weir.kill_controller().unwrap();
        kills = of_release(story.told(), "v2").len();
        let before: Vec<Pod> = weir.pods();
        assert_nothing_started_twice(weir);
        weir.start_controller().await.unwrap();
        assert_nothing_started_twice(weir);
        assert_adopted(&before, &weir.pods());
        let told = if told.len() < kills { of_release(story.told(), "v2") } else { told };
        println!(
            "   killed at {:?}, step {:?}, epoch {}",
            told[kills - 1].phase,
            told[kills - 1].step,
            told[kills - 1].epoch
        );
        if ended(&told) {
            return (told, kills);
        }
    }
}

/// Pods that ran run on, with the same process.
fn assert_adopted(before: &[Pod], after: &[Pod]) {
    for pod in before.iter().filter(|pod| pod.pid.is_some() && !pod.leaves) {
        let now = after.iter().find(|now| now.name == pod.name);
        let adopted = now.is_some_and(|now| now.pid == pod.pid && now.restarts == pod.restarts);
        assert!(adopted, "{pod:?} became {now:?}");
    }
}

#[tokio::test]
async fn a_controller_that_is_killed_in_every_state_of_a_release_repeats_no_step_and_skips_none() {
    let reference = tokio::spawn(undisturbed());
    let (mut weir, load) = start().await;
    weir.apply("canary.yaml", &canary(Some("shop:v2"))).unwrap();
    let (told, kills) = killed_at_every_state(&mut weir).await;

    let counted = counted_by_proxy(&weir).await;
    let evidence = counted_by_controller(&weir).await;
    assert_nothing_leaked(&weir).await;
    let load = load.stop().await.unwrap();
    let view = weir.view("test/shop").await.unwrap();
    println!(
        "controller killed {kills} times: {} states, {} of {} requests failed; evidence {evidence:?} of {counted:?} requests at the proxy; {}",
        told.len(),
        load.results.errors,
        load.results.completed,
        view.message
    );
    assert!(kills >= 8, "{kills}");
    assert_eq!(told, reference.await.unwrap(), "other states than those of an undisturbed release");
    assert_eq!(view.release.unwrap().outcome, Some(ReleaseOutcome::Promoted));
    assert_eq!(load.results.errors, 0, "{:?}", load.results.outcomes);
    // Killed at the very end, between the last state and the checkpoint, it cannot know the requests of its last look; of all others it does.
    for (track, requests) in counted {
        let known = evidence.get(&track).copied().unwrap_or_default();
        assert!(
            known <= requests && requests - known <= LAST_LOOK,
            "{track}: {known} of {requests} requests are evidence"
        );
    }
}

#[tokio::test]
async fn a_controller_that_is_killed_as_a_release_begins_does_not_judge_it_by_the_one_before() {
    let (mut weir, load) = start().await;
    weir.apply("canary.yaml", &canary(Some("shop:v2-failing"))).unwrap();
    let aborted = weir.wait_for("test/shop", "aborted", |view| view.phase == Phase::Aborted).await;
    let e_value = aborted.verdict.unwrap().e_value;
    let story = weir.story("shop");
    weir.apply("canary.yaml", &canary(Some("shop:v2"))).unwrap();
    let begun = || {
        std::future::ready(if of_release(story.told(), "v2").is_empty() { Err(story.last()) } else { Ok(()) })
    };
    eventually("the second release begins", begun).await;
    weir.kill_controller().unwrap();
    weir.start_controller().await.unwrap();
    let ended =
        |view: &weir_controller::view::ReleaseView| matches!(view.phase, Phase::Promoted | Phase::Aborted);
    let view = weir.wait_for("test/shop", "ended", ended).await;
    let release = view.release.unwrap();
    println!(
        "after a release with e={e_value:.0}, killed at the start of a sound one: {:?}: {}",
        release.outcome, release.reason
    );
    assert_eq!(release.outcome, Some(ReleaseOutcome::Promoted), "{}", release.reason);
    let canary = view.tracks.iter().find(|track| track.track == weir_api::Track::Canary).unwrap();
    assert_eq!(canary.errors, 0, "errors of the release before");
    drop(load);
}
