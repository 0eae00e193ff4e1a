//! The deck's pipeline, stage by stage, with its canary config as it is: a build of a Jenkins job with its property file, homolog, baseline and canary side by side,
//! an analysis of what a real Prometheus reads from the proxy, clean-up in any case, a check, production. Once the canary passes; once it gets no requests.

use std::process::{Child, Stdio};

use serde_json::{Value, json};
use weir_tests::load::Load;
use weir_tests::prometheus::Prometheus;
use weir_tests::standalone::Standalone;

use super::fixture::{Shop, until};
use super::killed::kill;

mod jenkins;

use jenkins::Jenkins;

const APP: &str = "tools-featureflag-api";
const PIPELINE: &str = include_str!("seed/pipeline.yaml");

/// What the two versions run as: the one before answers late.
fn images() -> String {
    let image = |version: &str, latency: &str| {
        format!(
            "apiVersion: weir.dev/v1alpha1\nkind: LocalImage\nmetadata: {{name: {version}}}\nspec:\n  image: registry.example/{APP}:{version}\n  entrypoint: [weir-load, serve, '--listen=$(POD_IP):3000', '--version-name={version}', '--latency={latency}']\n---\n"
        )
    };
    [image("v1", "30ms"), image("v2", "5ms")].concat()
}

/// What CI says of a build.
fn properties(version: &str, share: u32) -> String {
    format!(
        "application: {APP}
servicePath: /featureflag
imageUrl: registry.example/{APP}:{version}
environment: {{homolog: {{NODE_ENV: homolog}}, production: {{NODE_ENV: production}}}}
canary: {{share: {share}}}
"
    )
}

struct World {
    shop: Shop,
    weir: Standalone,
    ci: Jenkins,
    _prometheus: Prometheus,
}

impl World {
    /// `None` where there is no Prometheus and nobody requires one.
    async fn new() -> Option<Self> {
        let shop = Shop::new("stages: [{name: A, wait: 1s}]");
        shop.write(".weir/pipeline.yaml", PIPELINE);
        let weir = Standalone::start(&[("images.yaml", images())], &[]).await.unwrap();
        let prometheus = Prometheus::start(weir.admin_address().unwrap()).await.unwrap()?;
        let ci = Jenkins::start();
        shop.write("secrets/ci/url", &format!("http://{}", ci.address));
        shop.write("secrets/prometheus/url", &prometheus.url());
        Some(Self { shop, weir, ci, _prometheus: prometheus })
    }

