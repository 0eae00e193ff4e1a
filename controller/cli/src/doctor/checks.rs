//! What is right and wrong in what was seen. Pure.
//!
//! ```text
//! installation   objects, rights, programs, webhook
//! traffic        proxies, Service, classes, Ingresses
//! releases       the controller's work, Canaries
//! ```

mod installation;
mod releases;
mod traffic;

use super::finding::{Checked, Finding};
use super::seen::Seen;

/// Checks by their names.
type Checks<'s> = Vec<(&'static str, Checked<'s>)>;

/// Every check, from what the others need to what needs all of it.
pub(crate) fn all(seen: &Seen) -> Vec<Finding> {
    let all = [installation::checks(seen), traffic::checks(seen), releases::checks(seen)];
    all.into_iter().flatten().map(|(check, checked)| Finding::of(check, checked)).collect()
}

#[cfg(test)]
mod tests;
