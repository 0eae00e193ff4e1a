//! `weir judge` on metric stores that a file names: what each is asked to the byte, and how the answers that its makers document are read.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use weir_tests::program::path_of;

use self::recorder::Recorder;

mod cloudwatch;
mod datadog;
mod faults;
mod generic;
mod graphite;
mod influxdb;
mod newrelic;
mod prometheus;
pub(crate) mod recorder;
mod served;

const AWS: &str = "[default]\n\n[canary]\naws_access_key_id = AKID\naws_secret_access_key = k3y-s3cret\naws_session_token = t0ken\n";

/// 2026-11-26T09:00:00Z.
const START: i64 = 1_795_683_600;
/// Seconds between two samples.
const STEP: i64 = 60;
/// Samples of a window whose ends are both included.
const SAMPLES: u8 = 10;

/// The times of a window's samples, seconds since 1970.
fn times() -> impl Iterator<Item = i64> {
    (0..SAMPLES).map(|number| START + i64::from(number) * STEP)
}

/// What one side measured, with no sample at the fourth time.
fn samples(mean: f64) -> impl Iterator<Item = Option<f64>> {
    (0..SAMPLES)
        .map(move |number| (number != 3).then(|| mean * (0.9 + f64::from(number * 7 % SAMPLES) / 50.0)))
}

/// Times and samples of the side that a request is about.
fn measured(request: &str) -> Vec<(i64, Option<f64>)> {
    let mean = if request.contains("api-canary") { 500.0 } else { 750.0 };
    times().zip(samples(mean)).collect()
}

/// A config of one metric that must not rise.
pub(crate) fn config(query: &Value) -> Value {
    json!({
        "name": "response", "applications": ["api"], "judge": {"name": "NetflixACAJudge-v1.0"},
        "metrics": [{
            "name": "latency", "groups": ["latency"], "scopeName": "default", "query": query,
            "analysisConfigurations": {"canary": {"direction": "increase", "critical": true}}
        }],
        "templates": {"by_name": "app=\"${scope}\",zone=\"${location}\""},
        "classifier": {"groupWeights": {"latency": 100}}
    })
}

/// What is asked of a store.
struct Case<'a> {
    /// Type and fields of its entry, without name and url.
    entry: &'a str,
    /// The metric's query.
    query: Value,
    /// What the names of both scopes begin with.
    prefix: &'a str,
    /// Between two samples.
    step: &'a str,
    /// Added to the environment.
    environment: &'a [(&'a str, &'a str)],
}

impl<'a> Case<'a> {
    fn new(entry: &'a str, query: Value) -> Self {
        Self { entry, query, prefix: "", step: "60s", environment: &[] }
    }

    /// Asks `weir judge` about the last ten minutes' `api-baseline` and `api-canary` in `zone-1`.
    async fn judge(&self, store: &Recorder, more: &[&str]) -> Output {
        let folder = tempfile::tempdir().unwrap();
        let sources = format!("sources:\n- {{name: here, url: '{}', {}}}\n", store.url(), self.entry);
        self.judge_by(folder.path(), &sources, more).await
    }

    async fn judge_by(&self, folder: &Path, sources: &str, more: &[&str]) -> Output {
        for (name, text) in [
            ("sources.yaml", sources),
            ("canary.json", &config(&self.query).to_string()),
            ("key", "k3y-s3cret\n"),
            ("application-key", "4pp-s3cret\n"),
            ("basic", "ana:s3cret\n"),
            ("aws-credentials", AWS),
        ] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let mut command = tokio::process::Command::new(path_of("weir").unwrap());
        command.arg("judge").arg("--config").arg(folder.join("canary.json"));
        command.arg("--sources").arg(folder.join("sources.yaml"));
        command.arg("--control-scope").arg(format!("{}api-baseline", self.prefix));
        command.arg("--experiment-scope").arg(format!("{}api-canary", self.prefix));
        command.args(["--location", "zone-1", "--step", self.step]);
        command.args(["--start", "2026-11-26T09:00:00Z", "--end", "2026-11-26T09:09:00Z"]);
        command.envs(self.environment.iter().copied());
        command.args(more).output().await.unwrap()
    }

    /// The canary is faster: it passes on nine samples a side, the tenth being missing. What the store was asked comes back.
    async fn passes(&self, answers: impl Fn(&str) -> String + Send + Sync + 'static) -> Vec<String> {
        self.passes_with(&[], answers).await
    }

    /// The same with more arguments.
    async fn passes_with(
        &self,
        more: &[&str],
        answers: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Vec<String> {
        let store = Recorder::start(move |request| (200, answers(request))).await;
        let output = self.judge(&store, &[&["--json"], more].concat()).await;
        assert_eq!(output.status.code(), Some(0), "{}\n{:?}", printed(&output), store.asked());
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let result = &told["results"][0];
        let count = |side: &str| result[side]["stats"]["count"].as_u64();
        assert_eq!((count("controlMetadata"), count("experimentMetadata")), (Some(9), Some(9)), "{told}");
        let ratio = result["resultMetadata"]["ratio"].as_f64().unwrap();
        assert!((ratio - 2.0 / 3.0).abs() < 1e-9, "{told}");
        store.asked()
    }
}

fn printed(output: &Output) -> String {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains("s3cret"), "a secret is told: {text}");
    text
}
