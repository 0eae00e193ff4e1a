//! Real servers of the distribution: an `InfluxDB` and a Graphite with two sides' series in them.

use std::path::Path;
use std::process::Output;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use weir_api::Timestamp;
use weir_tests::daemon::{Daemon, installed};
use weir_tests::program::path_of;

use super::{SAMPLES, STEP, config, printed, samples};

/// The window's first minute: old enough that every server takes it for the past, young enough that every server keeps it.
fn start() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    (i64::try_from(now).unwrap() / STEP - 30) * STEP
}

/// Times and values of one side.
fn points(start: i64, mean: f64) -> Vec<(i64, f64)> {
    let times = (0..SAMPLES).map(|number| start + i64::from(number) * STEP);
    times.zip(samples(mean)).filter_map(|(at, value)| Some((at, value?))).collect()
}

/// `weir judge` on the window, with this source and metric.
async fn judged(start: i64, source: &str, query: &Value, (prefix, more): (&str, &[&str])) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("canary.json"), config(query).to_string()).unwrap();
    std::fs::write(path("sources.yaml"), format!("sources:\n- {{name: here, {source}}}\n")).unwrap();
    let at = |second: i64| Timestamp::from_unix_micros(second * 1_000_000).to_string();
    let mut command = tokio::process::Command::new(path_of("weir").unwrap());
    command.arg("judge").arg("--config").arg(path("canary.json")).arg("--sources").arg(path("sources.yaml"));
    command.args(["--control-scope", &format!("{prefix}api-baseline"), "--step", "60s", "--json"]);
    command.args(["--experiment-scope", &format!("{prefix}api-canary")]);
    command.args(["--start", &at(start), "--end", &at(start + i64::from(SAMPLES - 1) * STEP)]);
    command.args(more).output().await.unwrap()
}

/// It passes, on so many samples of the control.
fn passes(output: &Output, count: u64) {
    assert_eq!(output.status.code(), Some(0), "{}", printed(output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let result = &told["results"][0];
    assert_eq!(result["controlMetadata"]["stats"]["count"].as_u64(), Some(count), "{told}");
    let ratio = result["resultMetadata"]["ratio"].as_f64().unwrap();
    assert!((0.6..0.75).contains(&ratio), "{told}");
}

/// In HTTP/1.0, to which a server answers without chunks.
async fn post(server: &Daemon, path: &str, body: &str) {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let kind = "application/x-www-form-urlencoded";
    let head = format!("POST {path} HTTP/1.0\r\ncontent-type: {kind}\r\ncontent-length: {}", body.len());
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 20"), "{path}: {answer}");
}

fn folder(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[tokio::test]
async fn a_real_influxdb() {
    let Some(program) = installed("influxd", "influxdb").unwrap() else { return };
    let settings = "reporting-disabled = true\nbind-address = \"127.0.0.1:0\"\n[meta]\ndir = \"meta\"\n[data]\ndir = \"data\"\nwal-dir = \"wal\"\n\
                    [monitor]\nstore-enabled = false\n[http]\nbind-address = \"127.0.0.1:0\"\n";
    let address = |text: &str| {
        let line = text.lines().find(|line| line.contains("\"Listening on HTTP\""))?;
        line.split(' ').find_map(|word| word.strip_prefix("addr=")?.parse().ok())
    };
    let folder = folder(&[("influxdb.conf", settings.to_owned())]);
    let server = Daemon::start(program, ["-config", "influxdb.conf"], folder, address).await.unwrap();
    post(&server, "/query", "q=CREATE+DATABASE+metrics").await;
    let start = start();
    let lines = [("api-baseline", 750.0), ("api-canary", 500.0)].map(|(app, mean)| {
        let line = |(at, value)| format!("latency,app={app},zone=zone-1 ms={value} {at}\n");
        points(start, mean).into_iter().map(line).collect::<String>()
    });
    post(&server, "/write?db=metrics&precision=s", &lines.concat()).await;
    let source = format!("type: influxdb, database: metrics, url: '{}'", server.url());
    let query = json!({
        "type": "influxdb", "metricName": "latency", "fields": ["mean(ms)"], "tags": {"zone": "zone-1"}, "groupByFields": ["time(1m)"]
    });
    // The end of a window is not asked for, and one sample is missing.
    passes(&judged(start, &source, &query, ("app:", &[])).await, 8);
    let database = source.replace("metrics", "other");
    let wrong = judged(start, &database, &query, ("app:", &[])).await;
    assert_eq!(wrong.status.code(), Some(1), "{}", printed(&wrong));
    assert!(printed(&wrong).contains("database not found: other"), "{}", printed(&wrong));
    let unread = json!({"type": "influxdb", "metricName": "latency", "fields": ["mean(ms"]});
    let wrong = judged(start, &source, &unread, ("app:", &[])).await;
    assert!(printed(&wrong).contains("error parsing query"), "{}", printed(&wrong));
}

#[tokio::test]
async fn a_real_graphite() {
    let Some(_) = installed("graphite-manage", "graphite-web").unwrap() else { return };
    let start = start();
    let series = json!({
        "shop.api-baseline.latency": points(start, 750.0), "shop.api-canary.latency": points(start, 500.0)
    });
    let script = include_str!("serve_graphite.py").to_owned();
    let folder = folder(&[("serve_graphite.py", script), ("series.json", series.to_string())]);
    let address = |text: &str| text.lines().find_map(|line| line.strip_prefix("listens on ")?.parse().ok());
    // Debian's own, whatever else is installed: that is where its Graphite is.
    let python = Path::new("/usr/bin/python3").to_owned();
    let server = Daemon::start(python, ["serve_graphite.py"], folder, address).await.unwrap();
    let source = format!("type: graphite, url: '{}'", server.url());
    let query = json!({"type": "graphite", "metricName": "shop.$scope.latency"});
    // A Graphite begins after the time that it is given, and one sample is missing.
    passes(&judged(start, &source, &query, ("", &[])).await, 8);
    let scaled = json!({"type": "graphite", "customInlineTemplate": "scale(shop.${scope}.latency, 0.001)"});
    passes(&judged(start, &source, &scaled, ("", &[])).await, 8);
    let none = json!({"type": "graphite", "metricName": "shop.$scope.nothing"});
    let output = judged(start, &source, &none, ("", &[])).await;
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["results"][0]["classification"], "Nodata", "{told}");
}
