//! Releases that metrics of a real Prometheus have a say in, by a `CanaryConfig`: one is given up by it alone, one passes, one waits for a store that nobody can ask.

use std::path::Path;

use serde_json::{Value, json};
use weir_api::status::{Phase, ReleaseOutcome};
use weir_controller::report::Report;
use weir_controller::scores::ScoreVerdict;
use weir_controller::view::ReleaseView;
use weir_tests::load::Load;
use weir_tests::program::path_of;
use weir_tests::prometheus::Prometheus;
use weir_tests::sample;
use weir_tests::standalone::Standalone;

/// Requests a second to each service.
const RATE: f64 = 20.0;
/// Twice as slow as usual, and dear to nobody whom the judge of requests asks.
const SLOW: &str = "slow";
const SOUND: &str = "sound";
/// Its metrics lie where nothing answers.
const DARK: &str = "dark";
pub(crate) const STEPS: [&str; 3] = ["setWeight: 40", "analysis: {maxDuration: 10m}", "setWeight: 50"];
/// Nothing but metrics is asked.
pub(crate) const ANALYSIS: [&str; 3] = [
    "errors: {enabled: false, margin: {}, tolerance: {absolutePercent: 1}}",
    "latency: {enabled: false, margin: {}, tolerance: {absolutePercent: 1}}",
    "minRequests: 1",
];

/// The mean latency of the last seconds, as Kayenta's users ask for it.
fn config(name: &str, account: &str) -> String {
    let mean = "PromQL: sum(rate(http_request_duration_ms_sum{pod=\"${scope}\",namespace=\"${location}\"}[4s])) \
                / sum(rate(http_request_duration_ms_count{pod=\"${scope}\",namespace=\"${location}\"}[4s]))";
    let spec = json!({
        "name": name, "applications": ["shop"],
        "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
        "metrics": [{
            "name": "mean_latency", "groups": ["latency"],
            "query": {"type": "prometheus", "metricsAccountName": account, "customInlineTemplate": mean},
            "analysisConfigurations": {"canary": {
                "direction": "increase", "critical": true, "effectSize": {"allowedIncrease": 1.3}
            }}
        }],
        "classifier": {"groupWeights": {"latency": 100}, "scoreThresholds": {"marginal": 50, "pass": 80}}
    });
    let object = json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "CanaryConfig",
        "metadata": {"name": name, "namespace": "test"}, "spec": spec
    });
    format!("{object}\n---\n")
}

fn services() -> String {
    let mut text = String::new();
    for name in [SLOW, SOUND, DARK] {
        let latency = if name == SLOW { "--latency=60ms" } else { "--latency=20ms" };
        text += &sample::deployment(name, 1, &format!("{name}:v1"));
        text += &sample::local_image(&format!("{name}:v1"), &["--version-name=v1", "--latency=20ms"]);
        text += &sample::local_image(&format!("{name}:v2"), &["--version-name=v2", latency]);
    }
    text
}

fn canaries() -> String {
    let canary = |name: &str| {
        let config = if name == DARK { DARK } else { "usual" };
        let metrics = format!("metrics: {{canaryConfig: {config}, interval: 10s, delay: 5s, step: 1s}}");
        let analysis = [&ANALYSIS[..], &[metrics.as_str()]].concat();
        sample::canary_with(name, &STEPS, Some(&format!("{name}:v2")), &[], &analysis)
    };
    [SLOW, SOUND, DARK].map(canary).concat()
}

fn sources(prometheus: &str, nowhere: &str) -> String {
    json!({"sources": [
        {"name": "production", "type": "prometheus", "url": prometheus},
        {"name": "elsewhere", "type": "prometheus", "url": nowhere},
    ]})
    .to_string()
}

