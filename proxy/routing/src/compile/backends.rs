//! The Service and port that an Ingress names.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::IngressBackend;

use crate::route::ServicePortRef;

/// Name and port of the Service, or the faulty field under `backend` and what is wrong with it.
pub(super) fn service(
    backend: &IngressBackend,
) -> Result<(Arc<str>, ServicePortRef), (&'static str, String)> {
    let service = match (&backend.service, &backend.resource) {
        (Some(service), None) => service,
        (_, Some(_)) => {
            return Err(("resource", "resource backends are not supported: name a Service".to_owned()));
        }
        (None, None) => return Err(("service", "no Service is named".to_owned())),
    };
    if service.name.is_empty() {
        return Err(("service.name", "the name is empty".to_owned()));
    }
    let port = service.port.as_ref();
    let name = port.and_then(|port| port.name.as_deref()).filter(|name| !name.is_empty());
    let port = match (name, port.and_then(|port| port.number)) {
        (Some(name), None) => ServicePortRef::Name(name.into()),
        (None, Some(number)) => ServicePortRef::Number(number),
        (Some(_), Some(_)) => {
            return Err(("service.port", "give the port's name or its number, not both".to_owned()));
        }
        (None, None) => return Err(("service.port", "no port is given: its name or its number".to_owned())),
    };
    Ok((service.name.as_str().into(), port))
}
