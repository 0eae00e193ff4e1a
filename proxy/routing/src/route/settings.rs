//! What an Ingress's annotations ask for all of its routes, as it was read: what a route makes of it depends on its host as well.

use std::sync::Arc;

use super::Template;
use crate::backend::Protocol;
use crate::policy::Rules;

/// What an Ingress asks for its routes. Default: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// `backend-protocol`; `None`: as the Service's port says.
    pub protocol: Option<Protocol>,
    /// `ssl-redirect`; `None`: as the proxy is configured.
    pub ssl_redirect: Option<bool>,
    /// `force-ssl-redirect`: also where the host has no TLS here.
    pub force_ssl_redirect: bool,
    /// `preserve-trailing-slash`, in redirects to https.
    pub preserve_trailing_slash: bool,
    /// `temporal-redirect`, or `permanent-redirect`: status and location of the answer to every request.
    pub redirect: Option<(u16, Arc<str>)>,
    /// What is the same for every route.
    pub rules: Option<Arc<Rules>>,
}

impl Settings {
    /// Whether this path of theirs makes its host one whose paths are regular expressions: `use-regex`, or a rewrite to anything but the path.
    #[must_use]
    pub fn is_regex(&self, path: &str) -> bool {
        self.use_regex || self.rewrites(path).is_some()
    }

    /// What replaces this path; a rewrite to itself is none.
    #[must_use]
    pub fn rewrites(&self, path: &str) -> Option<&Arc<Template>> {
        self.rewrite.as_ref().filter(|target| target.text() != path)
    }
}
