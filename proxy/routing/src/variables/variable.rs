//! Which variables there are, and what a request's value of each is.

use super::facts::Facts;
use crate::cookie;
use crate::route::ServicePortRef;

/// What a text may say of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    /// `$host`: without its port.
    Host,
    /// `$http_host`: the header as it came.
    HostField,
    /// `$best_http_host`: with its port, as trusted proxies say.
    Authority,
    /// `$request_uri`: path and query.
    Target,
    /// `$escaped_request_uri`.
    EscapedTarget,
    /// `$uri`, `$document_uri`: the path.
    Path,
    /// `$args`, `$query_string`.
    Query,
    /// `$is_args`: a question mark, where there is a query.
    QuestionMark,
    /// `$scheme`, `$pass_access_scheme`.
    Scheme,
    /// `$request_method`.
    Method,
    /// `$remote_addr`, `$binary_remote_addr`, `$the_real_ip`: as a text.
    Client,
    /// `$namespace`.
    Namespace,
    /// `$ingress_name`.
    Ingress,
    /// `$service_name`.
    Service,
    /// `$service_port`.
    Port,
    /// `$location_path`: as the Ingress has it.
    Location,
    /// `$http_NAME`, in lower case and with dashes.
    Header(Box<str>),
    /// `$cookie_NAME`.
    Cookie(Box<str>),
    /// `$arg_NAME`.
    Argument(Box<str>),
}

/// A variable that is none, without its dollar sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "${0} is not supported: the variables are $host, $http_host, $request_uri, $escaped_request_uri, $uri, $args, $is_args, $scheme, \
     $request_method, $remote_addr, $namespace, $ingress_name, $service_name, $service_port, $location_path, $http_NAME, $cookie_NAME and $arg_NAME"
)]
pub struct UnknownVariable(pub String);

impl Variable {
    /// The one with this name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let named = |prefix: &str| name.strip_prefix(prefix).filter(|rest| !rest.is_empty());
        Some(match name {
            "host" => Self::Host,
            "http_host" => Self::HostField,
            "best_http_host" => Self::Authority,
            "request_uri" => Self::Target,
            "escaped_request_uri" => Self::EscapedTarget,
            "uri" | "document_uri" => Self::Path,
            "args" | "query_string" => Self::Query,
            "is_args" => Self::QuestionMark,
            "scheme" | "pass_access_scheme" => Self::Scheme,
            "request_method" => Self::Method,
            "remote_addr" | "binary_remote_addr" | "the_real_ip" => Self::Client,
            "namespace" => Self::Namespace,
            "ingress_name" => Self::Ingress,
            "service_name" => Self::Service,
            "service_port" => Self::Port,
            "location_path" => Self::Location,
            _ => {
                if let Some(header) = named("http_") {
                    Self::Header(header.to_ascii_lowercase().replace('_', "-").into())
                } else if let Some(argument) = named("arg_") {
                    Self::Argument(argument.into())
                } else {
                    Self::Cookie(named("cookie_")?.into())
                }
            }
        })
    }

    /// Whether every request of a route has the same, apart from `$host`, which is one of the route's hosts.
    pub(super) fn is_of_route(&self) -> bool {
        matches!(self, Self::Namespace | Self::Ingress | Self::Service | Self::Port | Self::Host)
    }

    /// Puts a request's value, perhaps in pieces.
    pub(super) fn put(&self, facts: &Facts<'_>, put: &mut dyn FnMut(&[u8])) {
        let Facts { head, route, authority, .. } = facts;
        let origin = &route.origin;
        match self {
            Self::Host => put(head.host.as_bytes()),
            Self::HostField => put(facts.host_field()),
            Self::Authority => put(authority.as_bytes()),
            Self::Target => put(facts.target().as_bytes()),
            Self::EscapedTarget => put(facts.escaped_target().as_bytes()),
            Self::Path => put(head.path.as_bytes()),
            Self::Query => put(head.query.unwrap_or_default().as_bytes()),
            Self::QuestionMark => put(if head.query.is_some_and(|q| !q.is_empty()) { b"?" } else { b"" }),
            Self::Scheme => put(facts.scheme().as_bytes()),
            Self::Method => put(head.method.as_bytes()),
            Self::Client => put(head.client.to_string().as_bytes()),
            Self::Namespace => put(origin.ingress.split('/').next().unwrap_or_default().as_bytes()),
            Self::Ingress => put(origin.ingress.split('/').nth(1).unwrap_or_default().as_bytes()),
            Self::Service => put(origin.service_name.as_bytes()),
            Self::Port => match &origin.port {
                ServicePortRef::Name(name) => put(name.as_bytes()),
                ServicePortRef::Number(number) => put(number.to_string().as_bytes()),
            },
            Self::Location => put(origin.text.as_bytes()),
            Self::Header(name) => facts.header(name, put),
            Self::Cookie(name) => put(cookie::find(head.headers, name).unwrap_or_default()),
            Self::Argument(name) => put(facts.argument(name).as_bytes()),
        }
    }
}
