//! `affinity`, `affinity-mode`, `session-cookie-*`. Without `affinity: cookie` the others say nothing.

use weir_api::names::is_token;

use super::value::{flag, ignored, is_plain, second_of};
use super::{Asked, Fault};
use crate::policy::{Affinity, Rules};

/// The annotations as they were read.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    is_enabled: bool,
    affinity: Affinity,
}

pub(super) fn kind(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if value != "cookie" {
        return Err(ignored(format!("{value:?} is not supported: write cookie")));
    }
    asked.affinity.is_enabled = true;
    Ok(())
}

pub(super) fn mode(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let kept = "a further endpoint takes its part of the clients";
    asked.affinity.affinity.is_persistent = second_of(value, ["balanced", "persistent"], kept)?;
    Ok(())
}

pub(super) fn name(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if !is_token(value) {
        let message = format!("{value:?} is not the name of a cookie");
        return Err(Fault::Ignored { message, kept: "it is called INGRESSCOOKIE" });
    }
    value.clone_into(&mut asked.affinity.affinity.name);
    Ok(())
}

pub(super) fn path(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if !value.starts_with('/') || !is_plain(value) || value.contains(';') {
        let message = format!("{value:?} is not a path of a cookie, such as /app");
        return Err(Fault::Ignored { message, kept: "the cookie has the path of its route" });
    }
    asked.affinity.affinity.path = Some(value.to_owned());
    Ok(())
}

pub(super) fn domain(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let is_domain =
        !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    if !is_domain {
        return Err(ignored(format!("{value:?} is not a domain, such as shop.example")));
    }
    asked.affinity.affinity.domain = Some(value.to_owned());
    Ok(())
}

pub(super) fn expires(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.affinity.affinity.expires = Some(seconds(value)?);
    Ok(())
}

pub(super) fn max_age(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.affinity.affinity.max_age = Some(seconds(value)?);
    Ok(())
}

pub(super) fn same_site(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let known = ["None", "Lax", "Strict"].into_iter().find(|known| known.eq_ignore_ascii_case(value));
    let fault = || ignored(format!("{value:?} is neither None nor Lax nor Strict"));
    asked.affinity.affinity.same_site = Some(known.ok_or_else(fault)?);
    Ok(())
}

pub(super) fn secure(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.affinity.affinity.secure = Some(flag(value)?);
    Ok(())
}

pub(super) fn changes_on_failure(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.affinity.affinity.changes_on_failure = flag(value)?;
    Ok(())
}

fn seconds(value: &str) -> Result<i64, Fault> {
    value.parse().map_err(|_| ignored(format!("{value:?} is not a number of seconds, without a unit")))
}

impl Wanted {
    /// What holds for each request.
    pub(super) fn finish(self, rules: &mut Rules) {
        rules.affinity = Some(self.affinity).filter(|_| self.is_enabled);
    }
}
