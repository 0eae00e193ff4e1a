//! What an Ingress's annotations ask for all of its routes, as it was read: what a route makes of it depends on its host as well.

use std::sync::Arc;

use super::Template;
use crate::backend::{Spoken, UpstreamTls};
use crate::policy::Rules;

/// What an Ingress asks for its routes. Default: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct Settings {
    /// `use-regex`: the paths are regular expressions, and so are all paths of their hosts.
    pub use_regex: bool,
    /// `rewrite-target`.
    pub rewrite: Option<Arc<Template>>,
    /// `x-forwarded-prefix`, which nginx sends beside a rewrite only.
    pub forwarded_prefix: Option<Arc<Template>>,
    /// `upstream-vhost`: the Host that upstreams get.
    pub upstream_vhost: Option<Arc<str>>,
    /// `default-backend`: a Service of the namespace that answers while the route's own has no endpoint.
    pub default_backend: Option<Arc<str>>,
    /// `custom-http-errors`: statuses of answers in whose place that Service gives a page.
    pub error_statuses: Option<Arc<[u16]>>,
    /// `disable-proxy-intercept-errors`: only the proxy's own answers are replaced.
    pub keeps_upstream_errors: bool,
    /// `service-upstream`: requests go to the Service's own address.
    pub by_service: bool,
    /// `backend-protocol`; `None`: as the Service's port says.
    pub protocol: Option<Spoken>,
    /// `proxy-ssl-*`: what is asked of endpoints that are spoken to over TLS.
    pub upstream_tls: Option<Arc<UpstreamTls>>,
    /// `ssl-redirect`; `None`: as the proxy is configured.
    pub ssl_redirect: Option<bool>,
    /// `force-ssl-redirect`: also where the host has no TLS here.
    pub force_ssl_redirect: bool,
    /// `preserve-trailing-slash`, in redirects to https.
    pub preserve_trailing_slash: bool,
    /// `temporal-redirect`, or `permanent-redirect`: status and location of the answer to every request.
    pub redirect: Option<(u16, Arc<str>)>,
    /// `auth-type: basic` with its Secret.
    pub basic: Option<Arc<BasicSettings>>,
    /// `custom-headers`: key `namespace/name` of the ConfigMap.
    pub custom_headers: Option<Arc<str>>,
    /// `auth-proxy-set-headers`: key `namespace/name` of the ConfigMap.
    pub question_fields: Option<Arc<str>>,
    /// What is the same for every route.
    pub rules: Option<Arc<Rules>>,
}

/// `auth-type: basic`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicSettings {
    /// `auth-realm`.
    pub realm: Arc<str>,
    /// `auth-secret`: key `namespace/name` of the Secret.
    pub secret: Arc<str>,
    /// `auth-secret-type`.
    pub users_in: UsersIn,
}

/// Where a Secret has its users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UsersIn {
    /// In the file at its key `auth` (`auth-file`).
    #[default]
    File,
    /// Each key is a user (`auth-map`).
    Map,
}

impl Settings {
    /// Whether this path of theirs makes its host one whose paths are regular expressions: `use-regex`, or a rewrite to anything but the path.
    pub(crate) fn is_regex(&self, path: &str) -> bool {
        self.use_regex || self.rewrites(path).is_some()
    }

    /// What replaces this path; a rewrite to itself is none.
    pub(crate) fn rewrites(&self, path: &str) -> Option<&Arc<Template>> {
        self.rewrite.as_ref().filter(|target| target.text() != path)
    }
}
