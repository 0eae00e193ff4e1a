//! Paths as regular expressions, and what upstreams get instead of a path.

use std::sync::Arc;

use super::value::{flag, is_plain};
use super::{Asked, Fault, WITHOUT};
use crate::route::{Settings, Template};

pub(super) fn use_regex(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.settings.use_regex = flag(value)?;
    Ok(())
}

/// `rewrite-target`. nginx answers a target with a scheme by a redirect, which has annotations of its own.
pub(super) fn target(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let spoils = |why: &str| Err(Fault::Spoils(format!("{value:?} is not a path: {why}")));
    if value.starts_with("http://") || value.starts_with("https://") {
        return spoils("a redirect to another place is temporal-redirect or permanent-redirect");
    }
    if value.contains('?') {
        return spoils("a request's query is kept, leave it out");
    }
    if !value.starts_with(['/', '$']) || !is_plain(value) || value.contains(['#', '\\', '"']) {
        return spoils("it starts with a slash and has no spaces");
    }
    let template = Template::parse(value).map_err(|error| Fault::Spoils(error.to_string()))?;
    asked.settings.rewrite = Some(Arc::new(template));
    Ok(())
}

/// `x-forwarded-prefix`, in which groups of the path may stand.
pub(super) fn forwarded_prefix(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if value.is_empty() || !is_plain(value) {
        return Err(super::value::ignored(format!("{value:?} is not a path: it has no spaces")));
    }
    let template = Template::parse(value).map_err(|error| super::value::ignored(error.to_string()))?;
    asked.settings.forwarded_prefix = Some(Arc::new(template));
    Ok(())
}

/// What depends on another annotation.
pub(super) fn finish(settings: &mut Settings) -> Option<(&'static str, Fault)> {
    if settings.rewrite.is_some() {
        return None;
    }
    settings.forwarded_prefix.take()?;
    let message = "as in ingress-nginx, it is sent beside a rewrite-target only".to_owned();
    Some(("x-forwarded-prefix", Fault::Partly { message, kept: WITHOUT }))
}
