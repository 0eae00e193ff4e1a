//! Upstreams, and load to be measured, in the process of the test: both from the library of the load generator.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use anyhow::{Context, Result};
use weir_load::arrivals::{Schedule, Spacing, Stage};
use weir_load::plan::{Pace, Plan};
use weir_load::report::Report;
use weir_load::serve::{Options, Server, Settings};

/// A request that takes longer has failed, on a machine that is busy with other tests.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Connections of an open loop.
const CONNECTIONS: usize = 32;

/// An upstream that calls itself `version` and answers after `latency`, such as `20ms`; `0`: at once.
pub async fn upstream(version: &str, latency: &str) -> Result<Server> {
    let latency = latency.parse()?;
    let settings = Settings { version_name: version.to_owned(), latency, ..Settings::default() };
    Ok(Server::start(Options { settings, ..Options::default() }).await?)
}

/// `requests` GETs as fast as they are answered on `lanes` connections, grouped by the upstream that answered.
pub fn closed(address: SocketAddr, path: &str, lanes: usize, requests: u64) -> Result<Plan> {
    let lanes = NonZeroUsize::new(lanes).context("at least one connection")?;
    plan(address, path, Pace::Closed { lanes, requests: Some(requests), duration: None })
}

/// `rate` GETs a second for `duration`, whatever happens to them, grouped by the upstream that answered.
///
/// Nothing is ever unsent because too much is in flight: what cannot be sent was late by the timeout.
pub fn open(address: SocketAddr, path: &str, rate: f64, duration: Duration) -> Result<Plan> {
    let schedule =
        Schedule { stages: vec![Stage::constant(duration, rate)?], spacing: Spacing::Even, limit: None };
    let pace = Pace::Open {
        schedule,
        max_in_flight: NonZeroUsize::MAX,
        connections: NonZeroUsize::new(CONNECTIONS),
    };
    plan(address, path, pace)
}

fn plan(address: SocketAddr, path: &str, pace: Pace) -> Result<Plan> {
    let plan = Plan::new(&format!("http://{address}{path}"), pace)?;
    Ok(Plan { group_by: Some("x-version".parse()?), timeout: TIMEOUT, ..plan })
}

/// Requests that the upstream `version` answered, as the load generator saw it.
#[must_use]
pub fn answered_by(report: &Report, version: &str) -> u64 {
    report.groups.get(version).map_or(0, |group| group.completed)
}

/// Requests of `path` that an upstream received.
#[must_use]
pub fn received(server: &Server, path: &str) -> u64 {
    server.stats().paths.get(path).map_or(0, |path| path.received)
}
