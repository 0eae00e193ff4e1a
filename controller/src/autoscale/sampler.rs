//! Reports of the proxies, while somebody asks for rates.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use weir_api::Timestamp;

use super::rates::{Rates, Samples};
use crate::scrape::{Proxy, scrape};

/// Time between two reports while somebody asks.
const EVERY: Duration = Duration::from_secs(5);
/// Autoscalers ask every 15 s. Who has not asked for so long has gone.
const FORGET: Duration = Duration::from_mins(1);
/// Whoever asks first gets a rate over this.
const FIRST: Duration = Duration::from_secs(1);
/// Longest that all proxies together may take to report.
const SCRAPE: Duration = Duration::from_millis(800);

/// What the proxies said lately.
pub(crate) struct Sampler {
    proxies: Box<dyn Fn() -> Vec<Proxy> + Send + Sync>,
    now: fn() -> Timestamp,
    samples: Mutex<Samples>,
    /// When somebody asked last.
    asked: tokio::sync::watch::Sender<Option<Instant>>,
    /// One measures at a time.
    measuring: tokio::sync::Mutex<()>,
}

impl Sampler {
    pub(crate) fn new(
        proxies: impl Fn() -> Vec<Proxy> + Send + Sync + 'static,
        now: fn() -> Timestamp,
    ) -> Self {
        Self {
            proxies: Box::new(proxies),
            now,
            samples: Mutex::default(),
            asked: tokio::sync::watch::Sender::new(None),
            measuring: tokio::sync::Mutex::default(),
        }
    }

    /// The rates of the last half minute; `None` where no proxy says anything.
    pub(crate) async fn rates(&self) -> Option<Rates> {
        self.asked.send_replace(Some(Instant::now()));
        if let Some(rates) = self.with(|samples| samples.rates()) {
            return Some(rates);
        }
        let _only = self.measuring.lock().await;
        if self.with(|samples| samples.rates()).is_none() {
            self.measure().await;
            tokio::time::sleep(FIRST).await;
            self.measure().await;
        }
        self.with(|samples| samples.rates())
    }

    /// Measures for as long as somebody asks, without end.
    pub(crate) async fn run(&self) {
        let mut asked = self.asked.subscribe();
        loop {
            let is_wanted = asked.borrow_and_update().is_some_and(|at| at.elapsed() < FORGET);
            if is_wanted {
                tokio::time::sleep(EVERY).await;
                let _only = self.measuring.lock().await;
                self.measure().await;
            } else {
                self.with(Samples::clear);
                if asked.changed().await.is_err() {
                    return;
                }
            }
        }
    }

    async fn measure(&self) {
        let proxies = (self.proxies)();
        let scraped = scrape(&proxies, SCRAPE).await;
        let reports = scraped.iter().filter_map(|scraped| scraped.report.as_ref().ok());
        let at = (self.now)();
        self.with(|samples| {
            // A clock that was set back would make a window that ends before it begins.
            if samples.last().is_some_and(|last| last > at) {
                samples.clear();
            }
            samples.add(at, reports);
        });
    }

    fn with<T>(&self, look: impl FnOnce(&mut Samples) -> T) -> T {
        look(&mut self.samples.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
