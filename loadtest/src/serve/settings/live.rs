//! The settings in force, and what becomes of a request by them.
//!
//! Readers load one immutable snapshot for a request; a change replaces it whole, so no request sees half of a change.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::HeaderValue;
use rand::{Rng, RngExt, SeedableRng, rngs::SmallRng};
use serde::Serialize;
use tokio::time::Instant;

use super::{Change, ChangeError, MAX_BODY_BYTES, Settings};

/// How a request is to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::serve) enum Fate {
    Success,
    Error,
    Truncate,
    Reset,
}

/// Settings with what is derived from them once instead of for every request.
#[derive(Debug)]
pub(in crate::serve) struct Prepared {
    pub(in crate::serve) settings: Settings,
    pub(in crate::serve) version: HeaderValue,
    pub(in crate::serve) body: Bytes,
    slow_until: Option<Instant>,
    /// Whether a request needs random numbers at all.
    draws: bool,
}

impl Prepared {
    fn new(settings: Settings, slow_until: Option<Instant>) -> Result<Self, ChangeError> {
        let version = HeaderValue::from_str(&settings.version_name)
            .map_err(|_| ChangeError::VersionName(settings.version_name.clone()))?;
        let faults = [settings.error_share, settings.truncate_share, settings.reset_share];
        let faults: f64 = faults.iter().map(|share| share.fraction()).sum();
        if faults > 1.0 + 1e-9 {
            return Err(ChangeError::Faults);
        }
        if settings.slow_start_factor.is_nan() || settings.slow_start_factor < 1.0 {
            return Err(ChangeError::SlowStartFactor(settings.slow_start_factor));
        }
        if settings.body_bytes > MAX_BODY_BYTES {
            return Err(ChangeError::BodyBytes(settings.body_bytes));
        }
        let draws = faults > 0.0 || !settings.latency.is_zero();
        let body = body(&settings.version_name, settings.body_bytes);
        Ok(Self { settings, version, body, slow_until, draws })
    }

    fn fate(&self, rng: &mut impl Rng) -> Fate {
        let mut left: f64 = rng.random();
        for (share, fate) in [
            (self.settings.error_share, Fate::Error),
            (self.settings.truncate_share, Fate::Truncate),
            (self.settings.reset_share, Fate::Reset),
        ] {
            left -= share.fraction();
            if left < 0.0 {
                return fate;
            }
        }
        Fate::Success
    }

    /// What latencies are multiplied with now.
    fn slowness(&self, now: Instant) -> f64 {
        let Some(left) = self.slow_until.and_then(|until| until.checked_duration_since(now)) else {
            return 1.0;
        };
        let share_left = left.as_secs_f64() / self.settings.slow_start.as_secs_f64();
        1.0 + (self.settings.slow_start_factor - 1.0) * share_left
    }
}

/// The JSON of an answer.
#[derive(Serialize)]
struct Body<'a> {
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    padding: Option<&'a str>,
}

/// `{"version":"v1"}`, filled up with a padding field to the wanted size.
fn body(version: &str, bytes: usize) -> Bytes {
    let json = |padding| serde_json::to_vec(&Body { version, padding }).unwrap_or_default();
    match bytes.checked_sub(json(Some("")).len()) {
        Some(room) => json(Some(&"x".repeat(room))).into(),
        None => json(None).into(),
    }
}

/// The settings in force, and the random numbers that requests draw.
#[derive(Debug)]
pub(in crate::serve) struct Live {
    prepared: ArcSwap<Prepared>,
    /// In order of arrival, so that one seed gives one sequence.
    rng: Mutex<SmallRng>,
    /// Makes read-change-store one step.
    changing: Mutex<()>,
}

impl Live {
    pub(in crate::serve) fn new(settings: Settings, seed: u64, now: Instant) -> Result<Self, ChangeError> {
        let slow_until = (!settings.slow_start.is_zero()).then(|| now + settings.slow_start);
        Ok(Self {
            prepared: ArcSwap::from_pointee(Prepared::new(settings, slow_until)?),
            rng: Mutex::new(SmallRng::seed_from_u64(seed)),
            changing: Mutex::new(()),
        })
    }

