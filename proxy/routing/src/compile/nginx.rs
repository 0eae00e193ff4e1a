//! `nginx.ingress.kubernetes.io/*` annotations of an Ingress.
//!
//! So far: a rewrite without capture groups. An annotation that protects something and is not supported refuses the Ingress's routes, because serving
//! them without it would open what it closed; every other one is named and left out.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

use crate::rejection::{Place, Rejection, annotation_field};

const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// Names, or beginnings of names, of annotations that protect something.
const PROTECTING: [&str; 10] = [
    "auth-",
    "enable-global-auth",
    "satisfy",
    "whitelist-source-range",
    "allowlist-source-range",
    "denylist-source-range",
    "enable-modsecurity",
    "enable-owasp-core-rules",
    "modsecurity-",
    "limit-",
];

/// Values that ask for nothing that is not done anyway.
const HARMLESS: [(&str, &str); 10] = [
    ("auth-tls-verify-client", "off"),
    ("backend-protocol", "HTTP"),
    ("canary", "false"),
    ("enable-cors", "false"),
    ("enable-global-auth", "false"),
    ("enable-modsecurity", "false"),
    ("enable-owasp-core-rules", "false"),
    ("force-ssl-redirect", "false"),
    ("ssl-redirect", "false"),
    ("use-regex", "false"),
];

/// What the annotations of one Ingress ask for.
#[derive(Debug, Default)]
pub(super) struct Nginx {
    /// What stands in place of the matched path.
    pub(super) rewrite: Option<Arc<str>>,
    /// Why every route of the Ingress is answered 503, the last good ones included.
    pub(super) refused: Option<Arc<str>>,
    /// Why it makes no new routes; the first reason.
    pub(super) unsupported: Option<Unsupported>,
}

/// Why an Ingress makes no new routes.
#[derive(Debug)]
pub(super) enum Unsupported {
    /// Its last good routes stay.
    KeepLast(Rejection),
    /// It is not to have routes of its own.
    Skip(Rejection),
}

/// Reads the annotations. All of them, whatever is wrong with one: a protecting one counts even beside a fault.
pub(super) fn read(ingress: &Ingress, place: Place<'_>, rejections: &mut Vec<Rejection>) -> Nginx {
    let mut nginx = Nginx::default();
    for (key, value) in ingress.metadata.annotations.iter().flatten() {
        if let Some(name) = key.strip_prefix(PREFIX)
            && !HARMLESS.contains(&(name, value.trim()))
        {
            nginx.annotation(name, value.trim(), annotation_field(key), place, rejections);
        }
    }
    nginx
}

impl Nginx {
    fn annotation(
        &mut self,
        name: &str,
        value: &str,
        field: String,
        place: Place<'_>,
        rejections: &mut Vec<Rejection>,
    ) {
        let fault = match name {
            "canary" => {
                let message = "canary Ingresses are not supported yet: annotate the Service with \
                    weir.dev/canary-service and weir.dev/canary-weight";
                Unsupported::Skip(place.error(field, message).keeping("the main Ingress is served alone"))
            }
            "use-regex" => {
                let message = "regular expressions in paths are not supported yet: use Prefix or Exact paths";
                Unsupported::KeepLast(place.error(field, message))
            }
            "rewrite-target" if value.contains('$') => {
                let message = "a rewrite with capture groups is not supported yet: give what replaces the \
                    path's prefix, such as /";
                Unsupported::KeepLast(place.error(field, message))
            }
            "rewrite-target" if !is_target(value) => {
                let message = format!("{value:?} is not a path: it starts with a slash and has no spaces");
                Unsupported::KeepLast(place.error(field, message))
            }
            "rewrite-target" => {
                self.rewrite = Some(value.into());
                return;
            }
            _ if PROTECTING.iter().any(|known| name.starts_with(known)) => {
                let why = format!("{name} protects this Ingress and is not supported yet");
                rejections.push(place.error(field, why.clone()).keeping("its requests are answered 503"));
                self.refused.get_or_insert(why.into());
                return;
            }
            _ => {
                let kept = "the Ingress is served without it";
                rejections.push(place.warning(field, "not supported yet").keeping(kept));
                return;
            }
        };
        self.unsupported.get_or_insert(fault);
    }
}

/// A path that can stand in a request line as it is.
fn is_target(value: &str) -> bool {
    value.starts_with('/') && value.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#' | b'\\'))
}
