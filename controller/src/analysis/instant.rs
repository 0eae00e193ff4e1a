//! Instants of an analysis, in milliseconds since 1970: the machine's clock.

use std::time::Duration;

use jiff::Timestamp;

/// Now.
#[must_use]
pub fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Waits until an instant; one that has passed is not waited for.
pub async fn until(millis: i64) {
    let left = millis.saturating_sub(now());
    tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or_default())).await;
}

/// As upstream writes an instant; empty for one that no calendar has.
#[must_use]
pub fn iso(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| String::new(), |at| at.to_string())
}
