//! The wish to stop: SIGINT (Ctrl-C), SIGTERM, or SIGHUP (the terminal is closed).

use std::future::Future;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Listens for the wish to stop.
#[derive(Debug)]
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
    /// `None`: it was started to outlive its terminal, as by `nohup`.
    hangup: Option<Signal>,
}

impl Stop {
    /// Takes the signals over from the default, which would end the process without cleaning up.
    ///
    /// # Errors
    ///
    /// There is no runtime of tokio's, or the system refuses it.
    pub fn listen() -> io::Result<Self> {
        let hangup = if ignores_hangup() { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup,
        })
    }

    /// Resolves when somebody wants this to stop. Cancel-safe.
    pub async fn requested(&mut self) {
        let Self { interrupt, terminate, hangup } = self;
        let hung_up = async {
            match hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hung_up => {}
        }
    }

    /// Waits for the end of what serves until `ends` is cancelled, which it is when somebody wants this to stop.
    pub async fn while_serving(&mut self, served: impl Future<Output = ()>, ends: &CancellationToken) {
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

/// Whether whoever started this process has it ignore SIGHUP (`nohup`); listening for it would end that.
fn ignores_hangup() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| is_hangup_among_ignored(&status))
}

/// By the line `SigIgn` of `proc_pid_status(5)`: a mask in hexadecimal digits, whose lowest bit is the first signal, SIGHUP.
fn is_hangup_among_ignored(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::is_hangup_among_ignored;

    #[test]
    fn the_lowest_bit_is_that_of_hangup() {
        for (mask, ignored) in
            [("0000000000000001", true), ("0000000000001000", false), ("0000000000001001", true)]
        {
            let status = format!(
                "Name:\tweir\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\nSigCgt:\t0000000000000001\n"
            );
            assert_eq!(is_hangup_among_ignored(&status), ignored, "{mask}");
        }
        assert!(!is_hangup_among_ignored("Name:\tweir\n"), "where nothing is said");
    }
}