#[tokio::test]
async fn a_release_takes_the_pass_of_its_metrics_too_and_their_fail_gives_it_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sources.yaml");
    let mut weir = Standalone::proxy(&[("services.yaml", services())], &[]).await.unwrap();
    let Some(prometheus) = Prometheus::start(weir.admin_address().unwrap()).await.unwrap() else { return };
    // The proxy's admin port answers, and is no Prometheus.
    let nowhere = format!("http://{}/nowhere", weir.admin_address().unwrap());
    std::fs::write(&file, sources(&prometheus.url(), &nowhere)).unwrap();
    weir.with_controller(&["--sources", &file.display().to_string()]).await.unwrap();
    for name in [SLOW, SOUND, DARK] {
        weir.serves(name).await;
    }
    let paths = [SLOW, SOUND, DARK].map(|name| format!("/{name}/"));
    let load = Load::start(weir.listen().unwrap(), &paths, RATE).unwrap();

    what_cannot_be_judged_by_is_said_before_anything_begins(&weir).await;
    weir.apply("configs.yaml", &(config("usual", "production") + &config(DARK, "elsewhere"))).unwrap();

    let (slow, sound) = tokio::join!(ended(&weir, SLOW), ended(&weir, SOUND));
    assert_eq!(slow.0, ReleaseOutcome::Aborted, "{}", slow.1);
    assert_eq!(slow.1, "metrics: score 0 of 100 fails: mean_latency High");
    assert_eq!(sound.0, ReleaseOutcome::Promoted, "{}", sound.1);
    let dark = weir.view(&format!("test/{DARK}")).await.unwrap();
    assert_eq!(dark.phase, Phase::Progressing, "{}", dark.message);
    assert!(dark.message.contains("metrics: ") && dark.message.contains("nowhere"), "{}", dark.message);

    its_report_has_the_judgements(&weir, SLOW, ScoreVerdict::Fail).await;
    its_report_has_the_judgements(&weir, SOUND, ScoreVerdict::Pass).await;
    what_was_judged_survives_a_restart(&mut weir, &file, &sources(&prometheus.url(), &prometheus.url()))
        .await;
    let load = load.stop().await.unwrap();
    assert_eq!(load.results.errors, 0, "{:?}", load.results.outcomes);
}

/// A Canary that names no config, or one that is none, begins no release, and says why.
async fn what_cannot_be_judged_by_is_said_before_anything_begins(weir: &Standalone) {
    weir.apply("canaries.yaml", &canaries()).unwrap();
    says(weir, "there is no CanaryConfig test/usual: add it").await;
    weir.apply("configs.yaml", &config("usual", "production").replace("groups", "grouped")).unwrap();
    says(weir, "CanaryConfig test/usual: spec.metrics[0].groups is missing").await;
}

async fn says(weir: &Standalone, what: &str) {
    let key = format!("test/{SOUND}");
    let view = weir.wait_for(&key, what, |view| view.message.contains(what)).await;
    assert_eq!(view.phase, Phase::Idle);
}

/// In its JSON, in its text and in its page.
async fn its_report_has_the_judgements(weir: &Standalone, name: &str, verdict: ScoreVerdict) {
    let report: Report =
        weir.controller_admin().unwrap().get(&format!("/v1/canaries/test/{name}/report")).await.unwrap();
    let last = report.metrics.last().unwrap();
    assert_eq!(last.verdict, verdict, "{last:?}");
    assert!((last.end.since(last.start).as_secs() + 5) % 10 < 6, "{last:?}");
    let metric = &last.metrics[0];
    assert_eq!((metric.name.as_str(), metric.critical), ("mean_latency", verdict == ScoreVerdict::Fail));
    assert!(metric.experiment.count >= 5 && metric.experiment.mean.unwrap() > 15.0, "{metric:?}");
    let page = weir.folder().join("page.html");
    let said =
        weir_command(weir, &["report", &format!("test/{name}"), "--page", &page.display().to_string()]).await;
    let headline = last.headline();
    for text in [said, std::fs::read_to_string(&page).unwrap()] {
        assert!(text.contains(&headline) && text.contains("mean_latency"), "{headline}: {text}");
    }
}

/// How a release ended, and why.
pub(crate) async fn ended(weir: &Standalone, name: &str) -> (ReleaseOutcome, String) {
    let end =
        |view: &ReleaseView| Some((view.release.as_ref()?.outcome?, view.release.as_ref()?.reason.clone()));
    let view = weir.wait_for(&format!("test/{name}"), "has ended", |view| end(view).is_some()).await;
    end(&view).unwrap()
}

pub(crate) async fn weir_command(weir: &Standalone, args: &[&str]) -> String {
    let controller = weir.controller.as_ref().unwrap().address("admin").unwrap();
    let mut command = tokio::process::Command::new(path_of("weir").unwrap());
    command.args(args).arg("--controller").arg(controller.to_string());
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The controller is killed; a store that answers again is asked for the present window, and what passes is promoted.
async fn what_was_judged_survives_a_restart(weir: &mut Standalone, file: &Path, sources: &str) {
    let judged = |weir: &Standalone| -> Value {
        let checkpoint = std::fs::read_to_string(weir.state("checkpoints/controller.json")).unwrap();
        let checkpoint: Value = serde_json::from_str(&checkpoint).unwrap();
        checkpoint["records"][format!("test/{DARK}")]["scores"].clone()
    };
    let before = judged(weir);
    assert!(before["failure"].as_str().unwrap().contains("nowhere"), "{before}");
    weir.kill_controller().unwrap();
    std::fs::write(file, sources).unwrap();
    weir.start_controller().await.unwrap();
    let (outcome, reason) = ended(weir, DARK).await;
    assert_eq!(outcome, ReleaseOutcome::Promoted, "{reason}");
    assert_eq!(judged(weir)["began"], before["began"], "windows begin where they began");
}
