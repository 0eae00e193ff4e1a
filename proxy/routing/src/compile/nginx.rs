//! `nginx.ingress.kubernetes.io/*` annotations of an Ingress.
//!
//! ```text
//! known      one table of those that are known, each with the function that reads it; the functions:
//! rewrite    use-regex, rewrite-target, x-forwarded-prefix
//! hosts      server-alias, app-root, from-to-www-redirect
//! redirect   ssl-redirect, force-ssl-redirect, preserve-trailing-slash, permanent-redirect(-code), temporal-redirect(-code)
//! upstream   upstream-vhost, default-backend, backend-protocol, upstream-hash-by, load-balance, service-upstream
//! external   auth-url, auth-method, auth-signin(-redirect-param), auth-response-headers, auth-request-redirect, auth-proxy-set-headers,
//!            auth-always-set-cookie, auth-cache-key, auth-cache-duration, auth-keepalive(-*), enable-global-auth, satisfy
//! tls        proxy-ssl-*
//! client_tls auth-tls-*
//! answers    custom-headers, custom-http-errors, disable-proxy-intercept-errors
//! access     whitelist-source-range, allowlist-source-range, denylist-source-range
//! basic      auth-type, auth-secret, auth-secret-type, auth-realm
//! limits     proxy-body-size, proxy-connect-timeout, proxy-send-timeout, proxy-read-timeout
//! rates      limit-rps, limit-rpm, limit-connections, limit-burst-multiplier, limit-allowlist, limit-whitelist, limit-rate, limit-rate-after
//! next       proxy-next-upstream, proxy-next-upstream-tries, -timeout, connection-proxy-header
//! edits      proxy-cookie-domain, proxy-cookie-path, proxy-redirect-from, proxy-redirect-to
//! mirror     mirror-target, mirror-host, mirror-request-body
//! cors       enable-cors, cors-*
//! affinity   affinity, affinity-mode, session-cookie-*
//! canary     canary, canary-*, affinity-canary-behavior
//! value      what all of them read values with
//! ```
//! An annotation that protects something and is not known refuses the Ingress's routes, because serving them without it would open what it closed;
//! every other one is named and left out.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

pub(super) use self::known::names;
use self::known::{HARMLESS, KNOWN, PROTECTING};
use self::redirect::Redirects;
use super::Options;
use super::hosts::HostSettings;
use crate::canary::Rule;
use crate::named::NGINX as PREFIX;
use crate::policy::Rules;
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::Settings;

mod access;
mod affinity;
mod answers;
mod basic;
mod canary;
mod client_tls;
mod cors;
mod edits;
mod external;
mod hosts;
mod known;
mod limits;
mod mirror;
mod next;
mod rates;
mod redirect;
mod rewrite;
mod snippet;
mod tls;
mod upstream;
mod value;

/// What the annotations of one Ingress ask for.
#[derive(Debug, Default)]
pub(super) struct Nginx {
    /// For its routes; none: nothing.
    pub(super) settings: Option<Arc<Settings>>,
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
    /// Of the Ingress, and of what it names.
    namespace: Box<str>,
    settings: Settings,
    hosts: HostSettings,
    to_other_host: bool,
    redirects: Redirects,
    rules: Rules,
    basic: basic::Wanted,
    external: external::Wanted,
    tls: tls::Wanted,
    client_tls: client_tls::Wanted,
    cors: cors::Wanted,
    rates: rates::Wanted,
    edits: edits::Wanted,
    mirror: mirror::Wanted,
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

/// What is wrong, each with the key of its annotation.
type Found = Vec<(String, Fault)>;

/// Reads the annotations. All of them, whatever is wrong with one: a protecting one counts even beside a fault.
pub(super) fn read(
    ingress: &Ingress,
    place: Place<'_>,
    options: &Options,
    rejections: &mut Vec<Rejection>,
) -> Nginx {
    let mut found = Found::new();
    let asked = each(ingress, place, &mut found, rejections);
    let (nginx, rule) = together(asked, ingress, place, options, &mut found);
    let mut nginx = Nginx { canary: rule.map(Arc::new), ..nginx };
    let is_canary = nginx.canary.is_some();
    for (key, fault) in found {
        said(fault, annotation_field(&key), place, is_canary, &mut nginx, rejections);
    }
    nginx
}

/// Reads each by itself.
fn each(ingress: &Ingress, place: Place<'_>, found: &mut Found, rejections: &mut Vec<Rejection>) -> Asked {
    let mut asked = Asked { namespace: place.namespace.into(), ..Asked::default() };
    for (key, value) in ingress.metadata.annotations.iter().flatten() {
        let Some(name) = key.strip_prefix(PREFIX) else { continue };
        let value = value.trim();
        if HARMLESS.contains(&(name, value)) {
            continue;
        }
        if let Some((_, read)) = KNOWN.iter().find(|(known, _)| *known == name) {
            found.extend(read(&mut asked, value).err().map(|fault| (key.clone(), fault)));
        } else if PROTECTING.iter().any(|known| name.starts_with(known)) {
            let why = match snippet::instead(name) {
                Some(instead) => format!(
                    "{name} protects this Ingress, and is nginx's own configuration, which is not read here: {instead}"
                ),
                None => format!("{name} protects this Ingress and is not supported yet"),
            };
            found.push((key.clone(), Fault::Closes(why)));
        } else {
            let field = annotation_field(key);
            let why = snippet::instead(name).map_or_else(
                || "not supported yet".to_owned(),
                |instead| format!("is nginx's own configuration, which is not read here: {instead}"),
            );
            rejections.push(place.warning(field, why).keeping(WITHOUT));
        }
    }
    asked
}

/// Puts together what was read: what one annotation means may depend on another. With it the rule of a canary.
fn together(
    asked: Asked,
    ingress: &Ingress,
    place: Place<'_>,
    options: &Options,
    found: &mut Found,
) -> (Nginx, Option<Rule>) {
    let Asked { mut settings, mut hosts, to_other_host, mut rules, .. } = asked;
    let key = place.key();
    let (rule, of_canary) = asked.canary.finish(&key, options);
    let one_each = [
        take(asked.basic.finish(), |basic| settings.basic = basic),
        take(asked.client_tls.finish(), |client_tls| hosts.client_tls = client_tls),
        take(asked.tls.finish(), |tls| settings.upstream_tls = tls),
        asked.redirects.finish(&mut settings),
        rewrite::finish(&mut settings),
        answers::finish(&mut settings),
        asked.edits.finish(&mut rules),
        asked.mirror.finish(&mut rules),
    ];
    let of_external = asked.external.finish(ingress, &mut rules);
    let faults = one_each.into_iter().flatten().chain(of_canary).chain(of_external);
    found.extend(faults.map(|(name, fault)| (format!("{PREFIX}{name}"), fault)));
    asked.affinity.finish(&mut rules);
    asked.cors.finish(&mut rules);
    asked.rates.finish(&key, &mut rules);
    rules.max_body = rules.max_body.or(options.default_body_size);
    settings.rules = Some(rules).filter(|rules| *rules != Rules::default()).map(Arc::new);
    let settings = Some(settings).filter(|settings| *settings != Settings::default()).map(Arc::new);
    (Nginx { settings, hosts, to_other_host, ..Nginx::default() }, rule)
}

/// Keeps what came out well; else the annotation that is wrong, and how.
fn take<T>(
    finished: Result<T, (&'static str, Fault)>,
    keep: impl FnOnce(T),
) -> Option<(&'static str, Fault)> {
    finished.map(keep).err()
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
