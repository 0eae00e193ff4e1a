//! Which endpoint gets a request: of two random ones the one with less in flight.
//!
//! It needs no state between requests and comes close to the least loaded. Endpoints that refused lately are left out unless all did.

use std::rc::Rc;

use tokio::time::Instant;

use super::Endpoint;

/// Picks an endpoint that is not in `tried`; `None` where there is none. `random(n)` gives a number below `n`.
pub(crate) fn pick<'e>(
    endpoints: &'e [Rc<Endpoint>],
    tried: &[Rc<Endpoint>],
    now: Instant,
    random: impl Fn(usize) -> usize,
) -> Option<&'e Rc<Endpoint>> {
    if let [only] = endpoints {
        return tried.is_empty().then_some(only);
    }
    let untried = |endpoint: &Rc<Endpoint>| !tried.iter().any(|t| Rc::ptr_eq(t, endpoint));
    let healthy = |endpoint: &Rc<Endpoint>| !endpoint.is_aside(now) && untried(endpoint);
    let n = endpoints.len();
    let one = random(n);
    let other = one + 1 + random(n.saturating_sub(1));
    let Some(first) = next(endpoints, one, healthy) else { return next(endpoints, one, untried) };
    let second = next(endpoints, other % n, healthy).unwrap_or(first);
    Some(if second.in_flight() < first.in_flight() { second } else { first })
}

/// The first that fits, from `start` on and around.
fn next(
    endpoints: &[Rc<Endpoint>],
    start: usize,
    fits: impl Fn(&Rc<Endpoint>) -> bool,
) -> Option<&Rc<Endpoint>> {
    let (before, after) = endpoints.split_at_checked(start)?;
    after.iter().chain(before).find(|endpoint| fits(endpoint))
}
