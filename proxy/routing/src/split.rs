//! Tracks of one route with their weights.
//!
//! Invariants: the weights never exceed the whole, and each level's share is an exact fraction of integers.

use std::sync::Arc;

use weir_api::service::{Force, Sticky};
use weir_api::{Share, Track};

use crate::backend::{Backend, Protocol};
use crate::canary::Rule;
use crate::sticky::Cohort;

/// Where the requests of a route go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Split {
    /// All to one backend.
    Single(Backend),
    /// To stable, canary and perhaps a baseline, by weight.
    Tracks(Box<Tracks>),
}

impl Split {
    /// The backend of stable, or the only one.
    #[must_use]
    pub fn stable(&self) -> &Backend {
        match self {
            Self::Single(backend) => backend,
            Self::Tracks(tracks) => tracks.stable(),
        }
    }

    /// The same with every backend spoken to in this protocol.
    #[must_use]
    pub(crate) fn speaking(mut self, protocol: Protocol) -> Self {
        match &mut self {
            Self::Single(backend) => backend.protocol = protocol,
            Self::Tracks(tracks) => {
                tracks.stable.protocol = protocol;
                tracks.canary.backend.protocol = protocol;
                tracks.baseline.iter_mut().for_each(|baseline| baseline.backend.protocol = protocol);
            }
        }
        self
    }

    /// Every backend: stable, baseline, canary.
    pub fn backends(&self) -> impl Iterator<Item = &Backend> {
        let tracks = match self {
            Self::Single(_) => None,
            Self::Tracks(tracks) => Some(tracks),
        };
        std::iter::once(self.stable())
            .chain(tracks.and_then(|t| t.baseline()))
            .chain(tracks.map(|t| t.canary()))
    }
}

/// Stable, canary and perhaps a baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracks {
    stable: Backend,
    canary: Weighted,
    baseline: Option<Weighted>,
    /// Share of canary and baseline together.
    away: Fraction,
    /// The canary's part of that.
    inner: Fraction,
    /// The Canary that set the weights and the number of the setting; none for annotations.
    pub release: Option<Release>,
    /// Header and cookie that force a track.
    pub force: Force,
    /// What keeps a user on one track.
    pub cohort: Option<Cohort>,
    /// What a canary Ingress of nginx asks for, whose order of decision is its own.
    pub rule: Option<Arc<Rule>>,
}

/// A backend and its share of the requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighted {
    /// The backend.
    pub backend: Backend,
    /// Its share of the route's requests.
    pub weight: Share,
}

/// Which Canary set the weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The Canary, `namespace/name`.
    pub canary_key: Arc<str>,
    /// Number of the weight setting.
    pub epoch: u64,
}

impl Tracks {
    /// A split without force or stickiness; `None` where the weights are more than the whole.
    #[must_use]
    pub fn new(stable: Backend, canary: Weighted, baseline: Option<Weighted>) -> Option<Self> {
        let beside = baseline.as_ref().map_or(Share::ZERO, |b| b.weight);
        let away = canary.weight.checked_add(beside)?;
        let points = |share: Share| u32::from(share.basis_points());
        Some(Self {
            stable,
            away: Fraction::new(points(away), points(Share::FULL)),
            inner: Fraction::new(points(canary.weight), points(away)),
            canary,
            baseline,
            release: None,
            force: Force::default(),
            cohort: None,
            rule: None,
        })
    }

    /// The split of a canary Ingress. Its share is exact; in basis points, for people, it is rounded, but never to all or nothing.
    #[must_use]
    pub fn by_rule(stable: Backend, canary: Backend, rule: Arc<Rule>) -> Self {
        let share = rule.share();
        let (part, whole) = (u64::from(share.numerator), u64::from(share.denominator));
        let points = u64::from(Share::FULL.basis_points());
        let rounded = (part * points * 2 + whole) / (whole * 2);
        let weight = match part {
            0 => 0,
            part if part == whole => points,
            _ => rounded.clamp(1, points - 1),
        };
        let weight = u16::try_from(weight).ok().and_then(Share::from_basis_points).unwrap_or_default();
        Self {
            stable,
            canary: Weighted { backend: canary, weight },
            baseline: None,
            away: share,
            inner: Fraction { numerator: 1, denominator: 1 },
            release: None,
            force: Force::default(),
            cohort: None,
            rule: Some(rule),
        }
    }

