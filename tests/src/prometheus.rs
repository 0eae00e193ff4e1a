//! A real Prometheus.

use std::net::SocketAddr;

use anyhow::Result;
use serde_json::Value;

use crate::client::once;
use crate::daemon::{Daemon, installed};

/// A running Prometheus.
#[derive(Debug)]
pub struct Prometheus(Daemon);

impl Prometheus {
    /// One that asks `target` every second; `None` where there is no Prometheus and nobody requires one.
    pub async fn start(target: SocketAddr) -> Result<Option<Self>> {
        let Some(program) = installed("prometheus", "prometheus")? else { return Ok(None) };
        let folder = tempfile::tempdir()?;
        let config = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n- {{job_name: weir, honor_labels: true, static_configs: [{{targets: [\"{target}\"]}}]}}\n"
        );
        std::fs::write(folder.path().join("prometheus.yml"), config)?;
        let arguments =
            ["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:0"];
        let address = |text: &str| {
            let line = text.lines().find_map(|line| line.split_once("msg=\"Listening on\" address="));
            line.and_then(|(_, address)| address.trim().parse().ok())
        };
        Ok(Some(Self(Daemon::start(program, arguments, folder, address).await?)))
    }

    /// Where it is asked.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
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
        let answer = once(self.0.address(), &format!("/api/v1/query?query={query}"), &[]).await?;
        let answer: Value = serde_json::from_str(&answer.body)?;
        let value = answer.pointer("/data/result/0/value/1").and_then(Value::as_str);
        Ok(value.map(str::parse).transpose()?)
    }

    /// Stops it; where it was, nothing answers any more.
    pub fn stop(self) -> Result<()> {
        self.0.stop()
    }
}
