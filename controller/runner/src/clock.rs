//! The time, and sleeping until one.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

/// Which time it is for a runner: the machine's, or one that somebody sets. Everything that a run is told by the time goes by it; how patient somebody is with others does not.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<watch::Receiver<Timestamp>>);

impl Clock {
    /// A clock that shows what it is set to, from `at` on: for whoever wants to see what a week does.
    #[must_use]
    pub fn set(at: Timestamp) -> (watch::Sender<Timestamp>, Self) {
        let (sets, shows) = watch::channel(at);
        (sets, Self(Some(shows)))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.as_ref().map_or_else(Timestamp::now, |shows| *shows.borrow())
    }

    /// Returns at `until`, or never where there is none.
    pub(crate) async fn sleep_until(&self, until: Option<Timestamp>) {
        let Some(until) = until else { return std::future::pending().await };
        let Some(shows) = &self.0 else {
            // A look that comes a moment early would find nothing to do, and come again at once.
            let left = until.duration_since(self.now()).try_into().unwrap_or(Duration::ZERO);
            return tokio::time::sleep(left + Duration::from_millis(1)).await;
        };
        let mut shows = shows.clone();
        if shows.wait_for(|now| *now >= until).await.is_err() {
            // Nobody sets it any more.
            std::future::pending::<()>().await;
        }
    }
}
