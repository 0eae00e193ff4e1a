//! `mirror-target`, `mirror-host`, `mirror-request-body`.

use super::value::{ignored, is_plain, second_of};
use super::{Asked, Fault, WITHOUT};
use crate::policy::{Mirror, Rules};
use crate::variables::Text;

/// The annotations as they were read.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    target: Option<Text>,
    host: Option<Text>,
    is_bodiless: bool,
}

/// `mirror-target`: a URL, in whose path variables may stand. Who gets copies is not for clients to say, so of a request's words only its host may
/// stand before the path.
pub(super) fn target(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let rest = ["http://", "https://"].iter().find_map(|scheme| value.strip_prefix(scheme));
    let end = |rest: &str| {
        let ends = ["/", "?", "$request_uri", "$uri"].iter().filter_map(|end| rest.find(end));
        ends.min().unwrap_or(rest.len())
    };
    let authority = rest.and_then(|rest| rest.get(..end(rest)));
    let is_authority = |authority: &str| {
        let plain = authority.replace("$host", "h").replace("${host}", "h");
        !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b))
    };
    if !authority.is_some_and(is_authority) || !is_plain(value) || value.contains('#') {
        return Err(ignored(format!("{value:?} is not a URL, such as https://copies.example$request_uri")));
    }
    asked.mirror.target = Some(Text::parse(value).map_err(|error| ignored(error.to_string()))?);
    Ok(())
}

/// `mirror-host`: the Host of the copies.
pub(super) fn host(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let kept = "copies have the host of mirror-target";
    if value.is_empty() || !is_plain(value) || value.contains(['/', '?', '#', '@']) {
        return Err(Fault::Ignored {
            message: format!("{value:?} is not a host, such as copies.example"),
            kept,
        });
    }
    let text = Text::parse(value);
    asked.mirror.host = Some(text.map_err(|error| Fault::Ignored { message: error.to_string(), kept })?);
    Ok(())
}

/// `mirror-request-body`: `on` or `off`.
pub(super) fn body(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.mirror.is_bodiless = second_of(value, ["on", "off"], "copies have the bodies of the requests")?;
    Ok(())
}

impl Wanted {
    /// What holds for each request, and what has no effect.
    pub(super) fn finish(self, rules: &mut Rules) -> Option<(&'static str, Fault)> {
        let Self { target, host, is_bodiless } = self;
        let name = if host.is_some() { "mirror-host" } else { "mirror-request-body" };
        let Some(target) = target else {
            let message = "it has no effect without mirror-target".to_owned();
            return (host.is_some() || is_bodiless)
                .then_some((name, Fault::Partly { message, kept: WITHOUT }));
        };
        rules.mirror = Some(Mirror { target, host, with_body: !is_bodiless });
        None
    }
}
