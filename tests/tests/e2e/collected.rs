//! What programs push to `weir collect`: by every protocol, asked and judged; a release that it has a say in; garbage.

use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use weir_api::status::ReleaseOutcome;
use weir_tests::client::Client;
use weir_tests::eventually::eventually;
use weir_tests::load::Load;
use weir_tests::sample;
use weir_tests::serving::Serving;
use weir_tests::standalone::Standalone;

use crate::scored::{ANALYSIS, STEPS, ended};

const TOKEN: &str = "only-for-shops";
/// Whose customers buy half as much from the canary.
const POOR: &str = "poor";
const SOUND: &str = "sound";

/// A running `weir collect`; killed when it is dropped.
struct Collector {
    http: SocketAddr,
    statsd: UdpSocket,
    folder: tempfile::TempDir,
    _serving: Serving,
}

impl Collector {
    async fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
        let fixed = ["collect", "--listen", "127.0.0.1:0", "--statsd", "127.0.0.1:0", "--token-file"];
        let token = token.display().to_string();
        let serving = Serving::start(fixed.iter().chain([&token.as_str()]).chain(more)).await.unwrap();
        let statsd = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        statsd.connect(serving.address("StatsD on ").unwrap()).await.unwrap();
        Self { http: serving.address("http://").unwrap(), statsd, folder, _serving: serving }
    }

    async fn raw(&self, head: &str, body: &[u8]) -> (u16, String) {
        let mut client = Client::connect(self.http).await.unwrap();
        client.send(&format!("{head}\r\nhost: c\r\ncontent-length: {}\r\n\r\n", body.len())).await.unwrap();
        client.send(body).await.unwrap();
        let answer = client.answer().await.unwrap().unwrap();
        (answer.status, answer.body)
    }

    /// Status and body of what is pushed with the token.
    async fn push(&self, path: &str, headers: &str, body: &[u8]) -> (u16, Value) {
        let head = format!("POST {path} HTTP/1.1\r\nauthorization: Bearer {TOKEN}{headers}");
        let (status, body) = self.raw(&head, body).await;
        (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}")))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let head = format!("GET {path} HTTP/1.1\r\nauthorization: Bearer {TOKEN}");
        let (status, body) = self.raw(&head, b"").await;
        (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}")))
    }

    /// All that came for a metric, in one value for each track.
    async fn tracks(&self, metric: &str, aggregate: &str) -> Value {
        let end = millis() + 10_000;
        let path = format!(
            "/v1/series?metric={metric}&by=track&aggregate={aggregate}&startMillis={end}&endMillis={end}&stepSeconds=600"
        );
        let (status, answer) = self.get(&path).await;
        assert_eq!(status, 200, "{answer}");
        let track =
            |one: &Value| (one["labels"]["track"].as_str().unwrap().to_owned(), one["values"][0].clone());
        answer["series"].as_array().unwrap().iter().map(track).collect::<serde_json::Map<_, _>>().into()
    }

    /// A file that names it as a source.
    fn sources(&self) -> String {
        let url = format!("http://{}", self.http);
        let sources =
            json!({"sources": [{"name": "business", "type": "collector", "url": url, "tokenFile": "token"}]});
        let file = self.folder.path().join("sources.yaml");
        std::fs::write(&file, sources.to_string()).unwrap();
        file.display().to_string()
    }
}

fn millis() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(body).unwrap();
    packed.finish().unwrap()
}

/// A counter as OpenTelemetry's programs push it.
fn otlp(track: &str, value: u32) -> String {
    let point = json!({
        "asInt": value.to_string(), "timeUnixNano": (millis() * 1_000_000).to_string(),
        "attributes": [{"key": "track", "value": {"stringValue": track}}],
    });
    let sum = json!({"dataPoints": [point], "aggregationTemporality": 1, "isMonotonic": true});
    json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "orders", "sum": sum}]}]}]})
        .to_string()
}

const JSON: &str = "\r\ncontent-type: application/json";

