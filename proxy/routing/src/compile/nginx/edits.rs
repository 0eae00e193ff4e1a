//! `proxy-cookie-domain`, `proxy-cookie-path`, `proxy-redirect-from`, `proxy-redirect-to`.

use super::value::ignored;
use super::{Asked, Fault};
use crate::pattern::Pattern;
use crate::policy::{From, Rules, Swap};
use crate::variables::{Text, UnknownVariable};

/// The annotations as they were read; the two halves of a redirect come apart.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    from: Option<From>,
    to: Option<Text>,
}

pub(super) fn cookie_domain(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if let Some(swap) = pair(value)? {
        asked.rules.edits.get_or_insert_default().cookie_domain = Some(swap);
    }
    Ok(())
}

pub(super) fn cookie_path(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if let Some(swap) = pair(value)? {
        asked.rules.edits.get_or_insert_default().cookie_path = Some(swap);
    }
    Ok(())
}

pub(super) fn redirect_from(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    match value {
        "off" => {}
        "default" => {
            let message = "default replaces the name that nginx has for its upstreams, which no answer has";
            return Err(Fault::Partly { message: message.to_owned(), kept: super::WITHOUT });
        }
        _ => asked.edits.from = Some(from(value)?),
    }
    Ok(())
}

pub(super) fn redirect_to(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if value != "off" {
        asked.edits.to = Some(text(value, Text::parse_with_groups)?);
    }
    Ok(())
}

/// `from to`, or `off`.
fn pair(value: &str) -> Result<Option<Swap>, Fault> {
    let mut words = value.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("off"), None, None) => Ok(None),
        (Some(old), Some(new), None) => {
            Ok(Some(Swap { from: from(old)?, to: text(new, Text::parse_with_groups)? }))
        }
        _ => Err(ignored(format!("{value:?} is not two texts, the old and the new one, or off"))),
    }
}

/// A text, or after `~` an expression; `~*`: without case.
fn from(value: &str) -> Result<From, Fault> {
    let Some(expression) = value.strip_prefix('~') else { return Ok(From::Text(text(value, Text::parse)?)) };
    let compiled = match expression.strip_prefix('*') {
        Some(expression) => Pattern::host(expression),
        None => Pattern::value(expression),
    };
    compiled.map(From::Expression).map_err(|error| ignored(error.to_string()))
}

fn text(value: &str, parse: fn(&str) -> Result<Text, UnknownVariable>) -> Result<Text, Fault> {
    if value.is_empty() || value.bytes().any(|b| !b.is_ascii_graphic()) {
        return Err(ignored(format!("{value:?} is not one text without spaces")));
    }
    parse(value).map_err(|error| ignored(error.to_string()))
}

impl Wanted {
    /// What holds for each request, and what half a redirect is.
    pub(super) fn finish(self, rules: &mut Rules) -> Option<(&'static str, Fault)> {
        let (name, other) = match (self.from, self.to) {
            (Some(from), Some(to)) => {
                rules.edits.get_or_insert_default().redirect = Some(Swap { from, to });
                return None;
            }
            (None, None) => return None,
            (Some(_), None) => ("proxy-redirect-from", "proxy-redirect-to"),
            (None, Some(_)) => ("proxy-redirect-to", "proxy-redirect-from"),
        };
        let message = format!("it has no effect without {other}: give both");
        Some((name, Fault::Partly { message, kept: super::WITHOUT }))
    }
}
