//! What upstreams get and speak, and which one answers while there is none.

use super::value::ignored;
use super::{Asked, Fault};
use crate::backend::Protocol;
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

/// `backend-protocol`, in either case. What would be sent in clear text although it was meant not to be closes the Ingress.
pub(super) fn protocol(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let name = value.to_ascii_uppercase();
    asked.settings.protocol = Some(match name.as_str() {
        "HTTP" => Protocol::Http1,
        "GRPC" => Protocol::H2c,
        "HTTPS" | "GRPCS" => {
            let clear = if name == "HTTPS" { "HTTP" } else { "GRPC" };
            return Err(Fault::Closes(format!(
                "{name}: TLS to upstreams is not supported yet; where clear text will do, write {clear}"
            )));
        }
        "AUTO_HTTP" => {
            return Err(Fault::Closes(
                "AUTO_HTTP: TLS to upstreams is not supported yet; where clear text will do, write HTTP"
                    .to_owned(),
            ));
        }
        "FCGI" => {
            let message = "FCGI: FastCGI is not supported; put a server that speaks HTTP in front of it";
            return Err(Fault::Closes(message.to_owned()));
        }
        _ => {
            let message = format!("{value:?} is not a protocol: write HTTP or GRPC");
            return Err(Fault::Ignored { message, kept: "what the Service's port says is spoken" });
        }
    });
    Ok(())
}