#[tokio::test]
async fn what_every_protocol_brings_is_one_series_for_each_track() {
    let collector = Collector::start(&[]).await;
    for (track, value) in [("canary", 3), ("stable", 5)] {
        let body = otlp(track, value);
        let packed = gzip(body.as_bytes());
        let head = format!("{JSON}\r\ncontent-encoding: gzip");
        assert_eq!(collector.push("/v1/metrics", &head, &packed).await, (200, json!({})));
    }
    let samples =
        br#"[{"metric": "orders", "increment": 10, "labels": {"track": "canary"}}, {"metric": "orders"}]"#;
    let (status, answer) = collector.push("/v1/samples", JSON, samples).await;
    assert_eq!((status, &answer["kept"], &answer["refused"]), (200, &json!(1), &json!(1)));
    assert_eq!(answer["errors"][0]["error"], "[1]: give one of increment, total, gauge and measured");
    collector
        .statsd
        .send(b"orders:100|c|#track:stable\nnonsense\norders:1:1|c|@0.5|#track:canary")
        .await
        .unwrap();

    let expected = json!({"canary": 17.0, "stable": 105.0});
    eventually("StatsD's are there, too", || async {
        let found = collector.tracks("orders", "sum").await;
        if found == expected { Ok(()) } else { Err(found) }
    })
    .await;
    assert_eq!(collector.tracks("orders", "count").await, json!({"canary": 4.0, "stable": 2.0}));
    let (_, there) = collector.get("/v1/metrics").await;
    assert_eq!(there["metrics"], json!({"orders": [{"track": "canary"}, {"track": "stable"}]}));
    assert_eq!(there["counted"]["kept"], json!({"json": 1, "otlp": 2, "statsd": 3}));
    let told = there["counted"]["lastRefusal"].as_str().unwrap();
    assert!(told.contains("nonsense") && there["counted"]["refused"] == 2, "{there}");
    let head = format!("GET /metrics HTTP/1.1\r\nauthorization: Bearer {TOKEN}");
    let (_, page) = collector.raw(&head, b"").await;
    assert!(page.contains("weir_collector_samples_total{protocol=\"statsd\"} 3"), "{page}");
    assert!(
        page.contains("weir_collector_refused_total{protocol=\"json\",reason=\"malformed\"} 1"),
        "{page}"
    );
}

#[tokio::test]
async fn what_cannot_be_taken_is_answered_with_what_can_and_spoils_nothing() {
    let collector = Collector::start(&["--series", "2"]).await;
    let (status, body) =
        collector.raw("POST /v1/samples HTTP/1.1\r\nauthorization: Bearer wrong", b"[]").await;
    assert!(status == 401 && body.contains("token"), "{body}");
    let (status, body) = collector.raw("GET /readyz HTTP/1.1", b"").await;
    assert_eq!((status, body.as_str()), (200, "ok\n"), "a kubelet has no token");
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 100_000);
    let packed = format!("{JSON}\r\ncontent-encoding: gzip");
    for (path, headers, body, expected, part) in [
        ("/v1/metrics", packed.as_str(), bomb.as_slice(), 413, "more than"),
        ("/v1/metrics", packed.as_str(), b"{}".as_slice(), 400, "no gzip"),
        ("/v1/metrics", "\r\ncontent-type: text/plain", b"{}", 415, "send application/x-protobuf"),
        ("/v1/metrics", "\r\ncontent-type: application/x-protobuf", b"\xff\xff", 400, "no OTLP metrics"),
        ("/v1/metrics", JSON, b"{\"resourceMetrics\": 3}", 400, "resourceMetrics"),
        ("/v1/samples", JSON, b"{\"metric\": \"a\", \"gauge\": \"1\"}", 400, "[0].gauge"),
        ("/v1/samples", JSON, b"{", 400, "no JSON"),
        ("/v1/series", JSON, b"", 405, "ask with GET"),
        ("/v2", JSON, b"", 404, "push to /v1/metrics"),
    ] {
        let (status, answer) = collector.push(path, headers, body).await;
        assert!(status == expected && answer.to_string().contains(part), "{path}: {status} {answer}");
    }
    for (name, kept) in [("a", 1), ("b", 1), ("c", 0), ("a", 1)] {
        let sample = json!({"metric": name, "gauge": 1}).to_string();
        let (_, answer) = collector.push("/v1/samples", JSON, sample.as_bytes()).await;
        assert_eq!(answer["kept"], kept, "{name}: {answer}");
        assert_eq!(kept == 0, answer.to_string().contains("there are 2 series already"), "{answer}");
    }
    let (status, answer) = collector.get("/v1/series?metric=a&aggregate=p99").await;
    assert!(status == 400 && answer.to_string().contains("sum, rate, count"), "{answer}");
}

