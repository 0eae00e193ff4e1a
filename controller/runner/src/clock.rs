//! The time, and sleeping until one.

use std::time::Duration;

use jiff::Timestamp;

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Returns at `until`, or never where there is none.
pub(crate) async fn sleep_until(until: Option<Timestamp>) {
    let Some(until) = until else { return std::future::pending().await };
    // A look that comes a moment early would find nothing to do, and come again at once.
    let left = until.duration_since(now()).try_into().unwrap_or(Duration::ZERO) + Duration::from_millis(1);
    tokio::time::sleep(left).await;
}
