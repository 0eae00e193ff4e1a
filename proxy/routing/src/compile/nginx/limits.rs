//! What one request may take: bytes of its body, and time.

use super::value::ignored;
use super::{Asked, Fault};
use crate::policy::InvalidSize;

/// `proxy-body-size`: `\d+[bkmg]?`, 0 for no limit. ingress-nginx puts its default in the place of one that it cannot read.
pub(super) fn body_size(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let size = value.parse().map_err(|error: InvalidSize| Fault::Ignored {
        message: error.to_string(),
        kept: "the proxy's own limit is in force, see --default-body-size",
    })?;
    asked.rules.max_body = Some(size);
    Ok(())
}

/// `proxy-connect-timeout`.
pub(super) fn connect_timeout(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let seconds = seconds(value)?;
    asked.rules.patience.get_or_insert_default().connect = Some(seconds);
    Ok(())
}

/// `proxy-send-timeout`.
pub(super) fn send_timeout(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let seconds = seconds(value)?;
    asked.rules.patience.get_or_insert_default().send = Some(seconds);
    Ok(())
}

/// `proxy-read-timeout`.
pub(super) fn read_timeout(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let seconds = seconds(value)?;
    asked.rules.patience.get_or_insert_default().read = Some(seconds);
    Ok(())
}

/// Seconds without a unit. nginx takes 0 for no time at all, which fails every request.
fn seconds(value: &str) -> Result<u32, Fault> {
    value.parse().ok().filter(|seconds| *seconds > 0).ok_or_else(|| {
        ignored(format!("{value:?} is not a number of seconds: write it without a unit, such as 60"))
    })
}