fn services() -> String {
    let each = [POOR, SOUND].map(|name| {
        let image = |version: &str| {
            let said = format!("--version-name={version}");
            sample::local_image(&format!("{name}:{version}"), &[&said, "--latency=5ms"])
        };
        sample::deployment(name, 1, &format!("{name}:v1")) + &image("v1") + &image("v2")
    });
    each.concat()
}

/// The mean of what a customer bought, by track.
fn config() -> String {
    let query = json!({
        "type": "collector", "metricName": "basket", "aggregate": "mean",
        "labels": {"track": "${track}", "service": "${service}"},
    });
    let spec = json!({
        "name": "business", "applications": ["shop"],
        "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
        "metrics": [{
            "name": "basket", "groups": ["sales"], "query": query,
            "analysisConfigurations": {"canary": {"direction": "decrease", "critical": true}}
        }],
        "classifier": {"groupWeights": {"sales": 100}, "scoreThresholds": {"marginal": 50, "pass": 80}}
    });
    let meta = json!({"name": "business", "namespace": "test"});
    json!({"apiVersion": "weir.dev/v1alpha1", "kind": "CanaryConfig", "metadata": meta, "spec": spec})
        .to_string()
}

/// Customers of every track buy, until this is dropped.
async fn buy(statsd: &UdpSocket) {
    for number in 0_u32.. {
        for service in [POOR, SOUND] {
            for track in ["stable", "baseline", "canary"] {
                let half = service == POOR && track == "canary";
                let basket = (100 + number * 7 % 13) / if half { 2 } else { 1 };
                let line = format!("basket:{basket}|d|#track:{track},service:{service}");
                statsd.send(line.as_bytes()).await.unwrap();
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_release_whose_customers_buy_less_is_given_up_though_no_request_fails() {
    let collector = Collector::start(&[]).await;
    let mut weir =
        Standalone::proxy(&[("services.yaml", services()), ("config.yaml", config())], &[]).await.unwrap();
    weir.with_controller(&["--sources", &collector.sources()]).await.unwrap();
    let load = Load::users(&weir, &[POOR, SOUND], 20.0).await.unwrap();
    let canary = |name: &str| {
        let metrics = "metrics: {canaryConfig: business, interval: 10s, delay: 2s, step: 1s}";
        sample::canary_with(
            name,
            &STEPS,
            Some(&format!("{name}:v2")),
            &[],
            &[&ANALYSIS[..], &[metrics]].concat(),
        )
    };
    weir.apply("canaries.yaml", &[POOR, SOUND].map(canary).concat()).unwrap();
    let (poor, sound) = tokio::select! {
        () = buy(&collector.statsd) => unreachable!("they never end"),
        ended = async { tokio::join!(ended(&weir, POOR), ended(&weir, SOUND)) } => ended,
    };
    assert_eq!(poor, (ReleaseOutcome::Aborted, "metrics: score 0 of 100 fails: basket Low".to_owned()));
    assert_eq!(sound.0, ReleaseOutcome::Promoted, "{}", sound.1);
    let load = load.stop().await.unwrap();
    assert_eq!(load.results.errors, 0, "{:?}", load.results.outcomes);
}
