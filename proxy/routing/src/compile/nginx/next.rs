//! `proxy-next-upstream`, `proxy-next-upstream-tries`, `proxy-next-upstream-timeout`, `connection-proxy-header`.

use super::value::ignored;
use super::{Asked, Fault};
use crate::policy::After;

/// `proxy-next-upstream`: words of nginx's directive of this name.
pub(super) fn after(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let (mut after, mut not_done, mut unknown) = (After::default(), false, Vec::new());
    for word in value.split_whitespace() {
        match word {
            "error" => after.error = true,
            "timeout" => after.timeout = true,
            "invalid_header" => after.invalid_header = true,
            "off" => {}
            "non_idempotent" => not_done = true,
            _ => match word.strip_prefix("http_").and_then(|code| code.parse().ok()) {
                Some(code @ (403 | 404 | 429 | 500 | 502 | 503 | 504)) => after.statuses.push(code),
                Some(_) | None => unknown.push(word),
            },
        }
    }
    if !unknown.is_empty() {
        return Err(ignored(format!("{}: nginx knows no such case", unknown.join(" "))));
    }
    if value.split_whitespace().any(|word| word == "off") {
        after = After::default();
    }
    asked.rules.next_upstream.get_or_insert_default().after = Some(after);
    if not_done {
        return Err(Fault::Partly {
            message: "non_idempotent is not supported: bodies pass as they come, so they come but once"
                .to_owned(),
            kept: "GET, HEAD and OPTIONS without a body are repeated, others only where nothing was sent",
        });
    }
    Ok(())
}

/// `proxy-next-upstream-tries`: 0 for any number.
pub(super) fn tries(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let tries = number(value)?;
    asked.rules.next_upstream.get_or_insert_default().tries = Some(tries);
    Ok(())
}

/// `proxy-next-upstream-timeout`: seconds, 0 for no limit.
pub(super) fn timeout(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let timeout = number(value)?;
    asked.rules.next_upstream.get_or_insert_default().timeout = Some(timeout);
    Ok(())
}

fn number(value: &str) -> Result<u32, Fault> {
    value.parse().map_err(|_| ignored(format!("{value:?} is not a whole number from 0 on, without a unit")))
}

/// `connection-proxy-header`: the `Connection` field of upstream requests.
pub(super) fn connection(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.rules.connection = Some(match value {
        "close" => "close",
        "keep-alive" => "keep-alive",
        "upgrade" => {
            return Err(Fault::Partly {
                message: "a change of protocol is passed on where the client asks for it".to_owned(),
                kept: super::WITHOUT,
            });
        }
        _ => return Err(ignored(format!("{value:?} is neither close nor keep-alive"))),
    });
    Ok(())
}
