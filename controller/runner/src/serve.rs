//! Runs by HTTP, on a socket file in the folder of the state: who may write there may ask.
//!
//! ```text
//! GET  /v1/runs[?pipeline=NAME][&limit=N]       the newest first
//! GET  /v1/runs/ID                              one, with the averages of its stages
//! GET  /v1/runs/ID/logs/STAGE[?from=BYTE][&attempt=N][&service=NAME]
//! POST /v1/runs                                 asked: starts one
//! POST /v1/runs/ID/commands                     asked: cancel, pause, resume, skip, restart, ...
//! ```

pub mod asked;
mod routes;

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

use crate::runner::Runner;

/// Where a runner of this folder listens.
#[must_use]
pub fn socket(state: &Path) -> PathBuf {
    state.join("socket")
}

/// Serves a runner until `stop`.
///
/// # Errors
/// The socket cannot be made.
pub fn serve(
    runner: Arc<Runner>,
    stop: CancellationToken,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let path = socket(runner.store().folder());
    // Whoever left it there is gone: the lock of the store is ours.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(weir_serve::listen(listener, None, stop, move |request, _peer| {
        let runner = Arc::clone(&runner);
        async move { routes::answer(&runner, request).await }
    }))
}
