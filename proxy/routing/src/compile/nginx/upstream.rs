//! What upstreams get and speak, which endpoint of a Service gets a request, and which one answers while there is none.

use super::value::{flag, ignored};
use super::{Asked, Fault};
use crate::backend::{Protocol, Spoken};
use crate::policy::HashBy;
use crate::target;
use crate::variables::Text;

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
        "HTTP" => Spoken::clear(Protocol::Http1),
        "GRPC" => Spoken::clear(Protocol::Http2),
        "HTTPS" => Spoken::tls(Protocol::Http1),
        "GRPCS" => Spoken::tls(Protocol::Http2),
        "AUTO_HTTP" => {
            let message =
                "AUTO_HTTP: what an upstream speaks is not found out by trying: write HTTP or HTTPS";
            return Err(Fault::Closes(message.to_owned()));
        }
        "FCGI" => {
            let message = "FCGI: FastCGI is not supported; put a server that speaks HTTP in front of it";
            return Err(Fault::Closes(message.to_owned()));
        }
        _ => {
            let message = format!("{value:?} is not a protocol: write HTTP, HTTPS, GRPC or GRPCS");
            return Err(Fault::Ignored { message, kept: "what the Service's port says is spoken" });
        }
    });
    Ok(())
}

/// `upstream-hash-by`: a text with variables.
pub(super) fn hash_by(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if value.is_empty() {
        return Ok(());
    }
    let key = Text::parse(value).map_err(|error| ignored(error.to_string()))?;
    asked.rules.hash_by = Some(HashBy { key });
    Ok(())
}

/// `load-balance`: both of ingress-nginx's ways are this proxy's one.
pub(super) fn algorithm(_: &mut Asked, value: &str) -> Result<(), Fault> {
    if matches!(value, "" | "round_robin" | "ewma") {
        return Ok(());
    }
    let message = format!("{value:?} is neither round_robin nor ewma");
    Err(Fault::Ignored { message, kept: "of two endpoints by chance the one with less to do is asked" })
}

/// `service-upstream`: the Service's own address, and no endpoint.
pub(super) fn by_service(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.settings.by_service = flag(value)?;
    Ok(())
}