    /// The stable track.
    #[must_use]
    pub fn stable(&self) -> &Backend {
        &self.stable
    }

    /// The canary track.
    #[must_use]
    pub fn canary(&self) -> &Backend {
        &self.canary.backend
    }

    /// The baseline track, if there is one.
    #[must_use]
    pub fn baseline(&self) -> Option<&Backend> {
        self.baseline.as_ref().map(|b| &b.backend)
    }

    /// The backend of a track; `None` for a baseline that is not there and for shadow.
    #[must_use]
    pub fn backend(&self, track: Track) -> Option<&Backend> {
        match track {
            Track::Stable => Some(&self.stable),
            Track::Canary => Some(&self.canary.backend),
            Track::Baseline => self.baseline(),
            Track::Shadow => None,
        }
    }

    /// Share of a track; zero for one that is not there.
    #[must_use]
    pub fn weight(&self, track: Track) -> Share {
        let baseline = self.baseline.as_ref().map_or(Share::ZERO, |b| b.weight);
        match track {
            Track::Canary => self.canary.weight,
            Track::Baseline => baseline,
            Track::Stable => self.canary.weight.checked_add(baseline).unwrap_or(Share::FULL).rest(),
            Track::Shadow => Share::ZERO,
        }
    }

    /// Name of the cookie for a user who has none. Nobody gets one while every request goes to stable.
    #[must_use]
    pub fn cookie_for_newcomers(&self) -> Option<&str> {
        match &self.cohort.as_ref()?.key {
            Sticky::Cookie(name) => (self.away.numerator > 0).then_some(name),
            Sticky::Header(_) | Sticky::Address => None,
        }
    }

    /// Share of canary and baseline together: the first level of the draw.
    #[must_use]
    pub fn away(&self) -> Fraction {
        self.away
    }

    /// The canary's part of [`Self::away`]: the second level of the draw.
    #[must_use]
    pub fn inner(&self) -> Fraction {
        self.inner
    }
}

/// An exact share in lowest terms, from 0/1 to 1/1. Equal shares are equal fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: u32,
    denominator: u32,
}

impl Fraction {
    /// `part` of `whole`, at most all of it; nothing of nothing is nothing.
    #[must_use]
    pub fn new(part: u32, whole: u32) -> Self {
        let (mut a, mut b) = (part.min(whole), whole.max(1));
        while a != 0 {
            (a, b) = (b % a, a);
        }
        Self { numerator: part.min(whole) / b, denominator: whole.max(1) / b }
    }

    /// Number of parts.
    #[must_use]
    pub fn numerator(self) -> u32 {
        self.numerator
    }

    /// Number of parts of the whole; never zero.
    #[must_use]
    pub fn denominator(self) -> u32 {
        self.denominator
    }

    /// What is left of the whole.
    #[must_use]
    pub fn rest(self) -> Self {
        Self { numerator: self.denominator - self.numerator, denominator: self.denominator }
    }
}

#[cfg(test)]
mod tests {
    use super::Fraction;

    #[test]
    fn a_fraction_is_in_lowest_terms_and_never_above_one() {
        for (part, whole, expected) in [
            (0, 0, (0, 1)),
            (0, 10_000, (0, 1)),
            (500, 10_000, (1, 20)),
            (1000, 2000, (1, 2)),
            (3333, 10_000, (3333, 10_000)),
            (10_000, 10_000, (1, 1)),
            (7, 3, (1, 1)),
            (10, 0, (0, 1)),
        ] {
            let fraction = Fraction::new(part, whole);
            assert_eq!((fraction.numerator(), fraction.denominator()), expected, "{part}/{whole}");
        }
    }
}
