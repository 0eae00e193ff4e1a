//! `weir judge` on what a real Prometheus reads from the real proxy: the config that Spinnaker stores, unchanged.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Output;

use crate::kayenta::{self, Compared};
use serde_json::{Value, json};
use weir_tests::eventually::eventually;
use weir_tests::load::Load;
use weir_tests::program::path_of;
use weir_tests::prometheus::Prometheus;
use weir_tests::sample::split;
use weir_tests::standalone::Standalone;
use weir_tests::traffic::upstream;

const APP: &str = "tools-featureflag-api";
/// A second service, whose canary gets no traffic.
const IDLE: &str = "tools-idle-api";
/// A sample a second, both ends included: 73 samples.
const WINDOW_SECONDS: i64 = 72;
/// Control and experiment.
const TRACKS: [&str; 2] = ["baseline", "canary"];

fn config() -> Value {
    json!({
        "name": "response", "description": "response", "configVersion": "1", "applications": [APP],
        "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
        "metrics": [{
            "name": "request_duration", "scopeName": "default", "groups": ["response_time"],
            "query": {
                "type": "prometheus", "metricName": "http_request_duration_ms_sum",
                "customFilterTemplate": "filter_application", "labelBindings": [], "groupByFields": []
            },
            "analysisConfigurations": {
                "canary": {"direction": "increase", "critical": true, "nanStrategy": "default"}
            }
        }],
        "templates": {"filter_application": "pod=~\"${scope}.*\",namespace=\"${location}\""},
        "classifier": {"groupWeights": {"response_time": 100}, "scoreThresholds": {"marginal": 50, "pass": 80}}
    })
}

/// A service in production whose requests go to a baseline and, if it has one, to a canary.
fn manifest(name: &str, canary_weight: &str, canary: SocketAddr, others: SocketAddr) -> String {
    split(name, &[others], (canary_weight, &[canary]), Some(("40", &[others])), &[])
        .replace("namespace: test", "namespace: production")
}

fn promql(app: &str, track: &str) -> String {
    format!("http_request_duration_ms_sum{{pod=\"{app}-{track}\",namespace=\"production\"}}")
}

struct Asked<'a> {
    folder: &'a std::path::Path,
    url: String,
}

impl Asked<'_> {
    /// Asks `weir judge` for the comparison of an application's tracks.
    async fn judge(&self, app: &str, [control, experiment]: [&str; 2], more: &[&str]) -> Output {
        let config = self.folder.join("canary.json");
        std::fs::write(&config, self::config().to_string()).unwrap();
        let mut command = tokio::process::Command::new(path_of("weir").unwrap());
        command.arg("judge").arg("--config").arg(config);
        command.args(["--prometheus", &self.url, "--location", "production"]);
        command.arg("--control-scope").arg(format!("{app}-{control}"));
        command.arg("--experiment-scope").arg(format!("{app}-{experiment}"));
        command.args(["--step", "1s", "--pass", "90", "--marginal", "70"]).args(more).output().await.unwrap()
    }
}

fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", printed(output)))
}

/// Waits until all of these metrics have samples for as long as a window, and says when such a window begins.
async fn window(prometheus: &Prometheus, metrics: &[String]) -> i64 {
    let look = || async {
        let mut seen = BTreeMap::new();
        for metric in metrics {
            let of_metric = prometheus.seen(metric).await.map_err(|error| format!("{error:#}"))?;
            seen.insert(metric, of_metric.ok_or_else(|| format!("no {metric}"))?);
        }
        let begins = seen.values().map(|(first, _)| first + 1).max().unwrap_or_default();
        let lasts = seen.values().map(|(_, last)| *last).min().unwrap_or_default();
        if lasts < begins + WINDOW_SECONDS {
            return Err(format!("samples from {begins} to {lasts}"));
        }
        Ok(begins)
    };
    eventually("Prometheus has a window of samples", look).await
}

/// An instant as people write it.
fn written(seconds: i64) -> String {
    weir_api::Timestamp::from_unix_micros(seconds * 1_000_000).to_string()
}

#[tokio::test]
async fn the_config_of_spinnaker_is_judged_on_what_prometheus_reads_from_the_proxy() {
    let (slow, fast) = (upstream("slow", "30ms").await.unwrap(), upstream("fast", "5ms").await.unwrap());
    let (slow, fast) = (slow.address(), fast.address());
    let manifests =
        [("a.yaml", manifest(APP, "40", fast, slow)), ("b.yaml", manifest(IDLE, "0", fast, slow))];
    let weir = Standalone::proxy(&manifests, &[]).await.unwrap();
    let Some(prometheus) = Prometheus::start(weir.admin_address().unwrap()).await.unwrap() else { return };
    let paths = [APP, IDLE].map(|app| format!("/{app}"));
    let load = Load::start(weir.listen().unwrap(), &paths, 20.0).unwrap();
    let measured = [promql(APP, "baseline"), promql(APP, "canary"), promql(IDLE, "baseline")];
    let begins = window(&prometheus, &measured).await;
    load.stop().await.unwrap();
    let (start, end) = (written(begins), written(begins + WINDOW_SECONDS));
    let times = ["--start", start.as_str(), "--end", end.as_str()];
    let asked = Asked { folder: weir.folder(), url: prometheus.url() };
    a_faster_canary_passes(&asked, &times).await;
    its_page_has_both_curves_and_both_distributions(&asked, &times).await;
    what_is_worse_or_has_no_data_fails(&asked, &times).await;
    intervals_are_judged_one_after_another(&asked, &times).await;
    kayenta::judges(&Compared {
        prometheus: &asked.url,
        folder: asked.folder,
        config: config(),
        app: APP,
        start: begins,
        end: begins + WINDOW_SECONDS,
    })
    .await;
    // Nobody fails and nobody passes where the source cannot be asked.
    prometheus.stop().unwrap();
    let cut = asked.judge(APP, TRACKS, &times).await;
    assert_eq!(cut.status.code(), Some(69), "{}", printed(&cut));
    assert!(
        printed(&cut).contains("cannot be asked") && printed(&cut).contains("tried 3 times"),
        "{}",
        printed(&cut)
    );
}

