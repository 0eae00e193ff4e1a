//! The decision for a request, for people: every route that could take it, why one does, and what decides between its tracks.
//!
//! It takes no turn: what depends on the next turn is given as chances.

use serde::Serialize;
use weir_api::{Share, Track};

use crate::decide::{Because, stand_in, without_turn};
use crate::head::Head;
use crate::policy::{Asked, Redirect, Verdict};
use crate::route::Route;
use crate::split::{Split, Tracks};
use crate::table::Table;

mod request;
mod view;
mod words;

pub use request::Request;
pub use view::{RouteView, RuleView, TrackView};

/// Why a request goes where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Host of the request.
    pub host: String,
    /// Path of the request, normalised.
    pub path: String,
    /// Number of the table that was asked.
    pub generation: u64,
    /// The name under which the host is known: itself, its wildcard, or `*`.
    pub known_as: Option<String>,
    /// Every route that could take the request, the one that does first.
    pub candidates: Vec<Candidate>,
    /// What decides between the tracks of that route; `None`: no route, 404.
    pub choice: Option<Choice>,
    /// Where the client is sent; then nothing is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<RedirectView>,
    /// Why the client is refused; then nothing is chosen either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied: Option<DenialView>,
    /// The server that is asked first whether the client may come in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asks: Option<String>,
    /// The path that the upstream gets, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream_path: Option<String>,
    /// All of it in one sentence.
    pub message: String,
}

/// A redirect, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedirectView {
    /// Status of the answer.
    pub status: u16,
    /// Value of the `Location` header.
    pub location: String,
    /// What asked for it.
    pub reason: &'static str,
}

/// A refusal, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DenialView {
    /// Status of the answer.
    pub status: u16,
    /// What asked for it.
    pub reason: &'static str,
}

/// A route that could take the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// Whether it does.
    pub taken: bool,
    /// Why, or why not.
    pub why: String,
    /// The route.
    pub route: RouteView,
}

/// What decides between tracks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// What decides.
    #[serde(flatten)]
    pub because: Because,
    /// Name of the cookie that the response sets, with a bucket drawn at random.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_cookie: Option<String>,
    /// The tracks that it may be, with their shares.
    pub chances: Vec<Chance>,
}

/// A track that may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chance {
    /// The track.
    pub track: Track,
    /// How many of such requests it gets, in percent.
    pub share: Share,
    /// The track that answers: another one where this has no endpoints; `None`: 503.
    pub answered_by: Option<Track>,
}

/// Explains one request that came in clear text.
#[must_use]
pub fn explain(table: &Table, head: &Head<'_>) -> Explanation {
    explain_over(table, head, false)
}

