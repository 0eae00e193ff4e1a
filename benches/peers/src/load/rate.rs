//! weir-load: requests by the clock. Its latency counts from when a request was due.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::bench::Bench;
use crate::load::{Found, Target};
use crate::process::{Cpus, Program};

/// Sends `per_second` for `seconds`.
pub(super) fn run(bench: &Bench, target: Target, per_second: u32, seconds: f64) -> Result<Found> {
    let (_, path) = target.site.example();
    let report = bench.folder.path().join("rate.json");
    let args = [
        "run".to_owned(),
        target.url(path),
        format!("--rate={per_second}"),
        format!("--duration={}ms", (seconds * 1000.0).round()),
        "--connections=64".to_owned(),
        format!("--json={}", report.display()),
    ];
    let output = Program::new(&bench.tools.weir_load, Cpus::Load).args(args).output()?;
    if !output.status.success() {
        bail!("weir-load: {}", String::from_utf8_lossy(&output.stderr));
    }
    let report: Value = serde_json::from_slice(&std::fs::read(&report)?)?;
    parse(&report).context("the report of weir-load")
}

fn parse(report: &Value) -> Option<Found> {
    let count = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64);
    let number = |pointer: &str| report.pointer(pointer).and_then(Value::as_f64);
    let errors = count("/results/errors")?;
    Some(Found {
        succeeded: count("/results/completed")?.saturating_sub(errors),
        failed: errors + count("/unsent/total")?,
        seconds: number("/elapsedSeconds")?,
        p50: number("/results/latencyMicros/p50"),
        p99: number("/results/latencyMicros/p99"),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_could_not_be_sent_has_failed() {
        let report = serde_json::json!({
            "elapsedSeconds": 2.0, "unsent": { "total": 3 },
            "results": { "completed": 10, "errors": 1, "latencyMicros": { "p50": 100, "p99": 200 } },
        });
        let found = super::parse(&report).unwrap();
        assert_eq!((found.succeeded, found.failed), (9, 4));
    }
}
