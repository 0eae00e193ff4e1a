//! `weir kayenta`, called as programs call Kayenta.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use weir_tests::client::Client;
use weir_tests::eventually::eventually;
use weir_tests::serving::Serving;

use crate::stores::{self, recorder::Recorder};

/// A running `weir kayenta`; killed when it is dropped.
struct Kayenta {
    address: SocketAddr,
    _serving: Serving,
}

impl Kayenta {
    async fn start(metrics: [&str; 2], state: &Path) -> Self {
        let state = state.display().to_string();
        let fixed = ["kayenta", "--listen", "127.0.0.1:0", "--state", &state];
        let serving = Serving::start(fixed.iter().chain(&metrics)).await.unwrap();
        Self { address: serving.address("http://").unwrap(), _serving: serving }
    }

    /// Status and body of one call.
    async fn call(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut client = Client::connect(self.address).await.unwrap();
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: kayenta\r\ncontent-type: application/json");
        client.send(&format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}")).await.unwrap();
        let answer = client.answer().await.unwrap().unwrap();
        let value =
            if answer.body.is_empty() { Value::Null } else { serde_json::from_str(&answer.body).unwrap() };
        (answer.status, value)
    }

    async fn get(&self, path: &str) -> Value {
        let (status, value) = self.call("GET", path, "").await;
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    /// Starts something, and gives its id.
    async fn begin(&self, path: &str, body: &Value, id: &str) -> String {
        let (status, value) = self.call("POST", path, &body.to_string()).await;
        assert_eq!(status, 200, "{path}: {value}");
        value[id].as_str().unwrap().to_owned()
    }

    /// What an address shows when it is complete.
    async fn ended(&self, path: &str) -> Value {
        let look = || async {
            let value = self.get(path).await;
            if value["complete"] == true { Ok(value) } else { Err(value.to_string()) }
        };
        eventually("it is complete", look).await
    }

    async fn refused(&self, (method, path): (&str, &str), body: &Value, expected: (u16, &str)) {
        let (status, value) = self.call(method, path, &body.to_string()).await;
        let message = value["message"].as_str().unwrap_or_default();
        assert!(status == expected.0 && message.contains(expected.1), "{method} {path}: {status} {value}");
    }
}

/// What is compared, and when: seconds since 1970.
pub(crate) struct Compared<'a> {
    pub(crate) prometheus: &'a str,
    pub(crate) folder: &'a Path,
    pub(crate) config: Value,
    pub(crate) app: &'a str,
    pub(crate) start: i64,
    pub(crate) end: i64,
}

fn written(seconds: i64) -> String {
    weir_api::Timestamp::from_unix_micros(seconds * 1_000_000).to_string()
}

impl Compared<'_> {
    fn scope(&self, track: &str) -> Value {
        // As Argo Rollouts names the location.
        json!({"scope": format!("{}-{track}", self.app), "region": "production", "step": 1,
               "start": written(self.start), "end": written(self.end)})
    }

    fn execution(&self, [control, experiment]: [&str; 2]) -> Value {
        let pair = json!({"controlScope": self.scope(control), "experimentScope": self.scope(experiment)});
        json!({"scopes": {"default": pair}, "thresholds": {"pass": 90, "marginal": 70}})
    }

    fn analysis(&self, [control, experiment]: [&str; 2], times: &Value) -> Value {
        let mut scope = json!({
            "controlScope": format!("{}-{control}", self.app), "controlLocation": "production",
            "experimentScope": format!("{}-{experiment}", self.app), "experimentLocation": "production", "step": 1,
        });
        let mut request = json!({"thresholds": {"pass": 90, "marginal": 70}});
        for (name, value) in times.as_object().unwrap() {
            let place = if name.ends_with("Mins") { &mut request } else { &mut scope };
            place[name] = value.clone();
        }
        request["scopes"] = json!([scope]);
        json!({"canaryConfig": self.config, "executionRequest": request})
    }
}

