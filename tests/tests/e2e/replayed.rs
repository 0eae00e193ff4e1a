//! `weir judge replay` on the reports of real releases, and what `weir report` says of a judge that had no say.

use std::path::Path;

use serde_json::Value;
use weir_api::Track;
use weir_api::status::Phase;
use weir_controller::view::ReleaseView;
use weir_tests::load::Load;
use weir_tests::sample::{self, NO_LATENCY};
use weir_tests::standalone::Standalone;
use weir_tests::weir::{Said, weir};

/// Each with the share of requests that its second version fails, its last step, and whether the judge has a say.
const SERVICES: [(&str, &str, &str, &str); 4] = [
    ("failing", "20%", "pause: {}", "dryRun: false"),
    ("dry", "20%", "pause: {requests: 250}", "dryRun: true"),
    ("good", "0%", "pause: {requests: 60}", "dryRun: false"),
    ("given-up", "0%", "pause: {}", "dryRun: false"),
];
/// Requests a second to each service.
const RATE: f64 = 60.0;

fn services() -> String {
    let mut text = String::new();
    for (seed, (name, errors, ..)) in SERVICES.into_iter().enumerate() {
        text += &sample::deployment(name, 1, &format!("{name}:v1"));
        text += &sample::local_image(&format!("{name}:v1"), &["--version-name=v1"]);
        let (errors, seed) = (format!("--error-share={errors}"), format!("--seed={seed}"));
        text += &sample::local_image(&format!("{name}:v2"), &["--version-name=v2", &errors, &seed]);
    }
    text
}

fn canaries(released: bool) -> String {
    let canary = |(name, _, last, dry): (&str, &str, &str, &str)| {
        let image = released.then(|| format!("{name}:v2"));
        // The proxies' breaker would be faster than the judge.
        let analysis = [NO_LATENCY, "breaker: false", dry];
        sample::canary_with(name, &["setWeight: 25", last], image.as_deref(), &[], &analysis)
    };
    SERVICES.into_iter().map(canary).collect()
}

fn canary_requests(view: &ReleaseView) -> u64 {
    view.tracks.iter().find(|track| track.track == Track::Canary).map_or(0, |track| track.requests)
}

/// Four releases to their ends: by the judge, in spite of it, by their steps, and by somebody.
async fn released(stack: &Standalone) {
    let load = Load::users(stack, &SERVICES.map(|(name, ..)| name), RATE).await.unwrap();
    load.completes(600).await;
    stack.apply("canaries.yaml", &canaries(true)).unwrap();
    let enough = |view: &ReleaseView| canary_requests(view) >= 40;
    stack.wait_for("test/given-up", "some requests", enough).await;
    stack.controller_admin().unwrap().post("/v1/canaries/test/given-up/abort").await.unwrap();
    for (name, phase) in [
        ("failing", Phase::Aborted),
        ("dry", Phase::Promoted),
        ("good", Phase::Promoted),
        ("given-up", Phase::Aborted),
    ] {
        let is_over = |view: &ReleaseView| view.phase == phase;
        stack.wait_for(&format!("test/{name}"), "the end", is_over).await;
    }
    load.stop().await.unwrap();
}

async fn says(args: &[&str]) -> Said {
    let said = weir(args, &[]).await.unwrap();
    println!("   weir {}: {:?}\n{}{}", args.join(" "), said.code, said.out, said.err);
    said
}

/// What `weir judge replay -o json` prints, and its exit code.
async fn replayed(args: &[&str]) -> (Value, Option<i32>) {
    let said = says(&[&["judge", "replay", "-o", "json"], args].concat()).await;
    (serde_json::from_str(&said.out).unwrap(), said.code)
}

fn release<'v>(told: &'v Value, name: &str) -> &'v Value {
    let releases = told["releases"].as_array().unwrap();
    releases.iter().find(|release| release["canary"] == format!("test/{name}")).unwrap()
}

fn rates(of: &Value) -> [u64; 4] {
    ["falseAborts", "good", "missedRegressions", "bad"].map(|name| of[name].as_u64().unwrap())
}

