//! What came, and what was refused.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use weir_collector::Store;

use super::Taken;

/// Counts by protocol, and the refusal that came last.
#[derive(Debug, Default)]
pub(super) struct Counted(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    kept: BTreeMap<String, usize>,
    refused: BTreeMap<(String, &'static str), usize>,
    last: Option<String>,
}

impl Counted {
    pub(super) fn note(&self, protocol: &str, taken: &Taken) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.kept.entry(protocol.to_owned()).or_default() += taken.kept;
        for (_, refusal) in &taken.refused {
            *counts.refused.entry((protocol.to_owned(), refusal.reason())).or_default() += 1;
        }
        if let Some((_, refusal)) = taken.refused.last() {
            counts.last = Some(format!("{protocol}: {refusal}"));
        }
    }

    /// For people who wonder where their samples are.
    pub(super) fn told(&self) -> Value {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        json!({
            "kept": counts.kept,
            "refused": counts.refused.values().sum::<usize>(),
            "lastRefusal": counts.last,
        })
    }

    /// For Prometheus, in its text form.
    pub(super) fn page(&self, store: &Store) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut page = String::new();
        let mut family = |name: &str, kind: &str, help: &str, values: Vec<(String, usize)>| {
            let _infallible = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (labels, value) in values {
                let _infallible = writeln!(page, "{name}{labels} {value}");
            }
        };
        let kept =
            counts.kept.iter().map(|(protocol, count)| (format!("{{protocol=\"{protocol}\"}}"), *count));
        family("weir_collector_samples_total", "counter", "Samples that were kept.", kept.collect());
        let refused = counts.refused.iter().map(|((protocol, reason), count)| {
            (format!("{{protocol=\"{protocol}\",reason=\"{reason}\"}}"), *count)
        });
        family(
            "weir_collector_refused_total",
            "counter",
            "Samples that were not kept, and why.",
            refused.collect(),
        );
        let now = |value: usize| vec![(String::new(), value)];
        family("weir_collector_series", "gauge", "Series that there are.", now(store.series()));
        family(
            "weir_collector_seconds",
            "gauge",
            "Seconds that all series have together.",
            now(store.buckets()),
        );
        page
    }
}
