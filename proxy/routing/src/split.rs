//! Tracks of one route with their weights.
//!
//! Invariants: the weights never exceed the whole, and each level's share is an exact fraction of integers.

use std::sync::Arc;

use weir_api::service::{Force, Sticky};
use weir_api::{Share, Track};

use crate::backend::{Backend, Protocol, Spoken, UpstreamTls};
use crate::canary::Rule;
use crate::fraction::Fraction;
use crate::head::Head;
use crate::sticky::Cohort;

mod besides;
mod mirrors;

pub use besides::{Besides, BreakerPolicy, HeaderRoute};
pub use mirrors::{Copying, MirrorRoute};

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

    /// The mirror route of its release that makes copies of such a request, where any are made.
    #[must_use]
    pub fn copied_by(&self, head: &Head<'_>) -> Option<&MirrorRoute> {
        let Self::Tracks(tracks) = self else { return None };
        tracks.copied_to()?;
        tracks.mirror_routes().iter().find(|route| route.takes(head))
    }

    /// The same with every backend spoken to like this.
    pub(crate) fn speaking(mut self, Spoken { protocol, tls }: Spoken) -> Self {
        let options = tls.then(Arc::<UpstreamTls>::default);
        self.each(|backend| {
            backend.protocol = protocol;
            backend.tls.clone_from(&options);
        });
        self
    }

    /// The same with these options for all backends that are spoken to over TLS.
    pub(crate) fn secured(mut self, options: &Arc<UpstreamTls>) -> Self {
        self.each(|backend| backend.tls.iter_mut().for_each(|tls| *tls = Arc::clone(options)));
        self
    }

    fn each(&mut self, mut change: impl FnMut(&mut Backend)) {
        match self {
            Self::Single(backend) => change(backend),
            Self::Tracks(tracks) => {
                change(&mut tracks.stable);
                change(&mut tracks.canary.backend);
                tracks.baseline.iter_mut().for_each(|baseline| change(&mut baseline.backend));
            }
        }
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
    /// What the Canary asks for besides the weights; most ask for nothing.
    pub besides: Option<Arc<Besides>>,
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
            besides: None,
        })
    }

    /// The split of a canary Ingress. Its share is exact; in basis points, for people, it is rounded, but never to all or nothing.
    pub(crate) fn by_rule(stable: Backend, canary: Backend, rule: Arc<Rule>) -> Self {
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
            besides: None,
        }
    }

    pub(crate) fn stable(&self) -> &Backend {
        &self.stable
    }

    /// The canary track.
    #[must_use]
    pub fn canary(&self) -> &Backend {
        &self.canary.backend
    }

    /// The baseline track, if there is one.
    pub(crate) fn baseline(&self) -> Option<&Backend> {
        self.baseline.as_ref().map(|b| &b.backend)
    }

    /// The backend of a track; `None` for a baseline that is not there and for shadow.
    pub(crate) fn backend(&self, track: Track) -> Option<&Backend> {
        match track {
            Track::Stable => Some(&self.stable),
            Track::Canary => Some(&self.canary.backend),
            Track::Baseline => self.baseline(),
            Track::Shadow => None,
        }
    }

    /// Canary and baseline as copies of requests go to them; `None` where no copy is made: only in HTTP/1.1, in clear text.
    #[must_use]
    pub fn copied_to(&self) -> Option<(&Backend, &Backend)> {
        self.mirror_routes().first()?;
        let can = |backend: &Backend| backend.protocol == Protocol::Http1 && backend.tls.is_none();
        Some((self.canary(), self.baseline()?)).filter(|(canary, baseline)| can(canary) && can(baseline))
    }

    /// Requests of which copies go to canary and baseline.
    #[must_use]
    pub fn mirror_routes(&self) -> &[MirrorRoute] {
        self.besides.as_ref().map_or(&[], |besides| &besides.mirror_routes)
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
    pub(crate) fn cookie_for_newcomers(&self) -> Option<&str> {
        match &self.cohort.as_ref()?.key {
            Sticky::Cookie(name) => (self.away.numerator > 0).then_some(name),
            Sticky::Header(_) | Sticky::Address => None,
        }
    }

    /// The canary's part of requests that it shares with the baseline whatever the weights: as of those that the weights move, or half.
    pub(crate) fn shared(&self) -> Fraction {
        if self.away.numerator > 0 { self.inner } else { Fraction { numerator: 1, denominator: 2 } }
    }

    /// Share of canary and baseline together: the first level of the draw.
    pub(crate) fn away(&self) -> Fraction {
        self.away
    }

    /// The canary's part of [`Self::away`]: the second level of the draw.
    pub(crate) fn inner(&self) -> Fraction {
        self.inner
    }
}
