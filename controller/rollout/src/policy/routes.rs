//! What steps say of routes: which requests go to the canary whatever its weight, and of which it gets copies.

use std::collections::BTreeSet;

use weir_api::mirror::SetMirrorRoute;
use weir_api::requests::{InvalidMatch, MAX_ROUTES, RequestMatch, SetHeaderRoute, StringMatch};
use weir_api::status::{HeaderRoute, MirrorRoute, Split};

use super::{PolicyError, Step};

/// A change of the routes of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteChange {
    /// The header route of this name, or its end.
    Header {
        /// Name of the route.
        name: String,
        /// What it is from now on.
        route: Option<HeaderRoute>,
    },
    /// The mirror route of this name, or its end.
    Mirror {
        /// Name of the route.
        name: String,
        /// What it is from now on.
        route: Option<MirrorRoute>,
    },
}

impl RouteChange {
    /// Reads a `setHeaderRoute`. `has_baseline`: the strategy runs a baseline beside the canary.
    pub(super) fn header(
        given: &SetHeaderRoute,
        has_baseline: bool,
        field: &str,
    ) -> Result<Self, PolicyError> {
        let SetHeaderRoute { name, conditions: _, baseline } = given;
        let requests = given.requests().map_err(below(field))?;
        if *baseline && !has_baseline {
            let problem = "needs fresh pods of stable to share the requests with: set spec.strategy.canary.baseline to true, or leave this out";
            return Err(PolicyError::new(format!("{field}.baseline"), problem));
        }
        let route =
            requests.map(|requests| HeaderRoute { name: name.clone(), requests, baseline: *baseline });
        Ok(Self::Header { name: name.clone(), route })
    }

    /// Reads a `setMirrorRoute`. `has_baseline`: the strategy runs a baseline beside the canary.
    pub(super) fn mirror(
        given: &SetMirrorRoute,
        has_baseline: bool,
        field: &str,
    ) -> Result<Self, PolicyError> {
        let route = given.route().map_err(below(field))?;
        if !has_baseline {
            let problem = "needs fresh pods of stable, with whose copies the canary's are compared: set spec.strategy.canary.baseline to true, or leave \
                           this step out";
            return Err(PolicyError::new(field, problem));
        }
        Ok(Self::Mirror { name: given.name.clone(), route })
    }

    /// Whether a split is as after this change.
    pub(crate) fn is_in(&self, split: &Split) -> bool {
        self.applied(split) == *split
    }

    /// A split after this change, of the same epoch still.
    pub(crate) fn applied(&self, before: &Split) -> Split {
        let mut after = before.clone();
        match self {
            Self::Header { name, route } => {
                put(&mut after.header_routes, |known| known.name == *name, route.as_ref());
            }
            Self::Mirror { name, route } => {
                put(&mut after.mirror_routes, |known| known.name == *name, route.as_ref());
            }
        }
        after
    }

    /// What it does, as a title.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Header { name, route: None } => format!("header route {name} ends"),
            Self::Mirror { name, route: None } => format!("mirror route {name} ends"),
            Self::Header { name, route: Some(HeaderRoute { name: _, requests, baseline }) } => {
                let shared = if *baseline { ", shared with the baseline" } else { "" };
                format!("header route {name}: {}{shared}", conditions(requests))
            }
            Self::Mirror { name, route: Some(route) } => {
                let MirrorRoute { name: _, requests, percentage, unsafe_methods } = route;
                let which: Vec<_> = requests.iter().map(conditions).collect();
                let methods = if *unsafe_methods { ", whatever the method" } else { "" };
                let which = which.join(", or ");
                format!("mirror route {name}: copies of {percentage} of requests whose {which}{methods}")
            }
        }
    }
}

/// An error of what is said of requests, as one of the field that it is said in.
fn below(field: &str) -> impl Fn(InvalidMatch) -> PolicyError {
    move |InvalidMatch { field: below, problem }| PolicyError::new(format!("{field}.{below}"), problem)
}

/// What a request has to be like.
fn conditions(requests: &RequestMatch) -> String {
    let RequestMatch { method, path, headers, cookies } = requests;
    let one = |what: &str, is: &StringMatch| format!("{what} {}", is.shown());
    let method = method.iter().map(|is| one("method", is));
    let path = path.iter().map(|is| one("path", is));
    let headers = headers.iter().map(|(name, is)| one(name, is));
    let cookies = cookies.iter().map(|(name, is)| one(&format!("cookie {name}"), is));
    method.chain(path).chain(headers).chain(cookies).collect::<Vec<_>>().join(" and ")
}

/// Puts a route in the place of the one that `is` it, or takes that away. One that is replaced keeps its place, and so its turn.
fn put<R: Clone>(routes: &mut Vec<R>, is: impl Fn(&R) -> bool, route: Option<&R>) {
    match (routes.iter().position(is), route) {
        (Some(place), Some(route)) => routes.splice(place..=place, [route.clone()]).for_each(drop),
        (Some(place), None) => drop(routes.remove(place)),
        (None, Some(route)) => routes.push(route.clone()),
        (None, None) => {}
    }
}

/// Whether there may be so many routes at a time.
pub(super) fn check_number(steps: &[Step], field: &str) -> Result<(), PolicyError> {
    let (mut headers, mut mirrors) = (BTreeSet::new(), BTreeSet::new());
    for step in steps {
        match step {
            Step::SetRoute(RouteChange::Header { name, .. }) => headers.insert(name),
            Step::SetRoute(RouteChange::Mirror { name, .. }) => mirrors.insert(name),
            Step::SetWeight(_) | Step::SetCanaryScale(_) | Step::Pause(_) | Step::Analysis(_) => false,
        };
    }
    for (kind, names) in [("header", headers), ("mirror", mirrors)] {
        if names.len() > MAX_ROUTES {
            let problem = format!("has {} {kind} routes: at most {MAX_ROUTES}", names.len());
            return Err(PolicyError::new(field, problem));
        }
    }
    Ok(())
}
