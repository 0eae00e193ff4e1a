//! Requests by the clock, from a thread in the cluster's network, while a case does something else.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;
use weir_load::arrivals::{Schedule, Spacing, Stage};
use weir_load::drive::{RunError, run, run_observed};
use weir_load::plan::{Pace, Plan};
use weir_load::report::{Report, Totals};

use crate::case::Case;
use crate::installed::{Installed, runtime, until};

/// Longer than every case.
const NO_END: Duration = Duration::from_hours(24);
/// Requests a second, for all paths together.
pub(crate) const RATE: u64 = 200;
/// Connections, spread over all proxies by the Service.
const CONNECTIONS: NonZeroUsize = NonZeroUsize::new(32).unwrap();
/// A request that takes longer has failed, on a machine that is busy with other tests.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Running load. Without [`Load::stop`] it ends with the process.
pub(crate) struct Load {
    stop: watch::Sender<bool>,
    totals: Arc<Mutex<Totals>>,
    thread: JoinHandle<Result<Report, RunError>>,
}

impl Load {
    /// [`RATE`] requests a second for `paths` of the case's host through the proxies' Service: evenly spaced, the path of each at random.
    pub(crate) fn start(case: &Case, paths: &[&str]) -> Self {
        #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a small number")]
        let stages = vec![Stage::constant(NO_END, RATE as f64).unwrap()];
        let schedule = Schedule { stages, spacing: Spacing::Even, limit: None };
        let pace = Pace::Open { schedule, max_in_flight: NonZeroUsize::MAX, connections: Some(CONNECTIONS) };
        let plan = plan(case, paths, pace);
        let (stop, stopped) = watch::channel(false);
        let totals = Arc::new(Mutex::new(Totals { scheduled: 0, completed: 0, errors: 0, unsent: 0 }));
        let seen = Arc::clone(&totals);
        let installed: &'static Installed = case.installed;
        let thread = std::thread::Builder::new().name("weir-load".to_owned());
        let thread = thread.spawn(move || {
            let running = || {
                runtime().block_on(run_observed(plan, stopped, |second| {
                    *seen.lock().unwrap_or_else(PoisonError::into_inner) = second.total;
                }))
            };
            installed.cluster.thread(running).unwrap()
        });
        let thread = thread.unwrap();
        Self { stop, totals, thread }
    }

    /// Waits until this many more requests have ended: a stretch of time in which something was served.
    pub(crate) fn goes_on_for(&self, requests: u64) {
        self.reaches(self.completed() + requests);
    }

    /// The same in seconds of the load's own clock.
    pub(crate) fn goes_on_for_seconds(&self, seconds: u64) {
        let begin = self.completed();
        // A deadline is for one wait, and an outage may be as long as that.
        (1..=seconds).for_each(|second| self.reaches(begin + second * RATE));
    }

    /// Up to the last whole second.
    fn completed(&self) -> u64 {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).completed
    }

    fn reaches(&self, requests: u64) {
        until("the load goes on", || {
            assert!(!self.thread.is_finished(), "the load has ended");
            let completed = self.completed();
            if completed >= requests { Ok(()) } else { Err(completed) }
        });
    }

    /// Ends it: not one request failed, and what was due was sent.
    pub(crate) fn stop(self, case: &Case, what: &str) -> Report {
        let report = self.stop_with_failures(case, what);
        let results = &report.results;
        assert_eq!(results.errors, 0, "{what}: {:?} {:?}", results.outcomes, results.statuses);
        report
    }

    /// Ends it, whatever failed: what was due was sent.
    pub(crate) fn stop_with_failures(self, case: &Case, what: &str) -> Report {
        self.stop.send_replace(true);
        let report = self.thread.join().unwrap().unwrap();
        let Report { scheduled, sent, unsent, results, .. } = &report;
        case.say(&format!(
            "{what}: {} of {scheduled} requests answered, {} failed; p50 {} us, p99 {} us, max {} us",
            results.completed - results.errors,
            results.errors,
            results.latency_micros.p50,
            results.latency_micros.p99,
            results.latency_micros.max
        ));
        assert_eq!((unsent.max_in_flight, unsent.expired), (0, 0), "{what}: sent {sent} of {scheduled}");
        report
    }
}

/// `requests` GETs of `path` as fast as they are answered; none fails.
pub(crate) fn burst(case: &Case, path: &str, requests: u64) -> Report {
    let pace = Pace::Closed { lanes: CONNECTIONS, requests: Some(requests), duration: None };
    let plan = plan(case, &[path], pace);
    let report = case.installed.inside(|| run(plan)).unwrap();
    assert_eq!((report.results.completed, report.results.errors), (requests, 0), "{:?}", report.results);
    report
}

/// Requests that failed with an answer of this upstream.
pub(crate) fn failed_by(report: &Report, upstream: &str) -> u64 {
    report.groups.get(upstream).map_or(0, |group| group.errors)
}

/// Requests that this upstream answered.
pub(crate) fn answered_by(report: &Report, upstream: &str) -> u64 {
    report.groups.get(upstream).map_or(0, |group| group.completed)
}

fn plan(case: &Case, paths: &[&str], pace: Pace) -> Plan {
    let url = |path: &&str| format!("http://{}{path}", case.host).parse().unwrap();
    let plan = Plan::new(&format!("http://{}/", case.host), pace).unwrap();
    Plan {
        targets: paths.iter().map(url).collect(),
        connect: Some(case.installed.service.to_string()),
        group_by: Some("x-version".parse().unwrap()),
        timeout: TIMEOUT,
        ..plan
    }
}
