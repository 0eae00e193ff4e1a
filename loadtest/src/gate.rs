//! Thresholds on a report: what must not happen, and whether it did.
//!
//! ```text
//! p99>250ms   p50>=20ms   max>2s   mean>30ms     latency from the intended start
//! service.p99>100ms                              from the actual start
//! lag.p99>2ms                                    lateness of the load generator itself
//! errors>0.1%   errors>5   unsent>0   unsent>1%  share of completed (unsent: of scheduled), or count
//! rate<190                                       completed requests per second
//! ```

use std::{fmt, time::Duration};

use crate::{
    report::{Quantiles, Report, ratio},
    units::{Share, show_duration},
};

mod parse;

/// Something that must not hold of a report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Threshold {
    /// As it was written.
    text: String,
    metric: Metric,
    comparison: Comparison,
    limit: Limit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Metric {
    Time(Clock, Statistic),
    Errors,
    Unsent,
    Rate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    Latency,
    Service,
    Lag,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Statistic {
    Mean,
    P50,
    P75,
    P90,
    P95,
    P99,
    P999,
    Max,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Limit {
    Time(Duration),
    Share(Share),
    Number(f64),
}

/// A threshold that did not hold, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    threshold: String,
    found: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed: {} ({})", self.threshold, self.found)
    }
}

impl Threshold {
    /// The failure, if the threshold is crossed. A time of which nothing was measured is crossed: nothing is no proof.
    pub(crate) fn check(&self, report: &Report) -> Option<Failure> {
        let (value, limit, found) = match (self.metric, self.limit) {
            (Metric::Time(clock, statistic), Limit::Time(limit)) => {
                let times = match clock {
                    Clock::Latency => &report.results.latency_micros,
                    Clock::Service => &report.results.service_micros,
                    Clock::Lag => &report.lag_micros,
                };
                if times.count == 0 {
                    return Some(self.failure("nothing was measured".to_owned()));
                }
                let found = statistic.of(times);
                (found.as_secs_f64(), limit.as_secs_f64(), show_duration(found))
            }
            (metric, limit) => {
                let (count, whole) = match metric {
                    Metric::Errors => (report.results.errors, report.results.completed),
                    Metric::Unsent => (report.unsent.total, report.scheduled),
                    Metric::Rate | Metric::Time(..) => return self.check_rate(report),
                };
                let found = format!("{count} of {whole}, {:.3} %", 100.0 * ratio(count, whole));
                match limit {
                    Limit::Share(limit) => (ratio(count, whole), limit.fraction(), found),
                    Limit::Number(limit) => (ratio(count, 1), limit, found),
                    Limit::Time(_) => return None,
                }
            }
        };
        self.comparison.holds(value, limit).then(|| self.failure(found))
    }

    fn check_rate(&self, report: &Report) -> Option<Failure> {
        let Limit::Number(limit) = self.limit else { return None };
        let rate = report.completed_per_second;
        self.comparison.holds(rate, limit).then(|| self.failure(format!("{rate:.1} requests per second")))
    }

    fn failure(&self, found: String) -> Failure {
        Failure { threshold: self.text.clone(), found }
    }
}

impl Comparison {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
        }
    }
}

impl Statistic {
    fn of(self, times: &Quantiles) -> Duration {
        Duration::from_micros(match self {
            Self::Mean => return Duration::from_secs_f64(times.mean.max(0.0) / 1e6),
            Self::P50 => times.p50,
            Self::P75 => times.p75,
            Self::P90 => times.p90,
            Self::P95 => times.p95,
            Self::P99 => times.p99,
            Self::P999 => times.p999,
            Self::Max => times.max,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroUsize, time::SystemTime};

    use super::*;
    use crate::{
        measure::{Finished, GroupName, Tally},
        outcome::Outcome,
        plan::{Pace, Plan},
        report::Ending,
    };

    /// 90 good requests of 1 to 90 ms, 10 errors of 100 ms, 5 unsent, in 10 seconds.
    fn report() -> Report {
        let mut tally = Tally { scheduled: 105, ..Tally::default() };
        tally.unsent.max_in_flight = 5;
        for number in 1..=100 {
            let outcome = if number <= 90 { Outcome::Success } else { Outcome::ServerError };
            let latency = Duration::from_millis(number.min(90) + if number > 90 { 10 } else { 0 });
            let (status, service) = (None, latency / 2);
            tally.finished(Finished {
                outcome,
                status,
                group: GroupName::None,
                latency,
                service,
                body_bytes: 0,
            });
        }
        let pace = Pace::Closed { lanes: NonZeroUsize::MIN, requests: None, duration: None };
        let ending = Ending { elapsed: Duration::from_secs(10), ..Ending::default() };
        Report::new(&Plan::new("http://a.test", pace).unwrap(), &tally, &ending, SystemTime::UNIX_EPOCH)
    }

    fn crossed(threshold: &str) -> bool {
        threshold.parse::<Threshold>().unwrap().check(&report()).is_some()
    }

    #[test]
    fn a_threshold_is_crossed_exactly_when_it_holds() {
        for (holds, fails) in [
            ("p50>49ms", "p50>51ms"),
            ("p99 >= 100ms", "p99>100.2ms"),
            ("service.max>49ms", "service.max>51ms"),
            ("mean<60ms", "mean<40ms"),
            ("errors>9.9%", "errors>10%"),
            ("errors>=10", "errors>10"),
            ("unsent>4.7%", "unsent>4.8%"),
            ("unsent>4", "unsent>5"),
            ("rate<10.1", "rate<10"),
            ("rate<=10", "rate>10"),
        ] {
            assert!(crossed(holds), "{holds}");
            assert!(!crossed(fails), "{fails}");
        }
        assert!(crossed("lag.p99>1h"), "nothing measured is no proof");
    }

    #[test]
    fn a_failure_tells_the_threshold_and_what_was_found() {
        let failure = "errors>5%".parse::<Threshold>().unwrap().check(&report()).unwrap();
        assert_eq!(failure.to_string(), "failed: errors>5% (10 of 100, 10.000 %)");
    }
}
