//! Which backend one request goes to, and why.
//!
//! Order: forced header, forced cookie, header routes of the release, sticky cohort, the next turn; of an nginx canary Ingress: header, cookie,
//! the affinity cookie (which ingress-nginx asks first), the next turn. A track without ready endpoints is replaced; the decision says so.
//! Nothing here allocates.

use std::fmt;

use serde::Serialize;
use weir_api::Track;
use weir_api::service::Sticky;

use crate::backend::Backend;
use crate::head::Head;
use crate::route::Route;
use crate::split::{Split, Tracks};
use crate::sticky::{self, Cohort, UserId};
use crate::turns::Turns;
use crate::{cookie, force};

/// Where one request goes.
#[derive(Clone, Debug)]
pub struct Decision<'t> {
    /// The backend. Without endpoints the answer is 503, and [`Backend::problem`] says why.
    pub backend: &'t Backend,
    /// What decided.
    pub because: Because,
    /// The track that was decided for, where it has no ready endpoint and `backend` stands in for it. To be counted.
    pub instead_of: Option<Track>,
    /// A cookie that the response is to set.
    pub set_cookie: Option<SetCookie<'t>>,
}

/// A sticky cookie for a user who has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetCookie<'t> {
    /// Name of the cookie.
    pub name: &'t str,
    /// Its value.
    pub user: UserId,
}

impl SetCookie<'_> {
    /// Value of a `Set-Cookie` header. Valid for a year: a user's id outlives releases, whose salts change. `secure` where the client came by TLS.
    #[must_use]
    pub fn header_value(&self, secure: bool) -> impl fmt::Display {
        let Self { name, user } = *self;
        let secure = if secure { "; Secure" } else { "" };
        fmt::from_fn(move |f| {
            write!(f, "{name}={user}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}")
        })
    }
}

/// Decides one request of `route`. `turns` are that route's on this worker.
pub fn decide<'t>(route: &'t Route, head: &Head<'_>, turns: &mut Turns) -> Decision<'t> {
    let tracks = match &route.split {
        Split::Single(backend) => {
            return Decision { backend, because: Because::Only, instead_of: None, set_cookie: None };
        }
        Split::Tracks(tracks) => tracks,
    };
    let (track, because, set_cookie) = match without_turn(route, tracks, head) {
        Some((_, because @ Because::Match { shared: true })) => (turns.share(tracks), because, None),
        Some((track, because)) => (track, because, None),
        None => match newcomer(tracks, turns) {
            Some((track, because, cookie)) => (track, because, Some(cookie)),
            None => (turns.next(tracks), Because::Turn, None),
        },
    };
    let (backend, instead_of) = stand_in(tracks, track);
    Decision { backend, because, instead_of, set_cookie }
}

impl<'t> Decision<'t> {
    /// The same request without the canary, which takes no more of them: for stable, or the baseline, which runs the same version.
    #[must_use]
    pub fn without_canary(self, route: &'t Route) -> Self {
        let stable = route.split.stable();
        let baseline = route.split.backends().find(|backend| backend.track == Track::Baseline);
        let ready = [Some(stable), baseline].into_iter().flatten().find(|backend| backend.is_ready());
        Self { backend: ready.unwrap_or(stable), because: Because::Breaker, instead_of: None, ..self }
    }
}

/// What the request itself decides: force, or the bucket of a known user.
pub(crate) fn without_turn(route: &Route, tracks: &Tracks, head: &Head<'_>) -> Option<(Track, Because)> {
    if let Some(rule) = &tracks.rule {
        let forced = || rule.forced(head.headers);
        let stuck = || Some((route.affinity()?.track(tracks, head)?, Because::Affinity));
        return if rule.is_strict { stuck().or_else(forced) } else { forced().or_else(stuck) };
    }
    if let Some(forced) = force::forced(&tracks.force, head.headers) {
        return Some(forced);
    }
    if let Some(besides) = &tracks.besides
        && let Some(route) = besides.header_routes.iter().find(|route| route.requests.take(head))
    {
        return Some((Track::Canary, Because::Match { shared: route.is_shared }));
    }
    let bucket = known_user(tracks.cohort.as_ref()?, head)?;
    let track = sticky::track_of(bucket, tracks.weight(Track::Canary), tracks.weight(Track::Baseline));
    Some((track, Because::Sticky { bucket }))
}

fn known_user(cohort: &Cohort, head: &Head<'_>) -> Option<u32> {
    let named = |user: &[u8]| (!user.is_empty()).then(|| cohort.bucket(user));
    match &cohort.key {
        Sticky::Cookie(name) => named(cookie::find(head.headers, name)?),
        Sticky::Header(name) => named(head.headers.get(name)?),
        Sticky::Address => Some(cohort.bucket_of_address(head.client)),
    }
}

/// The track of a user who is to get a cookie: that of the new id, as every later request will have it.
fn newcomer<'t>(tracks: &'t Tracks, turns: &mut Turns) -> Option<(Track, Because, SetCookie<'t>)> {
    let (cohort, name) = (tracks.cohort.as_ref()?, tracks.cookie_for_newcomers()?);
    let user = UserId::new(turns.user());
    let bucket = cohort.bucket(user.as_bytes());
    let track = sticky::track_of(bucket, tracks.weight(Track::Canary), tracks.weight(Track::Baseline));
    Some((track, Because::Sticky { bucket }, SetCookie { name, user }))
}

/// The backend of `track`, or the one that stands in for it while it has no ready endpoint: stable for canary and baseline; for stable the baseline,
/// which runs the same version, then the canary. A track of weight zero never stands in: a canary that was aborted stays aborted.
pub(crate) fn stand_in(tracks: &Tracks, track: Track) -> (&Backend, Option<Track>) {
    let wanted = tracks.backend(track).unwrap_or_else(|| tracks.stable());
    if wanted.is_ready() {
        return (wanted, None);
    }
    let serves = |track: Track| {
        let counts = track == Track::Stable || tracks.weight(track).basis_points() > 0;
        tracks.backend(track).filter(|backend| counts && backend.is_ready())
    };
    [Track::Stable, Track::Baseline, Track::Canary]
        .into_iter()
        .find_map(serves)
        .map_or((wanted, None), |other| (other, Some(wanted.track)))
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase", tag = "by")]
pub enum Because {
    /// There is no split.
    Only,
    /// A request header forced the track.
    Header,
    /// A cookie forced the track.
    Cookie,
    /// A header route of the release.
    Match {
        /// Whether canary and baseline share its requests: then the next turn of the two decides, and else all are the canary's.
        shared: bool,
    },
    /// The user's bucket.
    Sticky {
        /// From 0 to 999,999.
        bucket: u32,
    },
    /// The affinity cookie of the route's Ingress.
    Affinity,
    /// The next turn of the windowed draw.
    Turn,
    /// The canary failed, and the proxy took it out by itself.
    Breaker,
}

impl Because {
    /// Short name for logs and metric labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Only => "only",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Match { .. } => "match",
            Self::Sticky { .. } => "sticky",
            Self::Affinity => "affinity",
            Self::Turn => "turn",
            Self::Breaker => "breaker",
        }
    }
}
