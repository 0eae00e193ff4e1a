//! The lease, followed beside the loop, and given up after its last look.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use weir_kubernetes::lease::Lease;

/// What giving it up may take.
const FAREWELL: Duration = Duration::from_secs(4);

/// A lease that is followed.
pub(super) struct Election {
    ending: CancellationToken,
    task: JoinHandle<()>,
}

impl Election {
    /// Takes the lease when it is free, and renews it.
    pub(super) fn begin(mut lease: Lease) -> Self {
        let ending = CancellationToken::new();
        let ended = ending.clone();
        let task = tokio::spawn(async move {
            tokio::select! {
                () = lease.follow() => {}
                () = ended.cancelled() => {}
            }
            if timeout(FAREWELL, lease.release()).await.is_err() {
                tracing::warn!(
                    "the API server is too slow: another controller waits until the lease has run out"
                );
            }
        });
        Self { ending, task }
    }

    /// Gives it up. The loop has ended before, so nothing is written any more.
    pub(super) async fn end(self) {
        self.ending.cancel();
        let _ended = self.task.await;
    }
}
