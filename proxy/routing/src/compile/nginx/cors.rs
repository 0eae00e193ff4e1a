//! `enable-cors` and `cors-*`.

use super::value::{flag, ignored};
use super::{Asked, Fault};
use crate::policy::{Cors, InvalidOrigin, Origin, Rules};

/// The annotations as they were read.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    is_enabled: bool,
    cors: Cors,
    /// No origin that was written could be read.
    is_closed: bool,
}

pub(super) fn enabled(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.cors.is_enabled = flag(value)?;
    Ok(())
}

/// `cors-allow-origin`: a list. One that cannot be read is left out; where none is left, no page may use the route, because the default would let
/// every one.
pub(super) fn origins(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let items: Vec<&str> = value.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
    if items.contains(&"*") {
        return Ok(());
    }
    let (mut origins, mut faults) = (Vec::new(), Vec::new());
    for item in items {
        match Origin::parse(item) {
            Ok(origin) => origins.push(origin),
            Err(error @ InvalidOrigin(_)) => faults.push(error.to_string()),
        }
    }
    asked.cors.is_closed = origins.is_empty();
    asked.cors.cors.origins = origins;
    match (faults.is_empty(), asked.cors.is_closed) {
        (true, false) => Ok(()),
        (_, true) => {
            let message = if faults.is_empty() { "it names no origin".to_owned() } else { faults.join("; ") };
            Err(Fault::Ignored { message, kept: "no page of another origin may use the Ingress" })
        }
        (false, false) => {
            Err(Fault::Ignored { message: faults.join("; "), kept: "the other origins are in force" })
        }
    }
}

pub(super) fn methods(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.cors.cors.methods = list(value, "")?;
    Ok(())
}

pub(super) fn headers(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.cors.cors.headers = list(value, "-_0123456789")?;
    Ok(())
}

pub(super) fn expose(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.cors.cors.expose = list(value, "-_0123456789*")?;
    Ok(())
}

pub(super) fn credentials(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.cors.cors.credentials = flag(value)?;
    Ok(())
}

pub(super) fn max_age(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let seconds: i64 =
        value.parse().map_err(|_| ignored(format!("{value:?} is not a number of seconds, such as 600")))?;
    asked.cors.cors.max_age = seconds.to_string();
    Ok(())
}

/// Names of letters and what else they may have, with commas or spaces between them.
fn list(value: &str, others: &str) -> Result<String, Fault> {
    let may = |c: char| c.is_ascii_alphabetic() || c == ',' || c == ' ' || others.contains(c);
    if value.is_empty() || !value.chars().all(may) {
        return Err(Fault::Ignored {
            message: format!("{value:?} is not a list of names, such as GET, POST or X-One, X-Two"),
            kept: "ingress-nginx's default is in force",
        });
    }
    Ok(value.to_owned())
}

impl Wanted {
    /// What holds for each request. Without `enable-cors` the others say nothing.
    pub(super) fn finish(self, rules: &mut Rules) {
        rules.cors = Some(self.cors).filter(|_| self.is_enabled && !self.is_closed);
    }
}
