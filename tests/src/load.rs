//! Requests by the clock while a test does something else.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use weir_load::arrivals::{Schedule, Spacing, Stage};
use weir_load::drive::{RunError, run_observed};
use weir_load::plan::{Pace, Plan};
use weir_load::report::{Report, Totals};

use crate::eventually::eventually;
use crate::standalone::Standalone;

/// Longer than every test.
const NO_END: Duration = Duration::from_hours(24);
/// Requests due and not finished, at most; what is more counts as unsent.
const MAX_IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(2_000).unwrap();

/// Running load: GETs, evenly spaced, whatever the server does. It ends when this is dropped.
#[derive(Debug)]
pub struct Load {
    stop: watch::Sender<bool>,
    totals: Arc<Mutex<Totals>>,
    run: JoinHandle<Result<Report, RunError>>,
}

impl Load {
    /// Users of the services `names` behind `weir`, from when all of them answer: as many requests a second for each.
    pub async fn users(weir: &Standalone, names: &[&str], rate: f64) -> Result<Self> {
        for name in names {
            weir.serves(name).await;
        }
        let paths: Vec<String> = names.iter().map(|name| format!("/{name}/")).collect();
        Self::start(weir.listen()?, &paths, rate)
    }

    /// Sends `rate` requests a second for each of `paths` to `proxy`: evenly spaced, the path of each at random. Results are grouped by the header `x-version`.
    pub fn start(proxy: SocketAddr, paths: &[String], rate: f64) -> Result<Self> {
        let all = paths.iter().map(|_| rate).sum();
        let schedule =
            Schedule { stages: vec![Stage::constant(NO_END, all)?], spacing: Spacing::Even, limit: None };
        let pace = Pace::Open { schedule, max_in_flight: MAX_IN_FLIGHT, connections: None };
        let mut plan = Plan::new(&format!("http://{proxy}/"), pace)?;
        plan.targets =
            paths.iter().map(|path| format!("http://{proxy}{path}").parse()).collect::<Result<_, _>>()?;
        plan.group_by = Some("x-version".parse()?);
        let (stop, stopped) = watch::channel(false);
        let nothing = Totals { scheduled: 0, completed: 0, errors: 0, unsent: 0 };
        let totals = Arc::new(Mutex::new(nothing));
        let seen = Arc::clone(&totals);
        let run = tokio::spawn(run_observed(plan, stopped, move |second| {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = second.total;
        }));
        Ok(Self { stop, totals, run })
    }

    /// Counts up to the last whole second.
    #[must_use]
    pub fn totals(&self) -> Totals {
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until this many requests have ended since the start.
    ///
    /// # Panics
    /// When that does not happen within a minute.
    pub async fn completes(&self, requests: u64) {
        let look = || {
            let totals = self.totals();
            std::future::ready(if totals.completed >= requests { Ok(()) } else { Err(totals) })
        };
        eventually(&format!("{requests} requests end"), look).await;
    }

    /// Ends it, and tells everything that it counted.
    pub async fn stop(mut self) -> Result<Report> {
        self.stop.send_replace(true);
        Ok((&mut self.run).await??)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.run.abort();
    }
}
