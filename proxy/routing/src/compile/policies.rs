//! What a route does besides sending requests somewhere: its Ingress's settings, and what holds for its host.

use std::sync::Arc;

use super::Options;
use super::draft::{Draft, Notes};
use super::hosts::Mode;
use super::named::Objects;
use crate::named::{self, NGINX};
use crate::pattern::Pattern;
use crate::policy::{Added, Basic, Elsewhere, Policy, QuestionFields, ToHttps};
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::{PathKind, Rewrite, Route, StandIn};

/// Paths that must be answered without TLS, so that a certificate can be had (`no-tls-redirect-locations`).
const NEVER_TO_HTTPS: &str = "/.well-known/acme-challenge";

/// Paths that must be answered to whoever asks, for the same reason (`no-auth-locations`).
const NEVER_ASKED: &str = NEVER_TO_HTTPS;

/// The policy of a draft's route, as far as no Service is asked for it.
pub(super) fn policy(
    draft: &Draft,
    patterns: Option<&[Arc<Pattern>]>,
    mode: &Mode,
    options: &Options,
    named: Named,
) -> Policy {
    let (origin, matches) = (&draft.origin, &draft.matches);
    let settings = origin.settings.as_deref();
    let takes_root = match patterns {
        Some(patterns) => patterns.iter().any(|pattern| pattern.is_match(b"/")),
        None => matches.takes_path("/"),
    };
    let is_default = matches.kind == PathKind::Default;
    let to_https = settings.is_some_and(|settings| settings.force_ssl_redirect)
        || (mode.has_tls
            && settings.and_then(|settings| settings.ssl_redirect).unwrap_or(!options.no_ssl_redirect));
    let keeps_slash = settings.is_some_and(|settings| settings.preserve_trailing_slash);
    let elsewhere = settings.and_then(|settings| settings.redirect.as_ref());
    let is_open = origin.text.starts_with(NEVER_ASKED);
    Policy {
        app_root: mode.app_root.clone().filter(|_| takes_root),
        adds_slash: patterns.is_none() && !is_default && origin.text.len() > 1 && origin.text.ends_with('/'),
        other_host: match &origin.stands_in {
            Some(StandIn::OtherHost(host)) => Some(Arc::clone(host)),
            Some(StandIn::AppRoot) | None => None,
        },
        elsewhere: elsewhere
            .map(|(status, location)| Elsewhere { status: *status, location: Arc::clone(location) }),
        https: Some(ToHttps { keeps_slash }).filter(|_| to_https && !origin.text.starts_with(NEVER_TO_HTTPS)),
        is_open,
        upstream_vhost: settings.and_then(|settings| settings.upstream_vhost.clone()),
        client_tls: mode.client_tls.clone(),
        basic: named.basic.filter(|_| !is_open),
        question_fields: named.question_fields,
        added: named.added,
        error_pages: None,
        rules: settings.and_then(|settings| settings.rules.clone()),
    }
}

/// What a draft's Ingress asks for out of Secrets and ConfigMaps.
#[derive(Debug, Default)]
pub(super) struct Named {
    basic: Option<Arc<Basic>>,
    added: Option<Arc<Added>>,
    question_fields: Option<Arc<QuestionFields>>,
}

/// Looks up what the draft's Ingress names, or says why its requests must not be served.
pub(super) fn named(
    place: Place<'_>,
    draft: &Draft,
    objects: &Objects,
    notes: &mut Notes,
) -> Result<Named, Arc<str>> {
    let mut named = Named::default();
    let Some(settings) = draft.origin.settings.as_deref() else { return Ok(named) };
    if let Some(config_map) = &settings.custom_headers {
        notes.need(named::Named::ConfigMap(Arc::clone(config_map)));
        named.added = objects.added(config_map, &mut notes.rejections);
        if named.added.is_none() {
            let field = annotation_field(&format!("{NGINX}custom-headers"));
            let rejection = place.error(field, format!("there is no ConfigMap {config_map}"));
            notes.rejections.push(rejection.keeping("answers are passed on without its fields"));
        }
    }
    if let Some(basic) = &settings.basic {
        notes.need(named::Named::Secret(Arc::clone(&basic.secret)));
        match objects.basic(basic, &mut notes.rejections) {
            Ok(basic) => named.basic = Some(Arc::new(basic)),
            Err(message) => {
                return Err(closed(place, "auth-secret", message, notes));
            }
        }
    }
    if let Some(config_map) = &settings.question_fields {
        notes.need(named::Named::ConfigMap(Arc::clone(config_map)));
        match objects.question_fields(config_map) {
            Ok(fields) => named.question_fields = Some(Arc::new(fields)),
            Err(message) => return Err(closed(place, "auth-proxy-set-headers", message, notes)),
        }
    }
    Ok(named)
}

/// What an annotation names cannot be used, and without it somebody could come in.
fn closed(place: Place<'_>, annotation: &str, message: String, notes: &mut Notes) -> Arc<str> {
    let rejection = place.error(annotation_field(&format!("{NGINX}{annotation}")), message.as_str());
    notes.rejections.push(rejection.keeping("its requests are answered 503"));
    message.into()
}

/// The paths of a draft as regular expressions, for a host whose paths are. What the route had before is not compiled again.
///
/// As ingress-nginx writes its locations: a Prefix path that is not meant as an expression is two of them, with a slash at its end and without.
pub(super) fn patterns(
    draft: &Draft,
    before: Option<&Route>,
    rejections: &mut Vec<Rejection>,
) -> Option<Arc<[Arc<Pattern>]>> {
    let text = &draft.origin.text;
    let is_prefix = draft.matches.kind == PathKind::Prefix && **text != *"/" && !draft.is_regex();
    let texts = match draft.matches.kind {
        PathKind::Default => return None,
        _ if draft.origin.stands_in.is_some() => return Some(Arc::from([Arc::new(Pattern::whole(text))])),
        _ if is_prefix && text.ends_with('/') => vec![Arc::clone(text)],
        _ if is_prefix => vec![format!("{text}/").into(), Arc::clone(text)],
        PathKind::Exact | PathKind::Prefix | PathKind::ImplementationSpecific => vec![Arc::clone(text)],
    };
    let known = before.and_then(|route| route.patterns.as_deref()).unwrap_or_default();
    let mut pattern = |text: &Arc<str>| {
        let known =
            known.iter().chain(&draft.pattern).find(|pattern| pattern.text() == text && !pattern.is_whole());
        known.map_or_else(|| Arc::new(compiled(draft, text, rejections)), Arc::clone)
    };
    Some(texts.iter().map(&mut pattern).collect())
}

/// A path that nobody meant as an expression may be none.
fn compiled(draft: &Draft, text: &Arc<str>, rejections: &mut Vec<Rejection>) -> Pattern {
    Pattern::path(text).unwrap_or_else(|error| {
        let place = Place::of("Ingress", &draft.origin.ingress);
        let message =
            format!("the paths of host {} are regular expressions, and {error}", draft.matches.host);
        let rejection = place.warning(format!("{}.path", draft.origin.field), message);
        rejections.push(rejection.keeping("the path is taken letter by letter"));
        Pattern::quoted(text)
    })
}

/// What replaces the paths of a draft.
pub(super) fn rewrite(draft: &Draft, patterns: Option<&[Arc<Pattern>]>) -> Option<Rewrite> {
    let settings = draft.origin.settings.as_deref().filter(|_| draft.is_regex())?;
    let (pattern, target) = (patterns?.first()?, settings.rewrites(&draft.origin.text)?);
    Some(Rewrite::new(Arc::clone(pattern), Arc::clone(target), settings.forwarded_prefix.clone()))
}
