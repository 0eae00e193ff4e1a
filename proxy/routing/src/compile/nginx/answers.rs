//! What answers get: the fields of `custom-headers`; and in whose place the `default-backend` gives a page (`custom-http-errors`,
//! `disable-proxy-intercept-errors`).

use super::value::{flag, ignored};
use super::{Asked, Fault, WITHOUT};
use crate::named::key_in;
use crate::route::Settings;

/// `custom-http-errors`: a list of statuses.
pub(super) fn statuses(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
    let status = |item: &str| item.parse().ok().filter(|status| (400..=599).contains(status));
    let statuses: Option<Vec<u16>> = items.map(status).collect();
    let mut statuses = statuses.filter(|statuses| !statuses.is_empty()).ok_or_else(|| {
        ignored(format!("{value:?} is not a list of statuses from 400 to 599, such as 404,503"))
    })?;
    statuses.sort_unstable();
    statuses.dedup();
    asked.settings.error_statuses = Some(statuses.into());
    Ok(())
}

/// `disable-proxy-intercept-errors`: upstreams' own answers stay.
pub(super) fn only_own(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.settings.keeps_upstream_errors = flag(value)?;
    Ok(())
}

/// What depends on another annotation.
pub(super) fn finish(settings: &mut Settings) -> Option<(&'static str, Fault)> {
    if settings.default_backend.is_some() {
        return None;
    }
    settings.error_statuses.take()?;
    let message =
        "it has no effect without default-backend: name the Service whose pages are given".to_owned();
    Some(("custom-http-errors", Fault::Partly { message, kept: WITHOUT }))
}

/// `custom-headers`: the ConfigMap of fields that answers get.
pub(super) fn custom(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.settings.custom_headers = Some(key_in(&asked.namespace, value).map_err(ignored)?);
    Ok(())
}
