//! What one request may take: bytes of its body, and time.

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
