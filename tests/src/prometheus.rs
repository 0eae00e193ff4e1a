//! A real Prometheus.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;
use weir_cluster::prerequisites;

use crate::client::once;
use crate::eventually::eventually;

/// It must answer within this time, on a machine that is busy with other tests.
const START_DEADLINE: Duration = Duration::from_secs(30);

/// A running Prometheus. It is killed, and its data go, when this is dropped.
#[derive(Debug)]
pub struct Prometheus {
    address: SocketAddr,
    child: Child,
    folder: TempDir,
}

impl Prometheus {
    /// One that asks `target` every second; `None`, said loudly, where there is no Prometheus and nobody requires one.
    pub async fn start(target: SocketAddr) -> Result<Option<Self>> {
        let program = match prerequisites::program("prometheus", "prometheus") {
            Ok(program) => program,
            Err(error) if !prerequisites::required() => {
                let _ = writeln!(std::io::stderr(), "SKIPPED: {error}");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name);
        let config = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n- {{job_name: weir, honor_labels: true, static_configs: [{{targets: [\"{target}\"]}}]}}\n"
        );
        std::fs::write(path("prometheus.yml"), config)?;
        let child = Command::new(program)
            .arg(format!("--config.file={}", path("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", path("data").display()))
            .arg("--web.listen-address=127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(path("log"))?)
            .spawn()
            .context("cannot start Prometheus")?;
        let log = path("log");
        let mut this = Self { address: SocketAddr::from(([127, 0, 0, 1], 0)), child, folder };
        let look = || {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let line = text.lines().find_map(|line| line.split_once("msg=\"Listening on\" address="));
            let address = line.and_then(|(_, address)| address.trim().parse().ok());
            std::future::ready(address.ok_or(text))
        };
        this.address = eventually("Prometheus listens", START_DEADLINE, look).await;
        Ok(Some(this))
    }

    /// Where it is asked.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// When it saw the first sample of `promql`, and when the last one: whole seconds since 1970; `None` where there is none.
    pub async fn seen(&self, promql: &str) -> Result<Option<(i64, i64)>> {
        let first = self.value(&format!("min_over_time(timestamp({promql})[1h:1s])")).await?;
        let last = self.value(&format!("timestamp({promql})")).await?;
        let whole = |seconds: f64| format!("{:.0}", seconds.floor()).parse::<i64>().ok();
        Ok(first.and_then(whole).zip(last.and_then(whole)))
    }

    /// The value now of what has one series at most.
    async fn value(&self, promql: &str) -> Result<Option<f64>> {
        let query: String = form_urlencoded::byte_serialize(promql.as_bytes()).collect();
        let answer = once(self.address, &format!("/api/v1/query?query={query}"), &[]).await?;
        let answer: Value = serde_json::from_str(&answer.body)?;
        let value = answer.pointer("/data/result/0/value/1").and_then(Value::as_str);
        Ok(value.map(str::parse).transpose()?)
    }

    /// Stops it; where it was, nothing answers any more.
    pub fn stop(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let _ = writeln!(std::io::stderr(), "Prometheus said:\n{log}");
        }
    }
}
