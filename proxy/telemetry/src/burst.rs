//! Whether a canary fails in a burst that its control does not share, request by request.
//!
//! A cumulative sum (Page's CUSUM): each request of the canary adds the logarithm of how much likelier it is if a fifth of what succeeds on the control
//! failed here than if both were alike, and the sum never falls below zero. A canary that is no worse reaches `LIMIT` at most once in e^18.4, a
//! hundred million, of its requests, however long it is watched: each stretch from zero is a test that errs with at most e^-18.4.
//! What the control fails is estimated from what it served while the canary had its last twenty requests, carefully: upwards by one and a half
//! standard errors, and never below 1 %. So what hits both, such as a database that is gone, is soon no burst of the canary's.

/// The sum that is a burst.
const LIMIT: f64 = 18.4;
/// How much of the control's past is left with each request of the canary: it remembers twenty of them.
const KEPT: f64 = 0.95;
/// What is assumed of a control that has served nothing: of ten requests a twentieth failed.
const ASSUMED: (f64, f64) = (10.0, 0.5);
/// Standard errors that the control's share is taken to be higher than it was seen.
const CARE: f64 = 1.5;
/// The control never fails less than this.
const LEAST: f64 = 0.01;
/// Where the control fails this much nothing can be said about the canary.
const MOST: f64 = 0.5;
/// Share of what succeeds on the control that fails on a canary with a burst.
const WORSE: f64 = 0.2;

/// The watch over one canary.
#[derive(Clone, Copy, Debug, Default)]
pub struct Burst {
    sum: f64,
    control_requests: f64,
    control_failures: f64,
    since: Counted,
}

/// Requests of the canary, and those that failed, since it was last as good as its control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Requests.
    pub requests: u64,
    /// Those that failed by the upstream's fault.
    pub failures: u64,
}

impl Burst {
    /// One request of the canary ended. `control`: what ended on the control since the request before. Gives the burst, if this is one.
    pub fn observe(&mut self, failed: bool, control: Counted) -> Option<Counted> {
        self.control_requests = self.control_requests * KEPT + control.requests as f64;
        self.control_failures = self.control_failures * KEPT + control.failures as f64;
        let share = self.control_share();
        if share >= MOST {
            self.restart();
            return None;
        }
        let burst = share + (1.0 - share) * WORSE;
        self.sum += if failed { (burst / share).ln() } else { ((1.0 - burst) / (1.0 - share)).ln() };
        self.since.requests = self.since.requests.saturating_add(1);
        self.since.failures = self.since.failures.saturating_add(u64::from(failed));
        if self.sum <= 0.0 {
            self.restart();
        }
        (self.sum >= LIMIT).then_some(self.since)
    }

    fn restart(&mut self) {
        (self.sum, self.since) = (0.0, Counted::default());
    }

    /// The share of the control's requests that failed of late, rather too high than too low.
    fn control_share(&self) -> f64 {
        let (requests, failures) = (self.control_requests + ASSUMED.0, self.control_failures + ASSUMED.1);
        let share = (failures / requests).min(1.0);
        (share + CARE * (share * (1.0 - share) / requests).sqrt()).max(LEAST)
    }
}
