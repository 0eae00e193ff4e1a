//! `canary` and `canary-*`: an Ingress that is the canary arm of another one's routes.

use std::sync::Arc;

use weir_api::names::is_token;

use super::value::{flag, ignored, second_of};
use super::{Asked as All, Fault};
use crate::canary::{HeaderRule, Rule, Test};
use crate::compile::Options;
use crate::pattern::Pattern;

/// What `canary-weight` is a part of where nothing else is said.
const TOTAL: u32 = 100;

/// The annotations as they were read.
#[derive(Debug, Default)]
pub(super) struct Asked {
    is_enabled: bool,
    weight: Option<u32>,
    total: Option<u32>,
    header: Option<String>,
    header_value: Option<String>,
    header_pattern: Option<String>,
    cookie: Option<String>,
    is_legacy_affinity: bool,
}

pub(super) fn enabled(all: &mut All, value: &str) -> Result<(), Fault> {
    all.canary.is_enabled = flag(value)?;
    Ok(())
}

pub(super) fn weight(all: &mut All, value: &str) -> Result<(), Fault> {
    all.canary.weight = Some(0);
    all.canary.weight = Some(number(value, "the canary gets no share by weight")?);
    Ok(())
}

pub(super) fn weight_total(all: &mut All, value: &str) -> Result<(), Fault> {
    let kept = "the weight is one of 100";
    let total = number(value, kept)?;
    if total == 0 {
        return Err(Fault::Ignored { message: "nothing is a part of 0".to_owned(), kept });
    }
    all.canary.total = Some(total);
    Ok(())
}

pub(super) fn header(all: &mut All, value: &str) -> Result<(), Fault> {
    all.canary.header = Some(token(value, "header")?.to_ascii_lowercase());
    Ok(())
}

pub(super) fn header_value(all: &mut All, value: &str) -> Result<(), Fault> {
    all.canary.header_value = Some(given(value)?);
    Ok(())
}

pub(super) fn header_pattern(all: &mut All, value: &str) -> Result<(), Fault> {
    all.canary.header_pattern = Some(given(value)?);
    Ok(())
}

pub(super) fn cookie(all: &mut All, value: &str) -> Result<(), Fault> {
    all.canary.cookie = Some(token(value, "cookie")?.to_owned());
    Ok(())
}

/// `affinity-canary-behavior`, which only a canary Ingress has.
pub(super) fn affinity(all: &mut All, value: &str) -> Result<(), Fault> {
    let kept = "clients stay with the canary that they came to";
    all.canary.is_legacy_affinity = second_of(value, ["sticky", "legacy"], kept)?;
    Ok(())
}

/// A whole number. One that is none counts as 0, one below 0 as well.
fn number(value: &str, kept: &'static str) -> Result<u32, Fault> {
    value
        .parse()
        .map_err(|_| Fault::Ignored { message: format!("{value:?} is not a whole number from 0 on"), kept })
}

fn given(value: &str) -> Result<String, Fault> {
    if value.is_empty() { Err(ignored("the value is empty")) } else { Ok(value.to_owned()) }
}

fn token<'v>(value: &'v str, what: &str) -> Result<&'v str, Fault> {
    if is_token(value) { Ok(value) } else { Err(ignored(format!("{value:?} is not the name of a {what}"))) }
}

impl Asked {
    /// The rule of an Ingress that is a canary, and what is wrong with it.
    pub(super) fn finish(
        self,
        ingress: &Arc<str>,
        options: &Options,
    ) -> (Option<Rule>, Vec<(&'static str, Fault)>) {
        let mut faults = Vec::new();
        if !self.is_enabled {
            faults.extend(self.disabled());
            return (None, faults);
        }
        let is_strict = options.strict_nginx_canary;
        let total = self.total.unwrap_or(TOTAL);
        let total = if is_strict { total.max(TOTAL) } else { total };
        let rule = Rule {
            ingress: Arc::clone(ingress),
            weight: self.weight.unwrap_or_default().min(total),
            total,
            is_strict,
            is_legacy_affinity: self.is_legacy_affinity,
            header: self.header_rule(&mut faults),
            cookie: self.cookie.map(String::into_boxed_str),
        };
        (Some(rule), faults)
    }

    /// Annotations of a canary on an Ingress that is none.
    fn disabled(&self) -> Option<(&'static str, Fault)> {
        let Self { weight, total, header, header_value, header_pattern, cookie, .. } = self;
        let given = [
            ("canary-weight", weight.is_some_and(|weight| weight > 0)),
            ("canary-weight-total", total.is_some()),
            ("canary-by-header", header.is_some()),
            ("canary-by-header-value", header_value.is_some()),
            ("canary-by-header-pattern", header_pattern.is_some()),
            ("canary-by-cookie", cookie.is_some()),
        ];
        let (name, _) = given.into_iter().find(|(_, given)| *given)?;
        Some((name, ignored("a canary is configured but not enabled: give canary: \"true\" as well")))
    }

    fn header_rule(&self, faults: &mut Vec<(&'static str, Fault)>) -> Option<HeaderRule> {
        let Some(name) = &self.header else {
            let rest = [
                ("canary-by-header-value", &self.header_value),
                ("canary-by-header-pattern", &self.header_pattern),
            ];
            let orphans = rest.into_iter().filter(|(_, given)| given.is_some());
            faults.extend(
                orphans.map(|(name, _)| (name, ignored("it needs canary-by-header: name the header"))),
            );
            return None;
        };
        let test = match (&self.header_value, &self.header_pattern) {
            (Some(value), pattern) => {
                if pattern.is_some() {
                    let message = "canary-by-header-value goes before it: give one of them".to_owned();
                    let kept = "only the value is compared";
                    faults.push(("canary-by-header-pattern", Fault::Partly { message, kept }));
                }
                Test::Value(value.as_str().into())
            }
            (None, Some(pattern)) => match Pattern::value(pattern) {
                Ok(pattern) => Test::Pattern(Box::new(pattern)),
                Err(error) => {
                    let kept = "requests with the header go to the main Service, as in ingress-nginx";
                    faults.push((
                        "canary-by-header-pattern",
                        Fault::Ignored { message: error.to_string(), kept },
                    ));
                    Test::Broken
                }
            },
            (None, None) => Test::Words,
        };
        Some(HeaderRule { name: name.as_str().into(), test })
    }
}
