//! Fetches the report of every proxy: all at once, each bounded in time and size. A proxy that does not answer is an explicit error in the result,
//! never a missing entry.

use std::time::Duration;

use tokio::task::JoinSet;
use weir_telemetry::wire::{Report, WireError};

use crate::fetch::{FetchError, Target, get};

/// A report of thousands of series stays far below this.
const MOST_BYTES: usize = 64 << 20;

/// A proxy to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// What people call it.
    pub name: String,
    /// Its admin port.
    pub admin: Target,
}

impl From<Target> for Proxy {
    fn from(admin: Target) -> Self {
        Self { name: admin.to_string(), admin }
    }
}

/// What one proxy said.
#[derive(Debug)]
pub struct Scraped {
    /// The proxy's name.
    pub proxy: String,
    /// Its report.
    pub report: Result<Report, ScrapeError>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ScrapeError {
    /// The proxy did not answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It answered, but not with a report.
    #[error("status {0} instead of a report")]
    Status(u16),
    /// It answered with something else.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// Fetches every proxy's report, in the order of `proxies`.
pub(crate) async fn scrape(proxies: &[Proxy], deadline: Duration) -> Vec<Scraped> {
    let mut running = JoinSet::new();
    for (index, proxy) in proxies.iter().cloned().enumerate() {
        running.spawn(async move { (index, one(&proxy.admin, deadline).await) });
    }
    let mut reports: Vec<_> = proxies.iter().map(|_| None).collect();
    while let Some(done) = running.join_next().await {
        let Ok((index, report)) = done else { continue };
        if let Some(slot) = reports.get_mut(index) {
            *slot = Some(report);
        }
    }
    let scraped = |(proxy, report): (&Proxy, Option<_>)| Scraped {
        proxy: proxy.name.clone(),
        report: report.unwrap_or(Err(ScrapeError::Fetch(FetchError::Deadline(deadline)))),
    };
    proxies.iter().zip(reports).map(scraped).collect()
}

async fn one(proxy: &Target, deadline: Duration) -> Result<Report, ScrapeError> {
    let (status, body) = get(proxy, "/report/v1", deadline, MOST_BYTES).await?;
    if status != 200 {
        return Err(ScrapeError::Status(status));
    }
    Ok(Report::from_json(&body)?)
}