#[tokio::test]
async fn releases_are_judged_again_by_other_settings_and_both_are_told_by_their_errors() {
    let manifests = [("services.yaml", services()), ("canaries.yaml", canaries(false))];
    let stack = Standalone::start(&manifests, &["--interval", "500ms"]).await.unwrap();
    released(&stack).await;
    let state = stack.folder().join("state").display().to_string();
    let controller = stack.controller.as_ref().unwrap().address("admin").unwrap().to_string();
    let state = ["--state", state.as_str()];

    let stopped_at = told_by_the_report(&stack, &controller).await;
    let (told, code) = replayed(&state).await;
    assert_eq!((code, rates(&told["old"])), (Some(0), [1, 2, 1, 2]), "{told:#}");
    assert_eq!(release(&told, "dry")["old"]["fail"]["canaryRequest"], stopped_at);
    let (told_by_controller, _) = replayed(&["-n", "test", "--controller", &controller]).await;
    assert_eq!(told_by_controller["old"], told["old"]);

    // Who knows better says so, and a margin that nothing exceeds misses all.
    let truth = ["--bad", "test/dry/v2", "--good", "test/given-up/v2"];
    let margin = ["--set", "errors.margin.absolutePercent=60"];
    let (told, code) = replayed(&[&state[..], &truth, &margin].concat()).await;
    assert_eq!((code, rates(&told["old"]), rates(&told["new"])), (Some(0), [0, 2, 0, 2], [0, 2, 2, 2]));
    let failing = release(&told, "failing");
    assert_eq!((&failing["old"]["decision"], &failing["truth"]), (&"fail".into(), &"bad".into()));
    assert_ne!(failing["new"]["decision"], "fail");
    let manifest = canaries(true).replace("analysis:", "analysis:\n    falseAbortPercent: 0.001");
    let one = manifest.split("---\n").next().unwrap();
    let file = stack.folder().join("canary.yaml");
    std::fs::write(&file, one).unwrap();
    let surer = [&state[..], &["-f", file.to_str().unwrap()]].concat();
    let (told, _) = replayed(&surer).await;
    let request = |settings: &str| release(&told, "dry")[settings]["fail"]["canaryRequest"].as_u64().unwrap();
    assert!(request("new") > request("old"), "{told:#}");

    let text = says(&[&["judge", "replay"], &state[..], &truth, &margin].concat()).await;
    assert_eq!(text.code, Some(0));
    let line = |part: &str| text.out.lines().find(|line| line.contains(part)).unwrap().to_owned();
    assert!(line("test/dry/v2").contains("promoted   bad     fail at request "), "{}", text.out);
    assert_eq!(line("old settings:"), "old settings: false aborts 0 of 2, missed regressions 0 of 2");
    let new = line("new settings:");
    assert!(new.starts_with("new settings: false aborts 0 of 2, missed regressions 2 of 2"), "{new}");
    told_of_mistakes(&stack).await;
}

/// What reports say of the judge, and with which request it first said fail in the dry run.
async fn told_by_the_report(stack: &Standalone, controller: &str) -> u64 {
    let page = stack.folder().join("dry.html");
    let mut stopped_at = 0;
    for (name, sentence) in [
        ("failing", None),
        ("dry", Some("the judge would have stopped it at request ")),
        ("good", None),
        ("given-up", Some("the judge would not have stopped it")),
    ] {
        let named = format!("test/{name}");
        let args = ["report", &named, "--controller", controller];
        let report: Value =
            serde_json::from_str(&says(&[&args[..], &["-o", "json"]].concat()).await.out).unwrap();
        let fail = &report["counterfactual"]["fail"];
        assert_eq!(fail.is_object(), ["failing", "dry"].contains(&name), "{name}: {fail}");
        assert!(report["trace"]["blocks"].as_array().is_some_and(|blocks| !blocks.is_empty()), "{name}");
        let text = says(&[&args[..], &["--page", page.to_str().unwrap()]].concat()).await.out;
        assert_eq!(text.contains("the judge would"), sentence.is_some(), "{text}");
        let Some(sentence) = sentence else { continue };
        assert!(
            text.contains(sentence) && std::fs::read_to_string(&page).unwrap().contains(sentence),
            "{text}"
        );
        if let Some(request) = fail["canaryRequest"].as_u64() {
            assert!(text.contains(&format!("{sentence}{request}, after ")), "{text}");
            stopped_at = request;
        }
    }
    stopped_at
}

/// A file that is no report, one of an older version, settings and names that there are not.
async fn told_of_mistakes(stack: &Standalone) {
    let folder = stack.folder().join("copied");
    std::fs::create_dir(&folder).unwrap();
    for (name, ..) in SERVICES {
        let file = format!("test.{name}.v2.json");
        std::fs::copy(stack.state("reports").join(&file), folder.join(&file)).unwrap();
    }
    let older = folder.join("test.good.v2.json");
    let mut report: Value = serde_json::from_slice(&std::fs::read(&older).unwrap()).unwrap();
    report.as_object_mut().unwrap().remove("trace");
    std::fs::write(&older, report.to_string()).unwrap();
    let broken = folder.join("broken.json");
    std::fs::write(&broken, "{}").unwrap();
    std::fs::write(folder.join("page.html"), "<html>").unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let said = says(&["judge", "replay", &path(&folder)]).await;
    assert_eq!(said.code, Some(64));
    assert!(said.err.contains(&format!("weir: {}: is no report of a release: missing field", path(&broken))));
    assert!(said.out.contains(&format!("left out: {}: it has no trace", path(&older))), "{}", said.out);
    assert!(said.out.contains("settings of the releases: false aborts 1 of 1, missed regressions 1 of 2"));
    assert!(!said.err.contains("page.html"));

    for (args, part) in [
        (
            ["--set", "errors.margn.absolutePercent=1"],
            "there is no setting \"errors.margn\": did you mean margin?",
        ),
        (["--set", "falseAbortPercent=99"], "spec.analysis.falseAbortPercent: 99 is not a usable chance"),
        (["--bad", "v3"], "--bad v3: there is no such release: there is v2"),
        (["-f", "/nonexistent.yaml"], "cannot be read"),
    ] {
        let said = says(&[&["judge", "replay", &path(&folder)], &args[..]].concat()).await;
        assert_eq!((said.code, said.out.as_str()), (Some(64), ""), "{args:?}");
        assert!(said.err.contains(part), "{}", said.err);
    }
    let nowhere = says(&["judge", "replay", "--state", &path(&folder)]).await;
    assert!(nowhere.code == Some(64) && nowhere.err.contains("name the state folder"), "{}", nowhere.err);
}
