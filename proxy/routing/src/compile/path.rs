//! Host and path of an Ingress rule, brought to the form that requests are brought to.

use std::sync::Arc;

use weir_api::names::nearest;

use crate::route::PathKind;
use crate::target::{self, Policy};

/// Path types that Kubernetes knows.
const KINDS: [PathKind; 3] = [PathKind::Exact, PathKind::Prefix, PathKind::ImplementationSpecific];

/// `*` for no host; a wildcard has exactly one free label.
pub(super) fn host(written: Option<&str>) -> Result<Arc<str>, String> {
    let written = written.unwrap_or_default();
    if written.is_empty() {
        return Ok("*".into());
    }
    let invalid = |why: &str| format!("{written:?} is not a host: {why}");
    if written.contains(':') {
        return Err(invalid("leave the port out"));
    }
    let (wildcard, name) = written.strip_prefix("*.").map_or(("", written), |name| ("*.", name));
    if name.contains('*') || name.is_empty() {
        return Err(invalid(
            "a wildcard stands for the whole first label, as in *.shop.example; leave the host out for all of them",
        ));
    }
    let name = target::host(name.as_bytes()).map_err(|error| invalid(&error.to_string()))?;
    Ok(format!("{wildcard}{name}").into())
}

/// How a path is compared.
pub(super) fn kind(written: &str) -> Result<PathKind, String> {
    let names = KINDS.map(PathKind::as_str);
    KINDS.into_iter().find(|kind| kind.as_str() == written).ok_or_else(|| {
        let meant = nearest(written, names).map(|name| format!(", did you mean {name}?")).unwrap_or_default();
        format!("{written:?} is not one of {}{meant}", names.join(", "))
    })
}

/// The path in a route's form, see [`crate::route::Match::path`].
pub(super) fn path(written: Option<&str>, kind: PathKind) -> Result<Arc<str>, String> {
    let written = written.unwrap_or_default();
    let invalid = |why: &str| format!("{written:?} is not a path: {why}");
    if written.is_empty() && kind == PathKind::Exact {
        return Err("an Exact path is needed here, such as /health".to_owned());
    }
    if written.contains('?') {
        return Err(invalid("requests are told apart by their path only, leave the query out"));
    }
    let written = if written.is_empty() { "/" } else { written };
    if !written.starts_with('/') {
        return Err(invalid("it starts with a slash"));
    }
    let normal = target::path(written.as_bytes(), &Policy::default()).map_err(|e| invalid(&e.to_string()))?;
    Ok(match kind {
        PathKind::Prefix => normal.strip_suffix('/').unwrap_or(&normal).into(),
        PathKind::Exact | PathKind::ImplementationSpecific | PathKind::Default => normal.as_ref().into(),
    })
}

/// Whether a path looks like a regular expression, which it is not here.
pub(super) fn looks_like_regex(path: &str) -> bool {
    path.contains(['(', ')', '[', ']', '{', '}', '*', '+', '^', '$', '|'])
}
