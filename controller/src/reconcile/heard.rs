//! Proxies that are gone: what each counted last is kept only for as long as it may come back. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use weir_api::Timestamp;
use weir_telemetry::window::Windows;

use crate::sample::Interval;

/// One that has not reported for so long does not come back.
const GONE: Duration = Duration::from_hours(1);

/// When each instance was heard last, by this controller's clock: theirs may be any other.
#[derive(Debug, Default)]
pub(super) struct Heard(BTreeMap<String, Timestamp>);

impl Heard {
    /// Notes who reported, and forgets who is gone.
    pub(super) fn forget_gone(&mut self, windows: &mut Windows, intervals: &[Interval], now: Timestamp) {
        for interval in intervals {
            self.0.insert(interval.instance.clone(), now);
        }
        // Those of a checkpoint may still report.
        let known: Vec<String> = windows.instances().map(str::to_owned).collect();
        for instance in known {
            let last = *self.0.entry(instance.clone()).or_insert(now);
            if now.since(last) >= GONE {
                windows.forget(&instance, last.unix_micros());
                self.0.remove(&instance);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Heard, Interval, Timestamp, Windows};
    use weir_telemetry::wire::{Report, VERSION};

    fn report(instance: &str) -> Report {
        Report {
            version: VERSION,
            instance: instance.to_owned(),
            started_at_unix_micros: 0,
            // The clock of a proxy may be wrong.
            generated_at_unix_micros: 1,
            epochs: [].into(),
            trips: [].into(),
            series: Vec::new(),
        }
    }

    #[test]
    fn a_proxy_that_has_not_reported_for_an_hour_is_forgotten() {
        let (mut windows, mut heard) = (Windows::watching_since(0), Heard::default());
        for (minute, instances, left) in
            [(0, &["a", "b"][..], 2), (30, &["a"], 2), (59, &["a"], 2), (60, &["a"], 1), (200, &["a"], 1)]
        {
            let now = Timestamp::from_unix_micros(minute * 60_000_000);
            let interval = |instance: &&str| {
                let report = report(instance);
                let windows = windows.feed(&report);
                Interval { instance: report.instance, epochs: report.epochs, windows, ..Interval::default() }
            };
            let intervals: Vec<Interval> = instances.iter().map(interval).collect();
            heard.forget_gone(&mut windows, &intervals, now);
            assert_eq!(windows.instances().count(), left, "after {minute} minutes");
        }
    }
}
