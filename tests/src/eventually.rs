//! Waiting for what another process does.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Whatever another process does is done within this time, on a machine that has ten times as much to do as it can: only what fails gets there.
pub const DEADLINE: Duration = Duration::from_mins(5);
/// Between two looks at first.
const LEAST: Duration = Duration::from_millis(10);
/// And at last.
const MOST: Duration = Duration::from_millis(250);

/// Time until the next look of somebody who has waited for so long: a tenth of that, so that nobody who waits for minutes keeps the machine busy
/// by looking. It decides how soon a test goes on, never whether it passes.
#[must_use]
pub fn pause(waited: Duration) -> Duration {
    (waited / 10).clamp(LEAST, MOST)
}

/// Looks until `look` gives `Ok`, and returns that.
///
/// # Panics
/// When [`DEADLINE`] has passed, with what was seen last.
pub async fn eventually<T, E: Debug, F>(what: &str, look: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, E>>,
{
    within(DEADLINE, what, look).await
}

/// The same where the time is what matters.
///
/// # Panics
/// When `deadline` has passed, with what was seen last.
pub async fn within<T, E: Debug, F>(deadline: Duration, what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, E>>,
{
    let begun = Instant::now();
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(last) => {
                assert!(begun.elapsed() < deadline, "not within {deadline:?}: {what}; last seen: {last:?}");
            }
        }
        sleep(pause(begun.elapsed())).await;
    }
}
