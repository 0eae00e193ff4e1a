//! How the requests ended whose answers have one value of the group header.

use http::HeaderValue;

use super::Times;
use crate::outcome::Outcomes;

/// What the responses of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupName {
    /// This value of the header.
    Value(HeaderValue),
    /// An answer without the header, or no answer at all.
    None,
}

impl GroupName {
    /// For reports.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Value(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            Self::None => "(none)".to_owned(),
        }
    }
}

/// Results of one group.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    /// How requests ended.
    pub(crate) outcomes: Outcomes,
    /// Whole answers by status.
    pub(crate) statuses: Vec<(u16, u64)>,
    /// From the intended start to the end.
    pub(crate) latency: Times,
    /// From the actual start to the end.
    pub(crate) service: Times,
    /// Bytes of bodies.
    pub(crate) body_bytes: u64,
}

impl Group {
    pub(super) fn count_status(&mut self, status: u16, count: u64) {
        match self.statuses.iter_mut().find(|(known, _)| *known == status) {
            Some((_, known)) => *known += count,
            None => self.statuses.push((status, count)),
        }
    }

    /// All of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        let Self { outcomes, statuses, latency, service, body_bytes } = other;
        self.outcomes.merge(outcomes);
        for &(status, count) in statuses {
            self.count_status(status, count);
        }
        self.latency.merge(latency);
        self.service.merge(service);
        self.body_bytes += body_bytes;
    }
}
