//! The wish to stop: SIGINT (Ctrl-C), SIGTERM, or SIGHUP (the terminal is closed).

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Listens for the wish to stop.
#[derive(Debug)]
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Stop {
    /// Takes the signals over from the default, which would end the process without cleaning up.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Resolves when somebody wants this to stop. Cancel-safe.
    pub(crate) async fn requested(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }

    /// Waits for the end of what serves until `ends` is cancelled, which it is when somebody wants this to stop.
    pub(crate) async fn while_serving(&mut self, served: impl Future<Output = ()>, ends: &CancellationToken) {
        tokio::pin!(served);
        tokio::select! {
            () = &mut served => {}
            () = self.requested() => {
                ends.cancel();
                served.await;
            }
        }
    }
}
