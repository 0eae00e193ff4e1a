//! Load on an address, by weir-load: a command as any other, so it goes on where this program ends.

use std::fs;

use serde_json::{Value, json};
use weir_pipeline::event::Fault;
use weir_stages::work::Load;

use super::step::Command;
use super::{Ended, Job, Outputs};
use crate::attempt::Attempt;
use crate::executor::Container;

/// Of its report, what later stages read: by the report's form 1.
const TIMES: [&str; 3] = ["p50", "p95", "p99"];

impl Job {
    pub(super) async fn load(&self, attempt: &Attempt, load: &Load) -> Result<Ended, Fault> {
        let program = self.shared.options.executor.program("weir-load").map_err(Fault::work)?;
        let report = attempt.path().join("report.json");
        let mut line = vec![program];
        line.extend(arguments(load));
        line.extend(["--json".to_owned(), report.to_string_lossy().into_owned()]);
        let command = Command {
            kind: "load",
            line,
            environment: self.environment(attempt),
            secrets: Vec::new(),
            directory: self.shared.store.workspace(&self.key.run),
            services: &[],
            container: Container::default(),
        };
        let Ended::Well(_) = self.command(attempt, command).await? else { return Ok(Ended::Stopped) };
        let report = fs::read(&report).map_err(Fault::infrastructure)?;
        let report: Value = serde_json::from_slice(&report).map_err(Fault::infrastructure)?;
        Ok(Ended::Well(outputs(&report)))
    }
}

fn arguments(load: &Load) -> Vec<String> {
    let Load { url, rate, duration, latency, errors } = load;
    let millis = |span: weir_pipeline::span::Span| format!("{}ms", span.duration().as_millis());
    let mut arguments = vec!["run".to_owned(), url.clone()];
    arguments.extend(["--rate".to_owned(), rate.to_string(), "--duration".to_owned(), millis(*duration)]);
    arguments.extend(["--progress".to_owned(), "text".to_owned()]);
    let times = [("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99)];
    let slow = times.into_iter().filter_map(|(name, limit)| Some(format!("{name}>{}", millis(limit?))));
    // What could not be sent is no proof of anything.
    let wrong = errors.iter().flat_map(|most| ["errors", "unsent"].map(|what| format!("{what}>{most}")));
    for threshold in slow.chain(wrong) {
        arguments.extend(["--fail-if".to_owned(), threshold]);
    }
    arguments
}

/// Rates in requests a second, times in milliseconds from when a request was due.
fn outputs(report: &Value) -> Outputs {
    let number = |pointer: &str| report.pointer(pointer).cloned().unwrap_or_default();
    let times = TIMES.map(|name| {
        let micros = report.pointer(&format!("/results/latencyMicros/{name}")).and_then(Value::as_f64);
        (name.to_owned(), json!(micros.map(|micros| micros / 1_000.0)))
    });
    let counts = [
        ("rate", "/completedPerSecond"),
        ("requests", "/results/completed"),
        ("errors", "/results/errors"),
        ("unsent", "/unsent/total"),
    ];
    let counts = counts.map(|(name, pointer)| (name.to_owned(), number(pointer)));
    counts.into_iter().chain(times).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{arguments, outputs};

    #[test]
    fn thresholds_are_what_fails_it() {
        let load = json!({
            "url": "http://shop.test/", "rate": 50, "duration": "1m30s", "latency": {"p95": "120ms", "p99": "1s"}, "errors": "0.1%",
        });
        let line = arguments(&serde_json::from_value(load).unwrap()).join(" ");
        assert_eq!(
            line,
            "run http://shop.test/ --rate 50 --duration 90000ms --progress text --fail-if p95>120ms --fail-if p99>1000ms --fail-if errors>0.1% --fail-if unsent>0.1%"
        );
    }

    #[test]
    fn of_its_report_times_are_handed_on_in_milliseconds() {
        let report = json!({
            "completedPerSecond": 49.9, "unsent": {"total": 1}, "results": {
                "completed": 499, "errors": 2, "latencyMicros": {"p50": 1500, "p95": 20_000, "p99": 30_250},
            },
        });
        let expected = json!({"rate": 49.9, "requests": 499, "errors": 2, "unsent": 1, "p50": 1.5, "p95": 20.0, "p99": 30.25});
        assert_eq!(json!(outputs(&report)), expected);
    }
}
