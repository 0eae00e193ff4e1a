//! A proxy to test, clients and upstreams for it, and the manifests that join them.

pub(crate) mod client;
pub(crate) mod manifest;
pub(crate) mod pki;
pub(crate) mod proxy;
pub(crate) mod release;
pub(crate) mod upstream;

use std::future::Future;
use std::time::{Duration, Instant};

/// Longest wait for something that must happen, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// Asks until `check` gives something; fails the test with `what` if it never does.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut check: impl FnMut() -> F,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