/// Explains one request that came by https or in clear text.
pub(crate) fn explain_over(table: &Table, head: &Head<'_>, is_https: bool) -> Explanation {
    let taken = table.find(head).map(|route| &**route);
    let known_as = table.owner_of(head.host);
    let host = table.alias_of(head.host).unwrap_or(head.host);
    let could = table.routes().iter().filter(|route| {
        let is_taken = taken.is_some_and(|taken| taken.index == route.index);
        is_taken || (route.matches.takes_host(host) && route.takes_path(head.path))
    });
    let mut candidates: Vec<Candidate> = could
        .map(|route| {
            let is_taken = taken.is_some_and(|taken| taken.index == route.index);
            let why =
                if is_taken { words::because(route) } else { words::because_not(route, taken, known_as) };
            Candidate { taken: is_taken, why, route: RouteView::new(route) }
        })
        .collect();
    candidates.sort_by_key(|candidate| !candidate.taken);
    let verdict = taken.and_then(|route| verdict(route, head, is_https));
    let goes_on = taken.filter(|_| verdict.is_none());
    let choice = goes_on.map(|route| choose(route, head));
    let upstream_path = goes_on.and_then(|route| Some(route.rewrite.as_ref()?.apply(head.path).path));
    let mut message = match (taken, &choice, &verdict) {
        (Some(route), _, Some(verdict)) => {
            format!("route {} takes it and {}", route.id, words::instead(verdict))
        }
        (Some(route), Some(choice), None) => words::sentence(route, choice),
        (Some(_), None, None) | (None, ..) => format!("no route takes {}{}: 404", head.host, head.path),
    };
    if let Some(route) = goes_on.and_then(|route| route.split.copied_by(head)) {
        let share = f64::from(route.share.numerator()) * 100.0 / f64::from(route.share.denominator());
        let copies = format!("; copies of {share} % of those that stable answers go to canary and baseline");
        message.push_str(&copies);
    }
    if let Some(path) = &upstream_path {
        message.push_str("; the upstream gets ");
        message.push_str(path);
    }
    let asks = goes_on.and_then(|route| words::who_decides(route, head, &mut message));
    let (redirect, denied) = match verdict {
        Some(Verdict::Redirect(Redirect { status, location, reason })) => {
            (Some(RedirectView { status, location, reason: reason.as_str() }), None)
        }
        Some(Verdict::Denied(denial)) => {
            (None, Some(DenialView { status: denial.status(), reason: denial.as_str() }))
        }
        Some(Verdict::Preflight) | None => (None, None),
    };
    Explanation {
        host: head.host.to_owned(),
        path: head.path.to_owned(),
        generation: table.generation(),
        known_as: known_as.map(str::to_owned),
        candidates,
        choice,
        redirect,
        denied,
        asks,
        upstream_path,
        message,
    }
}

fn verdict(route: &Route, head: &Head<'_>, is_https: bool) -> Option<Verdict> {
    let asked = Asked { head, is_https, authority: head.host, host: head.host, body: None, meter: &|_| None };
    route.policy.as_ref()?.verdict(route, &asked)
}

/// Every route, for a listing.
#[must_use]
pub fn routes(table: &Table) -> Vec<RouteView> {
    table.routes().iter().map(|route| RouteView::new(route)).collect()
}

fn choose(route: &Route, head: &Head<'_>) -> Choice {
    let tracks = match &route.split {
        Split::Single(backend) => {
            let answered_by = backend.is_ready().then_some(backend.track);
            let chances = vec![Chance { track: backend.track, share: Share::FULL, answered_by }];
            return Choice { because: Because::Only, new_cookie: None, chances };
        }
        Split::Tracks(tracks) => tracks,
    };
    let fixed = without_turn(route, tracks, head);
    if let Some((_, because @ Because::Match { shared: true })) = fixed {
        let part = tracks.shared();
        let points = u64::from(part.numerator()) * u64::from(Share::FULL.basis_points());
        let points = u16::try_from(points / u64::from(part.denominator())).unwrap_or_default();
        let canary = Share::from_basis_points(points).unwrap_or_default();
        let shares = [(Track::Baseline, canary.rest()), (Track::Canary, canary)];
        let chances = shares.into_iter().filter(|(_, share)| *share > Share::ZERO);
        let chances = chances.map(|(track, share)| chance(tracks, track, share)).collect();
        return Choice { because, new_cookie: None, chances };
    }
    if let Some((track, because)) = fixed {
        return Choice { because, new_cookie: None, chances: vec![chance(tracks, track, Share::FULL)] };
    }
    let shares = [Track::Stable, Track::Baseline, Track::Canary].map(|track| (track, tracks.weight(track)));
    let chances = shares.into_iter().filter(|(_, share)| *share > Share::ZERO);
    let chances = chances.map(|(track, share)| chance(tracks, track, share)).collect();
    Choice { because: Because::Turn, new_cookie: tracks.cookie_for_newcomers().map(str::to_owned), chances }
}

fn chance(tracks: &Tracks, track: Track, share: Share) -> Chance {
    let (backend, _) = stand_in(tracks, track);
    Chance { track, share, answered_by: backend.is_ready().then_some(backend.track) }
}
