//! `nginx.ingress.kubernetes.io/*` annotations of an Ingress: one table of those that are known, each with the function that reads it.
//!
//! ```text
//! rewrite    use-regex, rewrite-target, x-forwarded-prefix
//! hosts      server-alias, app-root, from-to-www-redirect
//! redirect   ssl-redirect, force-ssl-redirect, preserve-trailing-slash, permanent-redirect(-code), temporal-redirect(-code)
//! upstream   upstream-vhost, default-backend
//! canary     canary, canary-*
//! value      what all of them read values with
//! ```
//! An annotation that protects something and is not known refuses the Ingress's routes, because serving them without it would open what it closed;
//! every other one is named and left out.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

use self::redirect::Redirects;
use super::Options;
use super::hosts::HostSettings;
use crate::canary::Rule;
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::Settings;

mod canary;
mod hosts;
mod redirect;
mod rewrite;
mod upstream;
mod value;

const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// Reads one value.
type Read = fn(&mut Asked, &str) -> Result<(), Fault>;

/// Annotations that are known.
const KNOWN: [(&str, Read); 22] = [
    ("use-regex", rewrite::use_regex),
    ("rewrite-target", rewrite::target),
    ("x-forwarded-prefix", rewrite::forwarded_prefix),
    ("server-alias", hosts::aliases),
    ("app-root", hosts::app_root),
    ("from-to-www-redirect", hosts::to_other_host),
    ("ssl-redirect", redirect::ssl),
    ("force-ssl-redirect", redirect::force_ssl),
    ("preserve-trailing-slash", redirect::preserve_trailing_slash),
    ("permanent-redirect", redirect::permanent),
    ("permanent-redirect-code", redirect::permanent_code),
    ("temporal-redirect", redirect::temporal),
    ("temporal-redirect-code", redirect::temporal_code),
    ("upstream-vhost", upstream::vhost),
    ("default-backend", upstream::default_backend),
    ("canary", canary::enabled),
    ("canary-weight", canary::weight),
    ("canary-weight-total", canary::weight_total),
    ("canary-by-header", canary::header),
    ("canary-by-header-value", canary::header_value),
    ("canary-by-header-pattern", canary::header_pattern),
    ("canary-by-cookie", canary::cookie),
];

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
const HARMLESS: [(&str, &str); 6] = [
    ("auth-tls-verify-client", "off"),
    ("backend-protocol", "HTTP"),
    ("enable-cors", "false"),
    ("enable-global-auth", "false"),
    ("enable-modsecurity", "false"),
    ("enable-owasp-core-rules", "false"),
];

/// What the annotations of one Ingress ask for.
#[derive(Debug, Default)]
pub(super) struct Nginx {
    /// For its routes; none: nothing.
    pub(super) settings: Option<Arc<Settings>>,
    /// For its hosts.
    pub(super) hosts: HostSettings,
    /// Whether the other host, with or without `www.`, is sent to its own.
    pub(super) to_other_host: bool,
    /// It is a canary Ingress: arms of other Ingresses' routes.
    pub(super) canary: Option<Arc<Rule>>,
    /// Why every route of the Ingress is answered 503, the last good ones included.
    pub(super) refused: Option<Arc<str>>,
    /// Why it makes no new routes; its last good ones stay. The first reason.
    pub(super) unsupported: Option<Unsupported>,
}

/// Why an Ingress makes no new routes.
#[derive(Debug)]
pub(super) struct Unsupported(pub(super) Rejection);

/// What is being read.
#[derive(Debug, Default)]
struct Asked {
    settings: Settings,
    hosts: HostSettings,
    to_other_host: bool,
    redirects: Redirects,
    canary: canary::Asked,
}

/// What is wrong with one value.
#[derive(Debug)]
enum Fault {
    /// Nothing that the Ingress asks for can be served as it means it: its last good routes stay.
    Spoils(String),
    /// It is served without this annotation, or with what is said.
    Ignored { message: String, kept: &'static str },
    /// The annotation has no effect here, or not all that was asked for.
    Partly { message: String, kept: &'static str },
}

/// What is served where one annotation is not.
const WITHOUT: &str = "the Ingress is served without it";

/// Reads the annotations. All of them, whatever is wrong with one: a protecting one counts even beside a fault.
pub(super) fn read(
    ingress: &Ingress,
    place: Place<'_>,
    options: &Options,
    rejections: &mut Vec<Rejection>,
) -> Nginx {
    let (mut asked, mut nginx) = (Asked::default(), Nginx::default());
    let mut protecting = Vec::new();
    for (key, value) in ingress.metadata.annotations.iter().flatten() {
        let Some(name) = key.strip_prefix(PREFIX) else { continue };
        let (value, field) = (value.trim(), annotation_field(key));
        if HARMLESS.contains(&(name, value)) {
            continue;
        }
        if let Some((_, read)) = KNOWN.iter().find(|(known, _)| *known == name) {
            let fault = read(&mut asked, value).err();
            said(fault, field, place, &mut nginx, rejections);
        } else if PROTECTING.iter().any(|known| name.starts_with(known)) {
            protecting.push((name, field));
        } else {
            rejections.push(place.warning(field, "not supported yet").keeping(WITHOUT));
        }
    }
    let Asked { mut settings, hosts, to_other_host, redirects, canary } = asked;
    let faults = redirects.finish(&mut settings).into_iter().chain(rewrite::finish(&mut settings));
    for (name, fault) in faults {
        said(Some(fault), annotation_field(&format!("{PREFIX}{name}")), place, &mut nginx, rejections);
    }
    let (rule, faults) = canary.finish(&place.key(), options);
    for (name, fault) in faults {
        said(Some(fault), annotation_field(&format!("{PREFIX}{name}")), place, &mut nginx, rejections);
    }
    for (name, field) in protecting {
        if rule.is_some() {
            let message = "annotations of a canary Ingress are those of its main one: annotate that";
            rejections.push(place.warning(field, message).keeping("the main Ingress's own are in force"));
            continue;
        }
        let why = format!("{name} protects this Ingress and is not supported yet");
        rejections.push(place.error(field, why.clone()).keeping("its requests are answered 503"));
        nginx.refused.get_or_insert(why.into());
    }
    let settings = Some(settings).filter(|settings| *settings != Settings::default()).map(Arc::new);
    Nginx { settings, hosts, to_other_host, canary: rule.map(Arc::new), ..nginx }
}

/// Takes down what is wrong with one annotation.
fn said(
    fault: Option<Fault>,
    field: String,
    place: Place<'_>,
    nginx: &mut Nginx,
    rejections: &mut Vec<Rejection>,
) {
    match fault {
        None => {}
        Some(Fault::Spoils(message)) => {
            nginx.unsupported.get_or_insert(Unsupported(place.error(field, message)));
        }
        Some(Fault::Ignored { message, kept }) => rejections.push(place.error(field, message).keeping(kept)),
        Some(Fault::Partly { message, kept }) => rejections.push(place.warning(field, message).keeping(kept)),
    }
}
