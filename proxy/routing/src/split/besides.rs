//! What a release asks of a split besides its weights. Most splits have none of it, and pay one look at a pointer.

use std::sync::Arc;

use weir_api::status;

use super::MirrorRoute;
use crate::matching::Requests;
use crate::pattern::PatternError;

/// What a release asks of a split besides its weights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Besides {
    /// Requests that go to the canary whatever its weight; the first that matches decides.
    pub header_routes: Box<[HeaderRoute]>,
    /// Requests of which copies go to canary and baseline; the first that matches decides. None without a baseline.
    pub mirror_routes: Box<[MirrorRoute]>,
    /// What the proxy does by itself when the canary fails.
    pub breaker: Option<BreakerPolicy>,
}

/// What the proxy does by itself when the canary fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// The first epoch of the release, all of which counts together.
    pub since_epoch: u64,
    /// Whether a burst of failures that stable and baseline do not share takes the canary out.
    pub burst: bool,
    /// Requests of users that may fail on the canary.
    pub failed_requests: Option<u64>,
}

/// Requests that go to the canary whatever its weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRoute {
    /// Its name.
    pub name: Arc<str>,
    /// The requests.
    pub requests: Requests,
    /// Whether canary and baseline share them.
    pub is_shared: bool,
}

impl Besides {
    /// What a status asks for; `None` where that is nothing. What cannot be followed is left out, and given to `refuse` with its field.
    pub(crate) fn of(
        split: &status::Split,
        mut refuse: impl FnMut(String, PatternError),
    ) -> Option<Arc<Self>> {
        let mut header_routes = Vec::new();
        for (index, route) in split.header_routes.iter().enumerate() {
            let status::HeaderRoute { name, requests, baseline } = route;
            match Requests::new(requests) {
                Ok(requests) => header_routes.push(HeaderRoute {
                    name: name.as_str().into(),
                    requests,
                    is_shared: *baseline && split.baseline.is_some(),
                }),
                Err(error) => refuse(format!("status.split.headerRoutes[{index}].match"), error),
            }
        }
        let breaker = split.breaker.as_ref().map(|breaker| {
            let status::SplitBreaker { since_epoch, burst, failed_requests } = *breaker;
            BreakerPolicy { since_epoch, burst, failed_requests }
        });
        let mut mirror_routes = Vec::new();
        // Without a baseline there is nothing to compare copies with. No controller says so.
        let given = split.mirror_routes.iter().enumerate().filter(|_| split.baseline.is_some());
        for (index, route) in given {
            match MirrorRoute::of(route) {
                Ok(route) => mirror_routes.push(route),
                Err((entry, error)) => {
                    refuse(format!("status.split.mirrorRoutes[{index}].match[{entry}]"), error);
                }
            }
        }
        let besides =
            Self { header_routes: header_routes.into(), mirror_routes: mirror_routes.into(), breaker };
        (besides != Self::default()).then(|| Arc::new(besides))
    }
}