    pub(in crate::serve) fn prepared(&self) -> arc_swap::Guard<Arc<Prepared>> {
        self.prepared.load()
    }

    pub(in crate::serve) fn settings(&self) -> Settings {
        self.prepared.load().settings.clone()
    }

    /// Draws how, and after how long, one request is answered.
    pub(in crate::serve) fn draw(&self, prepared: &Prepared, now: Instant) -> (Fate, Duration) {
        if !prepared.draws {
            return (Fate::Success, Duration::ZERO);
        }
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let fate = prepared.fate(&mut *rng);
        let latency = prepared.settings.latency.sample(&mut *rng);
        drop(rng);
        // A day is more than any test waits, and multiplying less than that cannot overflow.
        let bounded = latency.min(Duration::from_hours(24));
        let slowed = bounded.as_secs_f64() * prepared.slowness(now);
        (fate, Duration::try_from_secs_f64(slowed).unwrap_or(bounded))
    }

    /// Puts a change in force whole, or not at all.
    pub(in crate::serve) fn change(&self, change: Change, now: Instant) -> Result<Settings, ChangeError> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.prepared.load_full();
        let Settings {
            version_name,
            latency,
            error_share,
            truncate_share,
            reset_share,
            body_bytes,
            slow_start,
            slow_start_factor,
            healthy,
        } = old.settings.clone();
        let slow_until = match change.slow_start {
            Some(slow_start) => (!slow_start.is_zero()).then(|| now + slow_start),
            None => old.slow_until,
        };
        let settings = Settings {
            version_name: change.version_name.unwrap_or(version_name),
            latency: change.latency.unwrap_or(latency),
            error_share: change.error_share.unwrap_or(error_share),
            truncate_share: change.truncate_share.unwrap_or(truncate_share),
            reset_share: change.reset_share.unwrap_or(reset_share),
            body_bytes: change.body_bytes.unwrap_or(body_bytes),
            slow_start: change.slow_start.unwrap_or(slow_start),
            slow_start_factor: change.slow_start_factor.unwrap_or(slow_start_factor),
            healthy: change.healthy.unwrap_or(healthy),
        };
        self.prepared.store(Arc::new(Prepared::new(settings.clone(), slow_until)?));
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_start_falls_in_a_straight_line_from_the_factor_to_one() {
        let start = Instant::now();
        let settings = Settings {
            latency: Duration::from_millis(10).into(),
            slow_start: Duration::from_secs(4),
            slow_start_factor: 5.0,
            ..Settings::default()
        };
        let live = Live::new(settings, 1, start).unwrap();
        let latency_after =
            |seconds| live.draw(&live.prepared(), start + Duration::from_secs(seconds)).1.as_secs_f64() * 1e3;
        for (seconds, expected) in [(0, 50.0), (1, 40.0), (2, 30.0), (4, 10.0), (9, 10.0)] {
            assert!((latency_after(seconds) - expected).abs() < 1e-6, "after {seconds} s");
        }
        let again = Change { slow_start: Some(Duration::from_secs(4)), ..Change::default() };
        live.change(again, start + Duration::from_secs(9)).unwrap();
        assert!((latency_after(9) - 50.0).abs() < 1e-6, "setting it starts it again");
    }

    #[test]
    fn a_refused_change_leaves_everything_as_it_was() {
        let live = Live::new(Settings::default(), 1, Instant::now()).unwrap();
        let change = Change {
            body_bytes: Some(100),
            error_share: "60%".parse().ok(),
            reset_share: "50%".parse().ok(),
            ..Change::default()
        };
        assert_eq!(live.change(change, Instant::now()), Err(ChangeError::Faults));
        assert_eq!(live.settings(), Settings::default());
    }

    #[test]
    fn a_body_has_the_wanted_size_unless_its_json_is_larger() {
        assert_eq!(body("v1", 0), r#"{"version":"v1"}"#);
        assert_eq!(body("v1", 20), r#"{"version":"v1"}"#);
        for bytes in [29, 30, 1000, 70_000] {
            let body = body("v1", bytes);
            assert_eq!(body.len(), bytes);
            assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["version"], "v1");
        }
    }
}
