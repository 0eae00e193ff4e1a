//! What upstreams get, and which one answers while there is none.

use super::value::ignored;
use super::{Asked, Fault};
use crate::target;

/// `upstream-vhost`: the Host header of upstream requests.
pub(super) fn vhost(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if value.contains('$') {
        return Err(ignored(format!("{value:?}: variables are not supported, write the host")));
    }
    match target::host(value.as_bytes()) {
        Ok(host) if !host.is_empty() => {
            asked.settings.upstream_vhost = Some(value.into());
            Ok(())
        }
        Ok(_) | Err(_) => {
            Err(ignored(format!("{value:?} is not a host, such as api.internal or api.internal:8080")))
        }
    }
}

/// `default-backend`: a Service of the Ingress's namespace.
pub(super) fn default_backend(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let is_name = !value.is_empty()
        && value.len() <= 63
        && value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_name {
        return Err(ignored(format!("{value:?} is not the name of a Service in the Ingress's namespace")));
    }
    asked.settings.default_backend = Some(value.into());
    Ok(())
}
