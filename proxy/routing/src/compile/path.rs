//! Host and path of an Ingress rule, brought to the form that requests are brought to.

use std::sync::Arc;

use weir_api::names::nearest;

use super::Options;
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

/// The path in a route's form, see [`crate::route::Match::path`]. Of a regular expression: as it is, where it has no other form.
pub(super) fn path(
    written: &str,
    kind: PathKind,
    is_regex: bool,
    options: &Options,
) -> Result<Arc<str>, String> {
    let invalid = |why: &str| format!("{written:?} is not a path: {why}");
    if written.is_empty() && kind == PathKind::Exact {
        return Err("an Exact path is needed here, such as /health".to_owned());
    }
    let is_specific = kind == PathKind::ImplementationSpecific;
    if written.contains('?') && !(is_specific && is_regex) {
        return Err(invalid("requests are told apart by their path only, leave the query out"));
    }
    let written = if written.is_empty() { "/" } else { written };
    if !written.starts_with('/') {
        return Err(invalid("it starts with a slash"));
    }
    let normal = match target::path(written.as_bytes(), &Policy::default()) {
        Ok(normal) => normal,
        Err(_) if is_specific && is_regex => return Ok(written.into()),
        Err(error) if is_specific && looks_like_regex(written) => {
            let hint = "a regular expression needs nginx.ingress.kubernetes.io/use-regex: \"true\"";
            return Err(invalid(&format!("{error}; {hint}")));
        }
        Err(error) => return Err(invalid(&error.to_string())),
    };
    if !is_specific && !options.loose_path_types && !written.bytes().all(is_strict) {
        return Err(invalid(
            "a Prefix or Exact path has letters of ASCII, digits, and / . _ - only: a regular expression needs the path \
             type ImplementationSpecific; --loose-path-types lets every other character pass",
        ));
    }
    Ok(match kind {
        PathKind::Prefix => normal.strip_suffix('/').unwrap_or(&normal).into(),
        PathKind::Exact | PathKind::ImplementationSpecific | PathKind::Default => normal.as_ref().into(),
    })
}

/// What ingress-nginx lets stand in Prefix and Exact paths (`strict-validate-path-type`).
fn is_strict(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)
}

/// Whether a path looks like a regular expression.
pub(super) fn looks_like_regex(path: &str) -> bool {
    path.contains(['(', ')', '[', ']', '{', '}', '*', '+', '?', '^', '$', '|', '\\'])
}
