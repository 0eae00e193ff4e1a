//! A decision in words.

use crate::decide::Because;
use crate::explain::{Chance, Choice};
use crate::head::Head;
use crate::policy::{Redirect, Verdict};
use crate::route::{Match, PathKind, Route};

/// Why a route takes the request.
pub(super) fn because(route: &Route) -> String {
    let Match { host, kind, .. } = &route.matches;
    let shown = route.matches.shown();
    match kind {
        PathKind::Default if route.origin.stands_in.is_some() => {
            format!("nobody wrote a path of host {host}, and an annotation stands in for it")
        }
        PathKind::Default => {
            format!("no path of the host takes it, and this is the default backend of host {host}")
        }
        _ if route.patterns.is_some() => {
            format!("first of the host's regular expressions, the longest text first: {shown} of host {host}")
        }
        PathKind::Exact | PathKind::Prefix | PathKind::ImplementationSpecific => {
            format!("longest path on the most specific host: {shown} of host {host}")
        }
    }
}

/// Why another one does not.
pub(super) fn because_not(route: &Route, taken: Option<&Route>, known_as: Option<&str>) -> String {
    let Match { host, path, kind } = &route.matches;
    let longer = taken.filter(|taken| taken.matches.path.len() > path.len());
    match (known_as, kind) {
        (_, PathKind::Default) => "a default backend takes what no path takes".to_owned(),
        (Some(known), _) if known != &**host => format!("host {host} is less specific than {known}"),
        _ if route.patterns.is_some() => "another regular expression of the host comes first".to_owned(),
        _ if longer.is_some() => "its path is shorter".to_owned(),
        _ => format!("{} comes after the other's path type", kind.as_str()),
    }
}

/// Says who decides whether the client may come in; the server that is asked about it.
pub(super) fn who_decides(route: &Route, head: &Head<'_>, message: &mut String) -> Option<String> {
    let policy = route.policy.as_ref().filter(|policy| policy.guards_against(head.client))?;
    let mut conditions = Vec::new();
    conditions.extend(
        policy.basic.as_ref().map(|basic| format!("the client is a user of Secret {}", basic.secret)),
    );
    let asks = policy.external().map(|external| external.url.shown());
    conditions.extend(asks.as_ref().map(|url| format!("{url} lets it in")));
    message.push_str("; all that once ");
    message.push_str(&conditions.join(if policy.is_any() { " or " } else { " and " }));
    asks
}

/// What becomes of a request that no upstream gets.
pub(super) fn instead(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Redirect(Redirect { status, location, reason }) => {
            format!("sends the client to {location} ({status}, {})", reason.as_str())
        }
        Verdict::Denied(denial) => {
            let (status, reason) = (denial.status(), denial.as_str());
            format!("refuses the client ({status}, {reason}): {}", denial.sentence())
        }
        Verdict::Preflight => "answers the page that asks whether it may use it (204)".to_owned(),
    }
}

/// Where the request goes, and why.
pub(super) fn sentence(route: &Route, choice: &Choice) -> String {
    let who = match choice.because {
        Because::Only => "there is no split".to_owned(),
        Because::Header => "a header forces the track".to_owned(),
        Because::Cookie => "a cookie forces the track".to_owned(),
        Because::Match { shared: false } => "a header route of the release takes it".to_owned(),
        Because::Match { shared: true } => {
            "a header route of the release takes it, and canary and baseline share those".to_owned()
        }
        Because::Sticky { bucket } => format!("the user is in bucket {bucket} of 1,000,000"),
        Because::Affinity => "the affinity cookie is about the track".to_owned(),
        Because::Turn if choice.new_cookie.is_some() => "the user is new and gets a cookie".to_owned(),
        Because::Turn => "the next turn decides".to_owned(),
        Because::Breaker => "the canary was taken out".to_owned(),
    };
    let chance = |chance: &Chance| {
        let Chance { track, share, answered_by } = *chance;
        match answered_by {
            Some(by) if by == track => format!("{track} {share}"),
            Some(by) => format!("{track} {share}, answered by {by} because {track} has no ready endpoint"),
            None => format!("{track} {share}, answered 503 because no endpoint is ready"),
        }
    };
    let chances: Vec<String> = choice.chances.iter().map(chance).collect();
    format!("route {} takes it; {who}: {}", route.id, chances.join("; "))
}