    /// Whoever runs pipelines, until the test ends it.
    fn serve(&self) -> Child {
        let mut command = self.shop.command(&["serve", "--pipelines", ".weir", "--secrets", "secrets"]);
        command.arg("--deploy-to").arg(self.weir.folder().join("manifests"));
        command.arg("--deploy-state").arg(self.weir.folder().join("state"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// A first version, and then a second one whose canary gets this share; what is there is known before.
    async fn built(&self, share: u32) -> Load {
        until("the job was looked at", || (self.ci.looks() > 0).then_some(()));
        self.ci.built(&[properties("v1", 0), properties("v2", share)]);
        let first = self.shop.over(&run(1));
        assert_eq!(first["status"], "Succeeded", "{first:#}");
        let stages = Shop::stages(&first);
        assert!(stages.contains("canary-analysis Skipped") && stages.contains("check Skipped"), "{stages}");
        assert!(stages.contains("deploy-production Succeeded"), "{stages}");
        Load::users(&self.weir, &["featureflag"], 80.0).await.unwrap()
    }

    /// The Deployments with their images, as stages have left them.
    fn deployed(&self) -> Vec<String> {
        let folder = self.weir.folder().join("manifests/deployed");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let read = |path| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap();
        let deployments = files.map(read).filter(|object| object["kind"] == "Deployment");
        let mut all: Vec<String> = deployments
            .map(|object| {
                let of = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap().to_owned();
                let image = of("/spec/template/spec/containers/0/image");
                format!(
                    "{}/{} {}",
                    of("/metadata/namespace"),
                    of("/metadata/name"),
                    image.rsplit(':').next().unwrap()
                )
            })
            .collect();
        all.sort();
        all
    }

    fn report(&self) -> (Value, String) {
        let kept = |name: &str| {
            self.shop.read(&format!(".weir/pipelines/runs/{}/artifacts/canary-analysis/{name}", run(2)))
        };
        (serde_json::from_str(&kept("report.json")).unwrap(), kept("report.html"))
    }
}

fn run(number: u32) -> String {
    format!("{APP}-{number}")
}

/// What both of the deck's reports have: what was compared, where and when, by which thresholds.
fn assert_shape(report: &Value) {
    assert_eq!(report["thresholds"], json!({"marginal": 70.0, "pass": 90.0}));
    assert_eq!(
        report["canaryConfig"]["templates"]["filter_application"],
        "pod=~\"${scope}.*\",namespace=\"${location}\""
    );
    for (number, execution) in (1..).zip(report["canaryExecutionResults"].as_array().unwrap()) {
        let request = &execution["canaryExecutionRequest"];
        for (side, track) in [("controlScope", "baseline"), ("experimentScope", "canary")] {
            let scope = &request["scopes"]["default"][side];
            assert_eq!(
                (&scope["scope"], &scope["location"], &scope["step"]),
                (&json!(format!("{APP}-{track}")), &json!("production"), &json!(1))
            );
            let at = |key: &str| scope[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
            assert_eq!(
                at("end").duration_since(at("start")),
                jiff::SignedDuration::from_secs(4 * number),
                "growing"
            );
        }
        let judged = &execution["result"]["judgeResult"];
        assert_eq!(
            (&judged["judgeName"], &judged["groupScores"][0]["name"]),
            (&json!("NetflixACAJudge-v1.0"), &json!("response_time"))
        );
        let query = execution["measurements"][0]["experiment"]["query"].as_str().unwrap();
        assert_eq!(
            query,
            format!("avg(http_request_duration_ms_sum{{pod=~\"{APP}-canary.*\",namespace=\"production\"}})")
        );
    }
}

/// Counts, averages, extremes of one side.
fn stats(report: &Value, side: &str) -> [f64; 4] {
    let last = report["canaryExecutionResults"].as_array().unwrap().last().unwrap();
    let stats = &last["result"]["judgeResult"]["results"][0][side]["stats"];
    ["count", "mean", "max", "min"].map(|name| stats[name].as_f64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_passes_is_promoted_whoever_is_killed_meanwhile_and_its_report_has_both_sides() {
    let Some(world) = World::new().await else { return };
    let runner = world.serve();
    let load = world.built(25).await;
    until("the analysis goes on", || {
        let log =
            world.shop.read(&format!(".weir/pipelines/runs/{}/stages/canary-analysis.1/step/log", run(2)));
        log.contains("judgement 1 of 2").then_some(())
    });
    kill(runner);
    let runner = world.serve();
    let view = world.shop.over(&run(2));
    kill(runner);
    let analysis = Shop::stage(&view, "canary-analysis");
    assert_eq!((&view["status"], &analysis["attempt"]), (&json!("Succeeded"), &json!(1)), "{view:#}");
    let outputs = &analysis["outputs"];
    assert_eq!(
        (&outputs["score"], &outputs["scores"]),
        (&json!(100.0), &json!([100.0, 100.0])),
        "{analysis:#}"
    );
    assert_eq!(outputs["classification"], "Pass");
    let (report, page) = world.report();
    assert_shape(&report);
    let judged = &report["canaryExecutionResults"][1]["result"]["judgeResult"];
    assert_eq!(
        judged["score"],
        json!({"score": 100.0, "classification": "Pass", "classificationReason": ""})
    );
    assert_eq!(
        (&judged["results"][0]["name"], &judged["results"][0]["classification"]),
        (&json!("request_duration"), &json!("Pass"))
    );
    let ([control, control_mean, control_max, control_min], [canary, canary_mean, canary_max, canary_min]) =
        (stats(&report, "controlMetadata"), stats(&report, "experimentMetadata"));
    assert!((1.0..=9.0).contains(&control) && (1.0..=9.0).contains(&canary), "{report:#}");
    assert!(control_min <= control_mean && control_mean <= control_max, "{report:#}");
    assert!(0.0 < canary_min && canary_min <= canary_mean && canary_mean <= canary_max, "{report:#}");
    assert!(canary_mean < control_mean, "the canary is faster: {report:#}");
    assert_eq!(page.matches("<polyline class=\"line").count(), 2, "{page}");
    assert_eq!(world.deployed(), [format!("homolog/{APP} v2"), format!("production/{APP} v2")]);
    let load = load.stop().await.unwrap();
    assert_eq!(load.results.errors, 0, "users see nothing of it: {load:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_without_requests_fails_with_nodata_and_production_stays() {
    let Some(world) = World::new().await else { return };
    let runner = world.serve();
    let load = world.built(0).await;
    let view = world.shop.over(&run(2));
    kill(runner);
    let stages = Shop::stages(&view);
    for expected in [
        "canary-analysis FailedContinue",
        "take-requests-back Succeeded",
        "delete-canary Succeeded",
        "delete-baseline Succeeded",
        "check Terminal",
        "deploy-production NotRun",
    ] {
        assert!(stages.contains(expected), "{expected}: {stages}");
    }
    assert_eq!(view["status"], "Terminal", "{view:#}");
    let analysis = Shop::stage(&view, "canary-analysis");
    let message = analysis["message"].as_str().unwrap();
    for expected in [
        "Fail, score 0 at judgement 1",
        "request_duration is Nodata: Missing data for request_duration",
        "canary: 0 samples",
        "the canary got no requests",
    ] {
        assert!(message.contains(expected), "{expected}: {message}");
    }
    assert_eq!(
        (&analysis["outputs"]["score"], &analysis["outputs"]["classification"]),
        (&json!(0.0), &json!("Fail"))
    );
    let check = Shop::stage(&view, "check");
    assert!(check["message"].as_str().unwrap().contains("the canary is not promoted"), "{check:#}");
    let (report, _) = world.report();
    assert_shape(&report);
    assert_eq!(
        report["canaryExecutionResults"].as_array().unwrap().len(),
        1,
        "it ends at the first interval"
    );
    let judged = &report["canaryExecutionResults"][0]["result"]["judgeResult"];
    assert_eq!(
        judged["score"],
        json!({"score": 0.0, "classification": "Fail", "classificationReason": "Canary Failed: Missing data for request_duration"})
    );
    assert_eq!(
        (&judged["results"][0]["classification"], &judged["results"][0]["critical"]),
        (&json!("Nodata"), &json!(true))
    );
    assert!(stats(&report, "controlMetadata")[0] >= 1.0, "{report:#}");
    let nothing = json!({"count": 0, "mean": 0.0, "max": 0.0, "min": 0.0, "std": 0.0});
    assert_eq!(judged["results"][0]["experimentMetadata"]["stats"], nothing);
    assert_eq!(world.deployed(), [format!("homolog/{APP} v2"), format!("production/{APP} v1")]);
    let load = load.stop().await.unwrap();
    assert_eq!((load.results.errors, !load.groups.contains_key("v2")), (0, true), "{load:?}");
}