#[tokio::test]
async fn of_the_stores_of_a_file_the_account_of_a_request_is_asked() {
    let named = Recorder::start(|_| (400, r#"{"error": "b was asked"}"#.to_owned())).await;
    let other = Recorder::start(|_| (200, String::new())).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sources.yaml");
    let entry = |name: &str, store: &Recorder| {
        format!("- {{name: {name}, type: prometheus, url: '{}'}}\n", store.url())
    };
    std::fs::write(&file, format!("sources:\n{}{}", entry("a", &other), entry("b", &named))).unwrap();
    let kayenta = Kayenta::start(["--sources", file.to_str().unwrap()], &folder.path().join("state")).await;
    let query = json!({"type": "prometheus", "metricName": "m", "customFilterTemplate": "by_name"});
    let compared = Compared {
        prometheus: "",
        folder: folder.path(),
        config: stores::config(&query),
        app: "api",
        start: 60,
        end: 600,
    };
    let body = json!({"canaryConfig": compared.config, "executionRequest": compared.execution(["baseline", "canary"])});
    kayenta
        .refused(
            ("POST", "/canary?metricsAccountName=c"),
            &body,
            (400, "Unable to resolve account c: there is a, b"),
        )
        .await;
    let id = kayenta.begin("/canary?metricsAccountName=b", &body, "canaryExecutionId").await;
    let told = kayenta.ended(&format!("/canary/{id}")).await;
    assert!(told["status"] == "terminal" && told.to_string().contains("b was asked"), "{told}");
    assert!(other.asked().is_empty(), "{:?}", other.asked());
}

/// Everything that is judged on a real Prometheus.
pub(crate) async fn judges(compared: &Compared<'_>) {
    let state = compared.folder.join("kayenta");
    let kayenta = Kayenta::start(["--prometheus", compared.prometheus], &state).await;
    as_argo_rollouts_asks(&kayenta, compared).await;
    several_judgements(&kayenta, compared).await;
    what_prometheus_refuses_is_terminal(&kayenta, compared).await;
    goes_on_after_a_restart(kayenta, &state, compared).await;
}

async fn as_argo_rollouts_asks(kayenta: &Kayenta, compared: &Compared<'_>) {
    kayenta.begin("/canaryConfig", &compared.config, "canaryConfigId").await;
    let app = compared.app;
    let configs =
        kayenta.get(&format!("/canaryConfig?application={app}&configurationAccountName=my-s3")).await;
    assert_eq!((&configs[0]["name"], configs.as_array().unwrap().len()), (&"response".into(), 1));
    let config = configs[0]["id"].as_str().unwrap();
    let path = format!(
        "/canary/{config}?application={app}&metricsAccountName=my-prometheus&storageAccountName=my-s3"
    );
    let id = kayenta.begin(&path, &compared.execution(["baseline", "canary"]), "canaryExecutionId").await;
    let told = kayenta.ended(&format!("/canary/{id}")).await;
    assert_eq!((&told["status"], &told["stageStatus"]["judge"]), (&"succeeded".into(), &"succeeded".into()));
    let judged = &told["result"]["judgeResult"];
    assert_eq!(judged["score"]["score"].as_f64(), Some(100.0), "{told}");
    assert_eq!(judged["results"][0]["experimentMetadata"]["stats"]["count"], 73, "{told}");
    assert_eq!(told["result"]["canaryDuration"], "PT1M12S");
    assert_eq!((&told["application"], &told["config"]["name"]), (&app.into(), &"response".into()));
    let listed = kayenta.get(&format!("/canary/executions?application={app}&statuses=succeeded")).await;
    assert_eq!(listed[0]["pipelineId"], id.as_str());

    // The series that were compared, and the same judged again.
    let list = told["metricSetPairListId"].as_str().unwrap();
    let pairs = kayenta.get(&format!("/metricSetPairList/{list}")).await;
    assert_eq!(pairs[0]["values"]["experiment"].as_array().unwrap().len(), 73);
    assert!(
        pairs[0]["attributes"]["control"]["query"].as_str().unwrap().contains(&format!("{app}-baseline"))
    );
    let pair = pairs[0]["id"].as_str().unwrap();
    assert_eq!(kayenta.get(&format!("/metricSetPairList/{list}/{pair}")).await, pairs[0]);
    let again = format!(
        "/judges/judge?canaryConfigId={config}&metricSetPairListId={list}&passThreshold=90&marginalThreshold=70"
    );
    let (status, again) = kayenta.call("POST", &again, "").await;
    assert_eq!((status, &again), (200, judged));

    // The slower one in the place of the canary.
    let id = kayenta.begin("/canary", &json!({"canaryConfig": compared.config, "executionRequest": compared.execution(["canary", "baseline"])}), "canaryExecutionId").await;
    let told = kayenta.ended(&format!("/canary/{id}")).await;
    assert_eq!((&told["status"], &told["application"]), (&"succeeded".into(), &"ad-hoc".into()));
    assert_eq!(told["result"]["judgeResult"]["score"]["classification"], "Fail", "{told}");
}

async fn several_judgements(kayenta: &Kayenta, compared: &Compared<'_>) {
    let path = "/standalone_canary_analysis";
    // What has been: one window of the whole minutes that there are.
    let past = json!({"startTimeIso": written(compared.start), "endTimeIso": written(compared.end)});
    let body = compared.analysis(["baseline", "canary"], &past);
    let id = kayenta.begin(&format!("{path}?user=ops"), &body, "canaryAnalysisExecutionId").await;
    let told = kayenta.ended(&format!("{path}/{id}")).await;
    let result = &told["canaryAnalysisExecutionResult"];
    assert_eq!(
        (&told["executionStatus"], &result["didPassThresholds"]),
        (&"SUCCEEDED".into(), &true.into()),
        "{told}"
    );
    assert_eq!(
        result["canaryScoreMessage"],
        "Final canary score 100.0 met or exceeded the pass score threshold."
    );
    assert_eq!((&told["user"], &result["canaryScores"]), (&"ops".into(), &json!([100.0])));
    let judged = &result["canaryExecutionResults"][0];
    assert_eq!(judged["result"]["canaryDuration"], "PT1M");
    let execution = kayenta.get(&format!("/canary/{}", judged["executionId"].as_str().unwrap())).await;
    assert_eq!(execution["result"], judged["result"]);
    let stages: Vec<_> = told["stageStatus"].as_array().unwrap().iter().map(|stage| &stage["name"]).collect();
    assert_eq!(stages[1], "Run Canary #1", "nothing is waited for: {stages:?}");

    // The slower one fails, and ends it.
    let body = compared.analysis(["canary", "baseline"], &past);
    let id = kayenta.begin(path, &body, "canaryAnalysisExecutionId").await;
    let told = kayenta.ended(&format!("{path}/{id}")).await;
    let result = &told["canaryAnalysisExecutionResult"];
    assert_eq!(
        (&told["status"], &result["didPassThresholds"]),
        (&"terminal".into(), &false.into()),
        "{told}"
    );
    assert_eq!(
        result["canaryScoreMessage"],
        "Final canary score 0.0 is not above the marginal score threshold."
    );
}

async fn what_prometheus_refuses_is_terminal(kayenta: &Kayenta, compared: &Compared<'_>) {
    let mut config = compared.config.clone();
    config["metrics"][0]["query"]["customInlineTemplate"] = "PromQL:rate(".into();
    let body =
        json!({"canaryConfig": config, "executionRequest": compared.execution(["baseline", "canary"])});
    let id = kayenta.begin("/canary", &body, "canaryExecutionId").await;
    let told = kayenta.ended(&format!("/canary/{id}")).await;
    assert_eq!((&told["status"], &told["result"]), (&"terminal".into(), &Value::Null));
    let error = told["exception"]["details"]["errors"][0].as_str().unwrap();
    assert!(error.contains("refuses") && error.contains("parse error"), "{told}");
}

async fn goes_on_after_a_restart(kayenta: Kayenta, folder: &Path, compared: &Compared<'_>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed();
    // The minute that it is about ends in twenty seconds: time enough to look, and to end it, on a busy machine.
    let live =
        json!({"startTimeIso": written(now - 40), "lifetimeDurationMins": 1, "analysisIntervalMins": 1});
    let body = compared.analysis(["baseline", "canary"], &live);
    let id = kayenta.begin("/standalone_canary_analysis", &body, "canaryAnalysisExecutionId").await;
    let path = format!("/standalone_canary_analysis/{id}");
    let waiting = kayenta.get(&path).await;
    let stage = |told: &Value, number: usize| {
        let of = |what: &str| told["stageStatus"][number][what].as_str().unwrap().to_owned();
        (of("name"), of("status"))
    };
    let named = |name: &str, status: &str| (name.to_owned(), status.to_owned());
    assert_eq!(stage(&waiting, 1), named("Interval Wait #1", "running"), "{waiting}");
    assert_eq!(stage(&waiting, 2), named("Run Canary #1", "not_started"), "{waiting}");
    drop(kayenta);
    let kayenta = Kayenta::start(["--prometheus", compared.prometheus], folder).await;
    let told = kayenta.ended(&path).await;
    assert_eq!(stage(&told, 1), named("Interval Wait #1", "succeeded"), "{told}");
    let result = &told["canaryAnalysisExecutionResult"];
    let began = result["canaryExecutionResults"][0]["judgementStartTimeMillis"].as_i64();
    assert_eq!(began, Some((now - 40) * 1_000), "the window of then: {told}");
}

fn config(name: &str) -> Value {
    let metric = json!({"name": "a", "query": {"type": "prometheus", "metricName": "a"}, "groups": ["g"], "scopeName": "default"});
    json!({"name": name, "applications": ["shop"], "metrics": [metric], "classifier": {}, "ours": {"kept": [1, null]}})
}

#[tokio::test]
async fn configs_are_kept_as_they_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let kayenta = Kayenta::start(["--prometheus", "http://127.0.0.1:9"], folder.path()).await;
    let id = kayenta.begin("/canaryConfig", &config("one"), "canaryConfigId").await;
    let path = format!("/canaryConfig/{id}");
    let kept = kayenta.get(&path).await;
    assert_eq!((&kept["ours"], &kept["id"]), (&json!({"kept": [1, null]}), &id.as_str().into()));
    assert!(kept["updatedTimestamp"].is_i64() && kept["updatedTimestampIso"].is_string(), "{kept}");
    let mut with_id = config("two");
    with_id["id"] = "mine".into();
    kayenta.begin("/canaryConfig", &with_id, "canaryConfigId").await;
    kayenta.refused(("POST", "/canaryConfig"), &with_id, (400, "mine already exists")).await;
    let (status, changed) = kayenta.call("PUT", &path, &config("three").to_string()).await;
    assert_eq!((status, &changed["canaryConfigId"]), (200, &id.as_str().into()));
    assert_eq!(kayenta.get(&path).await["name"], "three");
    assert_eq!(kayenta.get("/canaryConfig?application=other").await, json!([]));
    assert_eq!(kayenta.get("/canaryConfig?application=shop").await.as_array().unwrap().len(), 2);
    // They outlive the program.
    drop(kayenta);
    let kayenta = Kayenta::start(["--prometheus", "http://127.0.0.1:9"], folder.path()).await;
    assert_eq!(kayenta.get(&path).await["name"], "three");
    assert_eq!(kayenta.call("DELETE", &path, "").await, (204, Value::Null));
    kayenta.refused(("GET", &path), &Value::Null, (404, "does not exist")).await;
    kayenta.refused(("PUT", &path), &config("three"), (400, "does not exist")).await;
    assert_eq!(kayenta.get("/judges").await[0]["name"], "NetflixACAJudge-v1.0");
    assert_eq!(kayenta.get("/health").await["status"], "UP");
}

#[tokio::test]
async fn a_config_that_cannot_be_kept_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let kayenta = Kayenta::start(["--prometheus", "http://127.0.0.1:9"], folder.path()).await;
    let with = |name: &str, value: Value| {
        let mut config = config("one");
        config[name] = value;
        config
    };
    let twice = json!([config("one")["metrics"][0], config("one")["metrics"][0]]);
    for (body, message) in [
        (with("name", Value::Null), "Canary config must specify a name."),
        (with("name", "a b".into()), "Canary config cannot be named 'a b'"),
        (with("applications", json!([])), "Canary config must specify at least one application."),
        (with("metrics", twice), "Metric config name must be unique. 'a' is duplicated."),
        (with("metrics", json!({"name": "a"})), "metrics: invalid type: map"),
        (with("id", "../../etc/passwd".into()), "cannot have the id"),
        (json!([]), "a canary config is a JSON object"),
    ] {
        kayenta.refused(("POST", "/canaryConfig"), &body, (400, message)).await;
    }
    kayenta.refused(("DELETE", "/judges"), &Value::Null, (405, "no such call")).await;
    kayenta.refused(("GET", "/elsewhere"), &Value::Null, (404, "weir kayenta --help")).await;
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let kayenta = Kayenta::start(["--prometheus", "http://127.0.0.1:9"], folder.path()).await;
    let at = written(1_700_000_000);
    let side = json!({"scope": "a", "location": "b", "start": at, "end": at, "step": 60});
    let pair = json!({"controlScope": side, "experimentScope": side});
    let thresholds = json!({"pass": 95, "marginal": 75});
    let asked = |config: &Value, request: Value| json!({"canaryConfig": config, "executionRequest": request});
    let full = config("one");
    let mut without = config("one");
    without["metrics"] = json!([]);
    for (body, message) in [
        (
            asked(&without, json!({"scopes": {"default": pair}, "thresholds": thresholds})),
            "must specify at least one metric",
        ),
        (
            asked(&full, json!({"scopes": {"other": pair}, "thresholds": thresholds})),
            "scopes which were not provided in the execution request: [default]",
        ),
        (
            asked(&full, json!({"scopes": {"default": {"controlScope": side}}, "thresholds": thresholds})),
            "is missing experimentScope or controlScope keys",
        ),
        (asked(&full, json!({"scopes": {"default": pair}})), "Execution request must contain thresholds"),
        (
            asked(&full, json!({"scopes": {"default": {"controlScope": {"start": "yesterday"}}}})),
            "scopes.default.controlScope",
        ),
        (json!({"canaryConfig": full}), "executionRequest"),
    ] {
        kayenta.refused(("POST", "/canary"), &body, (400, message)).await;
    }
    let scope = json!({"controlScope": "a", "experimentScope": "b"});
    for (request, message) in [
        (json!({"thresholds": thresholds, "scopes": []}), "must contain at least one scope"),
        (
            json!({"thresholds": thresholds, "scopes": [scope]}),
            "must include either `endTime` or `lifetimeDuration`",
        ),
        (
            json!({"thresholds": thresholds, "scopes": [scope], "lifetimeDurationMins": 0}),
            "there is no window",
        ),
    ] {
        kayenta
            .refused(("POST", "/standalone_canary_analysis"), &asked(&full, request), (400, message))
            .await;
    }
    kayenta.refused(("GET", "/canary/none"), &Value::Null, (404, "none does not exist")).await;
    kayenta.refused(("GET", "/canary/..%2f..%2fx"), &Value::Null, (404, "does not exist")).await;
    kayenta.refused(("GET", "/metricSetPairList/..%2fx"), &Value::Null, (404, "does not exist")).await;
    kayenta.refused(("POST", "/canary/none"), &Value::Null, (404, "none does not exist")).await;
    assert_eq!(kayenta.get("/canary/executions").await, json!([]), "nothing of it has begun");
}
