//! `nginx.ingress.kubernetes.io/*` annotations of an Ingress: one table of those that are known, each with the function that reads it.
//!
//! ```text
//! rewrite    use-regex, rewrite-target, x-forwarded-prefix
//! hosts      server-alias, app-root, from-to-www-redirect
//! redirect   ssl-redirect, force-ssl-redirect, preserve-trailing-slash, permanent-redirect(-code), temporal-redirect(-code)
//! upstream   upstream-vhost, default-backend, backend-protocol
//! access     whitelist-source-range, allowlist-source-range, denylist-source-range
//! limits     proxy-body-size, proxy-connect-timeout, proxy-send-timeout, proxy-read-timeout
//! rates      limit-rps, limit-rpm, limit-connections, limit-burst-multiplier, limit-allowlist, limit-whitelist
//! next       proxy-next-upstream, proxy-next-upstream-tries, -timeout, connection-proxy-header
//! cors       enable-cors, cors-*
//! affinity   affinity, affinity-mode, session-cookie-*
//! canary     canary, canary-*, affinity-canary-behavior
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
use crate::policy::Rules;
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::Settings;

mod access;
mod affinity;
mod canary;
mod cors;
mod hosts;
mod limits;
mod next;
mod rates;
mod redirect;
mod rewrite;
mod upstream;
mod value;

const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// Reads one value.
type Read = fn(&mut Asked, &str) -> Result<(), Fault>;

/// Annotations that are known.
const KNOWN: [(&str, Read); 58] = [
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
    ("backend-protocol", upstream::protocol),
    ("whitelist-source-range", access::allow),
    ("allowlist-source-range", access::allow),
    ("denylist-source-range", access::deny),
    ("proxy-body-size", limits::body_size),
    ("proxy-connect-timeout", limits::connect_timeout),
    ("proxy-send-timeout", limits::send_timeout),
    ("proxy-read-timeout", limits::read_timeout),
    ("limit-rps", rates::per_second),
    ("limit-rpm", rates::per_minute),
    ("limit-connections", rates::connections),
    ("limit-burst-multiplier", rates::multiplier),
    ("limit-allowlist", rates::exempt),
    ("limit-whitelist", rates::exempt),
    ("proxy-next-upstream", next::after),
    ("proxy-next-upstream-tries", next::tries),
    ("proxy-next-upstream-timeout", next::timeout),
    ("connection-proxy-header", next::connection),
    ("enable-cors", cors::enabled),
    ("cors-allow-origin", cors::origins),
    ("cors-allow-methods", cors::methods),
    ("cors-allow-headers", cors::headers),
    ("cors-expose-headers", cors::expose),
    ("cors-allow-credentials", cors::credentials),
    ("cors-max-age", cors::max_age),
    ("affinity", affinity::kind),
    ("affinity-mode", affinity::mode),
    ("session-cookie-name", affinity::name),
    ("session-cookie-path", affinity::path),
    ("session-cookie-domain", affinity::domain),
    ("session-cookie-expires", affinity::expires),
    ("session-cookie-max-age", affinity::max_age),
    ("session-cookie-samesite", affinity::same_site),
    ("session-cookie-secure", affinity::secure),
    ("session-cookie-change-on-failure", affinity::changes_on_failure),
    ("affinity-canary-behavior", canary::affinity),
    ("canary", canary::enabled),
    ("canary-weight", canary::weight),
    ("canary-weight-total", canary::weight_total),
    ("canary-by-header", canary::header),
    ("canary-by-header-value", canary::header_value),
    ("canary-by-header-pattern", canary::header_pattern),
    ("canary-by-cookie", canary::cookie),
];

/// Names, or beginnings of names, of annotations that protect something.
const PROTECTING: [&str; 7] = [
    "auth-",
    "enable-global-auth",
    "satisfy",
    "enable-modsecurity",
    "enable-owasp-core-rules",
    "modsecurity-",
    "limit-",
];

/// Values that ask for nothing that is not done anyway.
const HARMLESS: [(&str, &str); 4] = [
    ("auth-tls-verify-client", "off"),
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
    rules: Rules,
    cors: cors::Wanted,
    rates: rates::Wanted,
    affinity: affinity::Wanted,
    canary: canary::Asked,
}

/// What is wrong with one value.
#[derive(Debug)]
enum Fault {
    /// Serving the Ingress without it would open what it closes: its requests are answered 503, those of its last good routes included.
    Closes(String),
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
    let mut found = Vec::new();
    for (key, value) in ingress.metadata.annotations.iter().flatten() {
        let Some(name) = key.strip_prefix(PREFIX) else { continue };
        let value = value.trim();
        if HARMLESS.contains(&(name, value)) {
            continue;
        }
        if let Some((_, read)) = KNOWN.iter().find(|(known, _)| *known == name) {
            found.extend(read(&mut asked, value).err().map(|fault| (key.clone(), fault)));
        } else if PROTECTING.iter().any(|known| name.starts_with(known)) {
            let why = format!("{name} protects this Ingress and is not supported yet");
            found.push((key.clone(), Fault::Closes(why)));
        } else {
            let field = annotation_field(key);
            rejections.push(place.warning(field, "not supported yet").keeping(WITHOUT));
        }
    }
    let Asked { mut settings, hosts, to_other_host, redirects, mut rules, cors, rates, affinity, canary } =
        asked;
    let faults = redirects.finish(&mut settings).into_iter().chain(rewrite::finish(&mut settings));
    faults.for_each(|(name, fault)| found.push((format!("{PREFIX}{name}"), fault)));
    let (rule, faults) = canary.finish(&place.key(), options);
    found.extend(faults.into_iter().map(|(name, fault)| (format!("{PREFIX}{name}"), fault)));
    for (key, fault) in found {
        said(fault, annotation_field(&key), place, rule.is_some(), &mut nginx, rejections);
    }
    affinity.finish(&mut rules);
    cors.finish(&mut rules);
    rates.finish(&place.key(), &mut rules);
    rules.max_body = rules.max_body.or(options.default_body_size);
    settings.rules = Some(rules).filter(|rules| *rules != Rules::default()).map(Arc::new);
    let settings = Some(settings).filter(|settings| *settings != Settings::default()).map(Arc::new);
    Nginx { settings, hosts, to_other_host, canary: rule.map(Arc::new), ..nginx }
}

/// Takes down what is wrong with one annotation of an Ingress that is, or is not, a canary.
fn said(
    fault: Fault,
    field: String,
    place: Place<'_>,
    is_canary: bool,
    nginx: &mut Nginx,
    rejections: &mut Vec<Rejection>,
) {
    match fault {
        Fault::Closes(_) if is_canary => {
            let message = "annotations of a canary Ingress are those of its main one: annotate that";
            rejections.push(place.warning(field, message).keeping("the main Ingress's own are in force"));
        }
        Fault::Closes(why) => {
            rejections.push(place.error(field, why.as_str()).keeping("its requests are answered 503"));
            nginx.refused.get_or_insert(why.into());
        }
        Fault::Spoils(message) => {
            nginx.unsupported.get_or_insert(Unsupported(place.error(field, message)));
        }
        Fault::Ignored { message, kept } => rejections.push(place.error(field, message).keeping(kept)),
        Fault::Partly { message, kept } => rejections.push(place.warning(field, message).keeping(kept)),
    }
}
