//! `limit-*`: what one client may ask of an Ingress. One that cannot be read closes it.

use super::access::networks;
use super::{Asked, Fault};
use crate::network::Network;
use crate::policy::{Limits, Pace, Rate, Rules};

/// How many times the rate a client may be beyond it at once.
const BURST_MULTIPLIER: u32 = 5;

/// The annotations as they were read; 0 is no limit.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    per_second: u32,
    per_minute: u32,
    connections: u32,
    /// Kilobytes a second of one answer, and those before that counts.
    answer: u32,
    answer_after: u32,
    multiplier: Option<u32>,
    exempt: Vec<Network>,
}

pub(super) fn per_second(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.rates.per_second = limit(value)?;
    Ok(())
}

pub(super) fn per_minute(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.rates.per_minute = limit(value)?;
    Ok(())
}

pub(super) fn connections(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.rates.connections = limit(value)?;
    Ok(())
}

/// `limit-rate`: kilobytes a second of one answer.
pub(super) fn answer(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.rates.answer = kilobytes(value)?;
    Ok(())
}

/// `limit-rate-after`: kilobytes of an answer that go out before that counts.
pub(super) fn answer_after(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.rates.answer_after = kilobytes(value)?;
    Ok(())
}

/// `limit-burst-multiplier`.
pub(super) fn multiplier(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let multiplier = value.parse().ok().filter(|multiplier| *multiplier > 0);
    asked.rates.multiplier = Some(multiplier.ok_or_else(|| Fault::Ignored {
        message: format!("{value:?} is not a whole number above 0"),
        kept: "clients may be five times beyond their rate at once",
    })?);
    Ok(())
}

/// `limit-allowlist`, of which `limit-whitelist` is the old name.
pub(super) fn exempt(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let fault = |message| Fault::Ignored { message, kept: "nobody is exempt by it" };
    let networks = networks(value).map_err(fault)?;
    asked.rates.exempt.extend(networks);
    Ok(())
}

fn limit(value: &str) -> Result<u32, Fault> {
    value.parse().map_err(|_| {
        Fault::Closes(format!("{value:?} is not a whole number of requests: write one, or 0 for no limit"))
    })
}

fn kilobytes(value: &str) -> Result<u32, Fault> {
    value.parse().map_err(|_| {
        Fault::Closes(format!(
            "{value:?} is not a whole number of kilobytes: write one without a unit, or 0 for no limit"
        ))
    })
}

impl Wanted {
    /// What holds for each request of this Ingress.
    pub(super) fn finish(self, ingress: &str, rules: &mut Rules) {
        let Self { per_second, per_minute, connections, answer, answer_after, multiplier, exempt } = self;
        let bytes = |kilobytes: u32| u64::from(kilobytes) * 1024;
        let pace = Pace { rate: bytes(answer), after: bytes(answer_after) };
        rules.pace = Some(pace).filter(|pace| pace.rate > 0);
        let multiplier = multiplier.unwrap_or(BURST_MULTIPLIER);
        let given = |limit: u32| Some(limit).filter(|limit| *limit > 0);
        let rate = |limit| Some(Rate { limit: given(limit)?, burst: limit.saturating_mul(multiplier) });
        let zone = Limits::zone_of(ingress);
        let limits = Limits {
            zone,
            per_second: rate(per_second),
            per_minute: rate(per_minute),
            connections: given(connections),
            exempt,
        };
        rules.limits = Some(limits).filter(|_| per_second > 0 || per_minute > 0 || connections > 0);
    }
}
