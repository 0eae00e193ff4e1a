//! Waiting for what another process does.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Time between two looks. It decides how soon a test goes on, never whether it passes.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Looks until `look` gives `Ok`, and returns that.
///
/// # Panics
/// When `deadline` has passed, with what was seen last.
pub async fn eventually<T, E: Debug, F>(what: &str, deadline: Duration, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, E>>,
{
    let end = Instant::now() + deadline;
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(last) => {
                assert!(Instant::now() < end, "not within {deadline:?}: {what}; last seen: {last:?}");
            }
        }
        sleep(LOOK_EVERY).await;
    }
}