async fn a_faster_canary_passes(asked: &Asked<'_>, times: &[&str]) {
    let good = asked.judge(APP, TRACKS, &[times, &["--json"]].concat()).await;
    assert_eq!(good.status.code(), Some(0), "{}", printed(&good));
    let told = document(&good);
    let result = &told["results"][0];
    assert_eq!((&result["name"], &result["classification"]), (&"request_duration".into(), &"Pass".into()));
    let count = |side: &str| result[side]["stats"]["count"].as_u64();
    assert_eq!((count("controlMetadata"), count("experimentMetadata")), (Some(73), Some(73)), "{told}");
    let ratio = result["resultMetadata"]["ratio"].as_f64().unwrap();
    assert!(ratio < 0.9, "the canary is faster: {told}");
    assert_eq!(told["score"], json!({"score": 100.0, "classification": "Pass", "classificationReason": ""}));
}

async fn its_page_has_both_curves_and_both_distributions(asked: &Asked<'_>, times: &[&str]) {
    let page = asked.folder.join("report.html");
    let shown = asked.judge(APP, TRACKS, &[times, &["--page", page.to_str().unwrap()]].concat()).await;
    assert!(shown.status.success() && printed(&shown).starts_with("PASS score 100"), "{}", printed(&shown));
    let page = std::fs::read_to_string(page).unwrap();
    let drawn = |what: &str| page.matches(what).count();
    assert_eq!((drawn("<svg"), drawn("<polyline class=\"line"), drawn("<td>73</td>")), (2, 2, 2), "{page}");
    assert!(drawn("<rect class=\"control") > 1 && drawn("<rect class=\"canary") > 1, "{page}");
    let asks = "avg(http_request_duration_ms_sum{pod=~&quot;tools-featureflag-api-canary.*&quot;,namespace=&quot;production&quot;})";
    assert!(page.contains(asks) && drawn("src=") + drawn("href=") + drawn("<script") == 0, "{page}");
}

async fn what_is_worse_or_has_no_data_fails(asked: &Asked<'_>, times: &[&str]) {
    // The slower one in the place of the canary fails.
    let slower = asked.judge(APP, ["canary", "baseline"], times).await;
    assert_eq!(slower.status.code(), Some(1), "{}", printed(&slower));
    let reason = "Canary Failed: The metric request_duration was classified as High (Critical)";
    assert!(printed(&slower).contains(reason), "{}", printed(&slower));

    // A canary that gets no traffic.
    let idle = asked.judge(IDLE, TRACKS, &[times, &["--json"]].concat()).await;
    assert_eq!(idle.status.code(), Some(1), "{}", printed(&idle));
    let told = document(&idle);
    let result = &told["results"][0];
    assert_eq!((&result["classification"], &result["critical"]), (&"Nodata".into(), &true.into()));
    assert_eq!(result["controlMetadata"]["stats"]["count"], 73);
    assert_eq!(
        result["experimentMetadata"]["stats"],
        json!({"min": 0.0, "max": 0.0, "mean": 0.0, "std": 0.0, "count": 0})
    );
    assert_eq!(told["score"]["classificationReason"], "Canary Failed: Missing data for request_duration");
}

async fn intervals_are_judged_one_after_another(asked: &Asked<'_>, times: &[&str]) {
    // At intervals over what has been: all three windows pass, and the last score decides.
    let intervals = asked.judge(APP, TRACKS, &[times, &["--interval", "24s", "--json"]].concat()).await;
    assert_eq!(intervals.status.code(), Some(0), "{}", printed(&intervals));
    let told = document(&intervals);
    assert_eq!(
        (&told["didPassThresholds"], &told["canaryScores"]),
        (&true.into(), &json!([100.0, 100.0, 100.0]))
    );
    assert_eq!(
        told["canaryScoreMessage"],
        "Final canary score 100.0 met or exceeded the pass score threshold."
    );
    assert_eq!(
        told["executions"][1]["measurements"][0]["experiment"]["values"].as_array().unwrap().len(),
        49
    );

    // Data to come: the score of a canary without traffic ends it at the first interval.
    let live = asked.judge(IDLE, TRACKS, &["--lifetime", "6s", "--interval", "2s", "--delay", "1s"]).await;
    assert_eq!(live.status.code(), Some(1), "{}", printed(&live));
    assert!(printed(&live).contains("judgement 1 of 3: Fail, score 0"), "{}", printed(&live));
    assert!(!printed(&live).contains("judgement 2 of 3"), "{}", printed(&live));
}
