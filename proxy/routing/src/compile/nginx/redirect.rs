//! Redirects: to https, and to another place.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::value::{flag, is_plain};
use super::{Asked, Fault};
use crate::route::Settings;

/// Redirects to another place, each with its code.
#[derive(Debug, Default)]
pub(super) struct Redirects {
    permanent: Option<Arc<str>>,
    permanent_code: Option<u16>,
    temporal: Option<Arc<str>>,
    temporal_code: Option<u16>,
}

pub(super) fn ssl(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.settings.ssl_redirect = Some(flag(value)?);
    Ok(())
}

pub(super) fn force_ssl(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.settings.force_ssl_redirect = flag(value)?;
    Ok(())
}

pub(super) fn preserve_trailing_slash(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.settings.preserve_trailing_slash = flag(value)?;
    Ok(())
}

pub(super) fn permanent(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.redirects.permanent = Some(url(value)?);
    Ok(())
}

pub(super) fn temporal(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.redirects.temporal = Some(url(value)?);
    Ok(())
}

pub(super) fn permanent_code(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.redirects.permanent_code = Some(code(value, 300..=308, "301 is answered")?);
    Ok(())
}

pub(super) fn temporal_code(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.redirects.temporal_code = Some(code(value, 300..=307, "302 is answered")?);
    Ok(())
}

/// A place elsewhere, used as it is. Without it the route would serve what is meant to have moved, so a bad one spoils the Ingress.
fn url(value: &str) -> Result<Arc<str>, Fault> {
    let has_host = ["http://", "https://"].iter().any(|scheme| {
        value
            .strip_prefix(scheme)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['))
    });
    if value.contains('$') {
        return Err(Fault::Spoils(format!("{value:?}: variables are not supported, write the whole URL")));
    }
    if !has_host || !is_plain(value) {
        return Err(Fault::Spoils(format!(
            "{value:?} is not a URL: write it as in https://shop.example/new"
        )));
    }
    Ok(value.into())
}

fn code(value: &str, allowed: RangeInclusive<u16>, kept: &'static str) -> Result<u16, Fault> {
    let code = value.parse().ok().filter(|code| allowed.contains(code));
    code.ok_or_else(|| {
        let message = format!("{value:?} is not a code from {} to {}", allowed.start(), allowed.end());
        Fault::Partly { message, kept }
    })
}

impl Redirects {
    /// The one redirect that counts: a temporal one before a permanent one, as in ingress-nginx.
    pub(super) fn finish(self, settings: &mut Settings) -> Option<(&'static str, Fault)> {
        let Self { permanent, permanent_code, temporal, temporal_code } = self;
        let shadowed = temporal.is_some() && permanent.is_some();
        let temporal = temporal.map(|url| (temporal_code.unwrap_or(302), url));
        settings.redirect = temporal.or(permanent.map(|url| (permanent_code.unwrap_or(301), url)));
        shadowed.then(|| {
            let message = "temporal-redirect goes before it: give one of them".to_owned();
            ("permanent-redirect", Fault::Partly { message, kept: "the temporal one is answered" })
        })
    }
}
