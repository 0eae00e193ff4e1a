//! `custom-http-errors`: answers with some statuses, in whose place another Service's page is given.

use std::sync::Arc;

use serde::Serialize;

use crate::backend::Backend;
use crate::route::Origin;

/// Answers in whose place the page of another Service, the `default-backend`, is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorPages {
    /// Their statuses, from 400 to 599.
    pub statuses: Arc<[u16]>,
    /// Whether they are replaced where an upstream gives them, too, and not only where the proxy does.
    pub intercepts: bool,
    /// The Service that answers every request of the route now, because the route's own has no endpoint.
    pub stands_in: bool,
    /// Whom the pages come from.
    #[serde(serialize_with = "service_of")]
    pub backend: Backend,
    /// What it is told of the route: `X-Namespace`, `X-Ingress-Name`, `X-Service-Name`, `X-Service-Port`.
    #[serde(skip)]
    pub told: [(&'static str, Box<str>); 4],
}

impl ErrorPages {
    /// What the Service of the pages is told of a route.
    pub(crate) fn told(origin: &Origin) -> [(&'static str, Box<str>); 4] {
        let (namespace, name) = origin.ingress.split_once('/').unwrap_or(("", &origin.ingress));
        let port = match &origin.port {
            crate::route::ServicePortRef::Name(name) => name.to_string(),
            crate::route::ServicePortRef::Number(number) => number.to_string(),
        };
        [
            ("x-namespace", namespace.into()),
            ("x-ingress-name", name.into()),
            ("x-service-name", (&*origin.service_name).into()),
            ("x-service-port", port.into()),
        ]
    }

    /// Whether an answer with this status is replaced; `by_upstream`: it is not the proxy's own.
    #[must_use]
    pub fn replaces(&self, status: u16, by_upstream: bool) -> bool {
        !self.stands_in && (self.intercepts || !by_upstream) && self.statuses.contains(&status)
    }
}

fn service_of<S: serde::Serializer>(backend: &Backend, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&backend.service)
}
