//! What is asked for whole hosts.

use std::sync::Arc;

use super::value::{flag, ignored, is_plain};
use super::{Asked, Fault};
use crate::compile::path;
use crate::pattern::Pattern;

/// `server-alias`: a list of further names of the hosts, or of regular expressions of them, which begin with `~`.
pub(super) fn aliases(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let mut faults = Vec::new();
    for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if let Some(text) = name.strip_prefix('~') {
            match Pattern::host(text) {
                Ok(pattern) => asked.hosts.patterns.push(Arc::new(pattern)),
                Err(error) => faults.push(format!("{name}: {error}")),
            }
            continue;
        }
        match path::host(Some(name)) {
            Ok(host) => asked.hosts.aliases.push(host),
            Err(message) => faults.push(message),
        }
    }
    asked.hosts.aliases.sort_unstable();
    asked.hosts.aliases.dedup();
    asked.hosts.patterns.sort_unstable_by(|a, b| a.text().cmp(b.text()));
    asked.hosts.patterns.dedup();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Fault::Partly { message: faults.join("; "), kept: "the other names are in force" })
}

/// `app-root`: where the host's `/` is sent.
pub(super) fn app_root(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if !value.starts_with('/') || value.starts_with("//") || !is_plain(value) || value == "/" {
        return Err(ignored(format!("{value:?} is not a path below the root, such as /app")));
    }
    asked.hosts.app_root = Some(value.into());
    Ok(())
}

pub(super) fn to_other_host(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.to_other_host = flag(value)?;
    Ok(())
}
