//! The admin port's thread.
//!
//! What is asked there is little work with somebody waiting: a probe that decides whether the proxy lives, a report on which a release is given
//! up. So unlike what else goes on beside the workers it does not step behind them: on a machine with more to do than CPUs it would not be answered for seconds.

use std::net::TcpListener;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::AppError;
use crate::admin::Admin;

/// Serves until it is dropped.
pub(super) struct AdminThread {
    end: Option<oneshot::Sender<()>>,
    handle: Option<JoinHandle<()>>,
}

impl AdminThread {
    /// Starts it. `listener` does not block.
    pub(super) fn start(admin: Admin, listener: TcpListener) -> Result<Self, AppError> {
        let failed = |source| AppError::Start("the admin thread".to_owned(), source);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(failed)?
        };
        let (end, ended) = oneshot::channel::<()>();
        let run = move || {
            runtime.block_on(async {
                tokio::select! {
                    () = admin.serve(listener) => {}
                    // Dropped is as good as sent.
                    _ = ended => {}
                }
            });
        };
        let handle = std::thread::Builder::new().name("weir-admin".to_owned()).spawn(run).map_err(failed)?;
        Ok(Self { end: Some(end), handle: Some(handle) })
    }
}

impl Drop for AdminThread {
    fn drop(&mut self) {
        drop(self.end.take());
        if self.handle.take().is_some_and(|handle| handle.join().is_err()) {
            tracing::error!("the admin thread panicked");
        }
    }
}
